// Runs the suite on every pair of Node and Nest that package.json promises, one after the other:
//
//   npm run test:matrix -- [--cell <node>/<nest>]… [--report <file>] [<part of a spec's path>]…
//
// Each cell is a copy of the checkout in a folder of its own, built, tested and type-checked by its
// own Node. The versions are those of the lock files: nodes/, nest11/, and the project's for Nest 12.
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const checkout = join(here, '../..');

/** Where the lock file of each Nest is. */
const NESTS = { 11: join(here, 'nest11'), 12: checkout };
const NODES = ['22', '24', '26'];
const CELLS = NODES.flatMap((node) => Object.keys(NESTS).map((nest) => `${node}/${nest}`));

const { values, positionals: filters } = parseArgs({
  options: { cell: { type: 'string', multiple: true }, report: { type: 'string' } },
  allowPositionals: true,
});
const wanted = values.cell ?? CELLS;
const unknown = wanted.filter((cell) => !CELLS.includes(cell));
if (unknown.length > 0) throw new Error(`No cell ${unknown.join(', ')}: ${CELLS.join(', ')}`);

const work = mkdtempSync(join(tmpdir(), 'nestjs-retryable-matrix-'));
try {
  const nodes = install(join(here, 'nodes'), 'nodes', []);
  const results = wanted.map((cell) => runCell(nodes, ...cell.split('/')));
  report(results);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Installs what a folder's lock file says, once, and returns the node_modules. */
function install(from, name, options) {
  const folder = join(work, name);
  if (!existsSync(folder)) {
    mkdirSync(folder);
    for (const file of ['package.json', 'package-lock.json']) {
      copyFileSync(join(from, file), join(folder, file));
    }
    const done = npm(folder, process.env.PATH, 'ci', '--no-audit', '--no-fund', ...options);
    if (!done) throw new Error(`npm ci failed for ${relative(checkout, from)}`);
  }
  return join(folder, 'node_modules');
}

function runCell(nodes, node, nest) {
  console.log(`\n--- Node ${node}, Nest ${nest} ---`);
  const bin = join(nodes, `node${node}`, 'bin');
  const path = [bin, process.env.PATH].join(delimiter);
  // Without its scripts the package `node` brings no binary, which would come before the cell's.
  const modules = install(NESTS[nest], `nest${nest}`, ['--ignore-scripts']);
  const folder = join(work, `node${node}-nest${nest}`);
  const untracked = /[\\/](node_modules|dist|coverage|\.git|.*\.tsbuildinfo)$/;
  cpSync(checkout, folder, { recursive: true, filter: (file) => !untracked.test(file) });
  symlinkSync(modules, join(folder, 'node_modules'));

  const start = performance.now();
  const json = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${json}`];
  const tested = npm(folder, path, 'test', '--', ...filters, ...reporters);
  const seconds = Math.round((performance.now() - start) / 1000);

  const counts = existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : {};
  const { numPassedTests = 0, numPendingTests = 0, testResults = [] } = counts;
  const problems = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed')
    .map(({ fullName }) => fullName);
  if (!tested && problems.length === 0) {
    problems.push('the build, a file that does not load, or an error outside of any test');
  }
  if (!npm(folder, path, 'run', 'check:types')) problems.push('the types');
  const version = nodeOf(folder, path);
  if (!version.startsWith(`${node}.`)) problems.push('another Node has come first');
  return {
    node: version,
    nest: JSON.parse(readFileSync(join(modules, '@nestjs/core/package.json'), 'utf8')).version,
    passed: numPassedTests,
    failed: problems.length,
    skipped: numPendingTests,
    seconds,
    problems,
  };
}

/** The environment of somebody outside this checkout, with this PATH. */
function environment(path) {
  // What npm adds for the script that runs this would lead it back to the checkout.
  const added = /^(npm_(package|lifecycle|command|config_local_prefix)|INIT_CWD)/;
  const others = Object.entries(process.env).filter(([name]) => !added.test(name));
  return { ...Object.fromEntries(others), PATH: path };
}

/** Runs npm and tells whether it went well. */
function npm(cwd, path, ...args) {
  return spawnSync('npm', args, { cwd, env: environment(path), stdio: 'inherit' }).status === 0;
}

/** The Node that npm runs the scripts of a folder with. */
function nodeOf(cwd, path) {
  const options = { cwd, env: environment(path), encoding: 'utf8' };
  return spawnSync('npm', ['exec', '-c', 'node -v'], options).stdout.trim().replace('v', '');
}

/** Prints the table, then what has failed; the file has the names of vitest's own JSON. */
function report(results) {
  const columns = ['node', 'nest', 'passed', 'failed', 'skipped', 'seconds'];
  const line = (cells) => `| ${cells.map((cell) => String(cell).padEnd(7)).join(' | ')} |`;
  console.log(`\n${line(columns)}\n${line(columns.map(() => '-'.repeat(7)))}`);
  for (const result of results) console.log(line(columns.map((column) => result[column])));
  for (const { node, nest, problems } of results) {
    for (const problem of problems) console.log(`Node ${node}, Nest ${nest}: ${problem}`);
  }

  const sum = (column) => results.reduce((total, result) => total + result[column], 0);
  const counts = {
    success: sum('failed') === 0,
    numPassedTests: sum('passed'),
    numFailedTests: sum('failed'),
    numPendingTests: sum('skipped'),
    cells: results,
  };
  if (values.report !== undefined) {
    writeFileSync(resolve(values.report), `${JSON.stringify(counts, null, 2)}\n`);
  }
  process.exitCode = counts.success ? 0 : 1;
}
