import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { print } from '../fresh-process.js';

const ROOT = new URL('../../../', import.meta.url);
const require = createRequire(import.meta.url);
const load = (specifier: string): unknown =>
  process.argv[2] === 'cjs' ? require(specifier) : import(specifier);
const file = (path: string) =>
  process.argv[2] === 'cjs' ? fileURLToPath(new URL(path, ROOT)) : new URL(path, ROOT).href;

async function msOf(specifier: string): Promise<number> {
  const start = performance.now();
  await load(specifier);
  return performance.now() - start;
}

const common = await msOf('@nestjs/common');
if (process.argv[3] === 'core') await msOf('@nestjs/core');
const own = await msOf(file(process.argv[2] === 'cjs' ? 'dist/cjs/index.js' : 'dist/esm/index.js'));
print({ common, own });
