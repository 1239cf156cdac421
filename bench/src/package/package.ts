import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inFreshProcess } from '../fresh-process.js';
import { goals, heading, number, table } from '../report.js';
import { medians } from '../statistics.js';

const ROUNDS = 9;
const SCRIPT = new URL('./import.child.js', import.meta.url);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

interface Loading {
  readonly common: number;
  readonly own: number;
}

async function loading(...args: string[]): Promise<Loading> {
  const results: Loading[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const result = await inFreshProcess<Loading>(SCRIPT, { args });
    if (result !== undefined) results.push(result);
  }
  return medians(results);
}

async function packedKb(): Promise<number> {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json'], {
    cwd: ROOT,
  });
  const [tarball] = JSON.parse(stdout) as { size: number }[];
  return (tarball?.size ?? NaN) / 1000;
}

/** What it takes to have the package. */
export async function packageCost(): Promise<void> {
  heading('The package itself');
  const rows: string[][] = [];
  const beyondCommon: number[] = [];
  for (const format of ['esm', 'cjs']) {
    const { common, own } = await loading(format);
    const { own: beyondCore } = await loading(format, 'core');
    beyondCommon.push(own);
    rows.push([format, number(common), number(own), number(beyondCore)]);
  }
  table(
    ['ms to load', '@nestjs/common', 'nestjs-retryable after it', 'also after @nestjs/core'],
    rows,
  );
  goals([
    { what: 'loading beyond @nestjs/common, ms', value: Math.max(...beyondCommon), atMost: 60 },
    { what: 'packed size, kB', value: await packedKb(), atMost: 120 },
  ]);
}
