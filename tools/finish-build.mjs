// The root is "type": "module"; without its own package.json Node would read dist/cjs as ESM. The
// declarations are the same for both, but each needs its own, of its own kind. Those that nobody can
// come to from an index are left out: they would be a sixth of the package.
import { copyFileSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const dist = new URL('../dist/', import.meta.url);
const esm = new URL('esm/', dist);
writeFileSync(new URL('cjs/package.json', dist), '{"type":"commonjs"}\n');

const needed = new Set();
const visit = (url) => {
  if (needed.has(url.href)) return;
  needed.add(url.href);
  const text = readFileSync(url, 'utf8');
  for (const [, path] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.js['"]/g)) {
    visit(new URL(`${path}.d.ts`, url));
  }
};
for (const index of globSync('{.,*}/index.d.ts', { cwd: esm })) visit(new URL(index, esm));

for (const file of globSync('**/*.d.ts', { cwd: esm })) {
  const url = new URL(file, esm);
  if (needed.has(url.href)) copyFileSync(url, new URL(`cjs/${file}`, dist));
  else rmSync(url);
}
