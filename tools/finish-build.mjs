// The root is "type": "module"; without its own package.json Node would read dist/cjs as ESM. The
// declarations are the same for both, but each needs its own, of its own kind.
import { copyFileSync, globSync, writeFileSync } from 'node:fs';

const dist = new URL('../dist/', import.meta.url);
writeFileSync(new URL('cjs/package.json', dist), '{"type":"commonjs"}\n');
for (const file of globSync('**/*.d.ts', { cwd: new URL('esm/', dist) })) {
  copyFileSync(new URL(`esm/${file}`, dist), new URL(`cjs/${file}`, dist));
}
