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
    const done = run(folder, process.env.PATH, 'ci', '--no-audit', '--no-fund', ...options);
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
  const tested = run(folder, path, 'test', '--', ...filters, ...reporters);
  const seconds = Math.round((performance.now() - start) / 1000);
  const compiled = run(folder, path, 'run', 'check:types');

  const counts = existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : {};
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, testResults = [] } = counts;
  const problems = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed')
    .map(({ fullName }) => fullName);
  if (!tested && numFailedTests === 0) problems.push('the build, or a file that does not load');
  if (!compiled) problems.push('the types');
  return {
    node: spawnSync(join(bin, 'node'), ['-v'], { encoding: 'utf8' }).stdout.trim().slice(1),
    nest: JSON.parse(readFileSync(join(modules, '@nestjs/core/package.json'), 'utf8')).version,
    passed: numPassedTests,
    failed: problems.length,
    skipped: numPendingTests,
    seconds,
    problems,
  };
}

/** Runs npm as somebody whose Node and tools are those of `path`, and tells whether it went well. */
function run(cwd, path, ...args) {
  // What npm adds for the script that runs this would lead it back to the checkout.
  const added = /^(npm_(package|lifecycle|command|config_local_prefix)|INIT_CWD)/;
  const env = Object.entries(process.env).filter(([name]) => !added.test(name));
  const options = { cwd, env: { ...Object.fromEntries(env), PATH: path }, stdio: 'inherit' };
  return spawnSync('npm', args, options).status === 0;
}

/** Prints the table, then what has failed; the file has the names of vitest's own JSON. */
function report(results) {
  const columns = ['node', 'nest', 'passed', 'failed', 'skipped', 'seconds'];
  const width = (column) =>
    Math.max(...[column, ...results.map((row) => `${row[column]}`)].map((text) => text.length));
  const line = (cells) =>
    `| ${cells.map((cell, i) => `${cell}`.padEnd(width(columns[i]))).join(' | ')} |`;
  const rule = line(columns.map((column) => '-'.repeat(width(column))));
  console.log(
    `\n${[line(columns), rule, ...results.map((row) => line(columns.map((column) => row[column])))].join('\n')}`,
  );
  for (const { node, nest, problems } of results) {
    for (const problem of problems) console.log(`Node ${node}, Nest ${nest}: ${problem}`);
  }

  const sum = (column) => results.reduce((total, row) => total + row[column], 0);
  const [numPassedTests, numFailedTests, numPendingTests] = ['passed', 'failed', 'skipped'].map(
    sum,
  );
  const success = numFailedTests === 0;
  const counts = { success, numPassedTests, numFailedTests, numPendingTests, cells: results };
  if (values.report !== undefined) {
    writeFileSync(resolve(values.report), `${JSON.stringify(counts, null, 2)}\n`);
  }
  process.exitCode = success ? 0 : 1;
}
