import { globSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, run } from './support/run.js';
import { pack, readManifest, temporaryFolder, unpack, type Manifest } from './support/tarball.js';

interface PackedFile {
  readonly path: string;
  readonly text: string;
}

const MINUTE = 60_000;

let folder: string;
let tarball: string;
let files: PackedFile[];
let manifest: Manifest;

beforeAll(async () => {
  folder = await temporaryFolder();
  tarball = await pack(folder);
  const unpacked = await unpack(tarball, folder);
  manifest = await readManifest(unpacked);
  const found = await readdir(unpacked, { recursive: true, withFileTypes: true });
  files = await Promise.all(
    found
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map(async (path) => ({
        path: path.slice(unpacked.length + 1),
        text: await readFile(path, 'utf8'),
      })),
  );
}, MINUTE);

afterAll(() => rm(folder, { recursive: true, force: true }), MINUTE);

const under = (prefix: string, suffix: string) =>
  files.filter(({ path }) => path.startsWith(prefix) && path.endsWith(suffix));

const names = (found: readonly PackedFile[]) => found.map(({ path }) => path).toSorted();

/** What a file imports by `import`, `export … from`, `import()` or `require()`. */
function importsOf({ path, text }: PackedFile): string[] {
  const bySyntax = ts.preProcessFile(text, true, true).importedFiles;
  return path.endsWith('.json') ? [] : bySyntax.map(({ fileName }) => fileName);
}

const isBare = (specifier: string) => !/^(\.|node:)/.test(specifier);

const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** What has a subpath of its own, and what that alone imports. */
const OPTIONAL_PARTS = {
  bullmq: ['@nestjs/bullmq', 'bullmq'],
  opentelemetry: ['@opentelemetry/api'],
  redis: ['ioredis'],
  swagger: ['@nestjs/swagger'],
  terminus: ['@nestjs/terminus'],
  testing: [],
};

const optionalPartOf = (path: string) =>
  Object.keys(OPTIONAL_PARTS).find((part) => path.split('/')[2] === part);

const packagesOf = (some: readonly PackedFile[]) =>
  [...new Set(some.flatMap(importsOf).filter(isBare).map(packageOf))].toSorted();

const needed = () =>
  Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(
    (name) => manifest.peerDependenciesMeta[name]?.optional !== true,
  );

describe('the tarball', () => {
  it('holds the built code, README, LICENSE and package.json, and nothing else', () => {
    const beside = names(files).filter((path) => !path.startsWith('dist/'));
    const expected = ['LICENSE', 'README.md', 'package.json'];
    expect(beside.filter((path) => path !== 'CHANGELOG.md')).toEqual(expected);
    for (const format of ['dist/esm/', 'dist/cjs/']) {
      const code = names(under(format, '.js'));
      const types = names(under(format, '.d.ts'));
      const typesOfCode = code.map((path) => path.replace(/\.js$/, '.d.ts'));
      expect(types.filter((path) => !typesOfCode.includes(path))).toEqual([]);
      expect(types).toContain(`${format}index.d.ts`);
      expect(code.length).toBeGreaterThan(30);
    }
    const rest = files.filter(({ path }) => /^dist\/(?!(esm|cjs)\/.*\.(js|d\.ts)$)/.test(path));
    expect(names(rest)).toEqual(['dist/cjs/package.json']);
    expect(names(files).filter((path) => /spec|\.map$|\.tsbuildinfo$/.test(path))).toEqual([]);
  });

  it('weighs at most 150 kB, and 215 kB with its optional parts', async () => {
    expect((await stat(tarball)).size).toBeLessThanOrEqual(215_000);
    const optional = files.filter(({ path }) => optionalPartOf(path) !== undefined);
    const weight = gzipSync(optional.map(({ text }) => text).join('')).length;
    expect((await stat(tarball)).size - weight).toBeLessThanOrEqual(150_000);
  });

  it('has the same files as ES modules and as CommonJS', () => {
    const inside = (format: string) =>
      names(under(format, '.js')).map((path) => path.slice(format.length));
    expect(inside('dist/esm/')).toEqual(inside('dist/cjs/'));
  });

  it('is ES modules in dist/esm and CommonJS in dist/cjs', () => {
    const isModule = ({ path, text }: PackedFile) =>
      ts.isExternalModule(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
    const isCommonJs = ({ text }: PackedFile) =>
      text.includes('Object.defineProperty(exports, "__esModule"');
    const mistaken = [
      ...under('dist/esm/', '.js').filter((file) => !isModule(file) || isCommonJs(file)),
      ...under('dist/cjs/', '.js').filter((file) => isModule(file) || !isCommonJs(file)),
    ];
    expect(names(mistaken)).toEqual([]);
    const typeOf = (path: string) =>
      (JSON.parse(files.find((file) => file.path === path)?.text ?? '{}') as { type?: string })
        .type;
    expect(typeOf('package.json')).toBe('module');
    expect(typeOf('dist/cjs/package.json')).toBe('commonjs');
  });

  it('imports only what it depends on, and types only from there too', () => {
    const imported = files.filter(({ path }) => optionalPartOf(path) === undefined);
    expect(packagesOf(imported)).toEqual(needed().toSorted());
  });

  it.each(Object.entries(OPTIONAL_PARTS))('imports for %s what that needs', (part, own) => {
    const imported = files.filter(({ path }) => optionalPartOf(path) === part);
    expect(imported.length).toBeGreaterThan(0);
    const others = packagesOf(imported).filter((name) => !needed().includes(name));
    expect(others).toEqual(own);
    for (const name of own) expect(manifest.peerDependenciesMeta[name]?.optional).toBe(true);
  });

  it('reaches no optional part from another one', () => {
    const crossing = files.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((target) => join(dirname(file.path), target))
        .filter((path) => optionalPartOf(path) !== undefined)
        .filter((path) => optionalPartOf(path) !== optionalPartOf(file.path)),
    );
    expect(crossing).toEqual([]);
  });

  it('points to no file that is not there', () => {
    const present = new Set(names(files));
    const missing = files.flatMap((file) =>
      [...importsOf(file).filter((specifier) => specifier.startsWith('.')), ...mapOf(file)]
        .map((target) => join(dirname(file.path), target))
        .filter((path) => !present.has(path) && !present.has(`${path}.js`))
        .map((path) => `${file.path} -> ${path}`),
    );
    expect(missing).toEqual([]);
  });

  it('says nothing of the machine and the registry it was made with', async () => {
    const registry = new URL((await run(root, 'npm', 'config', 'get', 'registry')).trim()).hostname;
    const traces = [root, homedir(), 'file://', registry].filter((trace) => trace.length > 1);
    const telling = files.filter(
      ({ text }) =>
        traces.some((trace) => text.includes(trace)) ||
        /(^|[\s"'`(])\/(home|root|Users|tmp|var|work)\//m.test(text) ||
        /\bregistry\.[a-z]/.test(text),
    );
    expect(names(telling)).toEqual([]);
  });
});

function mapOf({ text }: PackedFile): string[] {
  return [...text.matchAll(/^\/\/# sourceMappingURL=(.+)$/gm)].map(([, target = '']) => target);
}

describe('package.json', () => {
  it('has one runtime dependency, for Accept-Language', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['negotiator']);
  });

  it('asks for Node 22.12 and for Nest 11 or 12', () => {
    expect(manifest.engines).toEqual({ node: '>=22.12' });
    const required = Object.entries(manifest.peerDependencies).filter(([name]) =>
      needed().includes(name),
    );
    expect(Object.fromEntries(required)).toEqual({
      '@nestjs/common': '^11.0.8 || ^12.0.2',
      '@nestjs/core': '^11.0.8 || ^12.0.2',
      'reflect-metadata': expect.any(String) as string,
      rxjs: expect.any(String) as string,
    });
    const optional = ['nestjs-pino', ...Object.values(OPTIONAL_PARTS).flat()];
    expect(Object.keys(manifest.peerDependenciesMeta)).toEqual(optional.toSorted());
  });
});

describe('the lock files', () => {
  const read = (lock: string) => readFile(join(root, lock), 'utf8');

  it('name no registry', async () => {
    const locks = globSync(
      '{.,bench,docs,test/*,test/matrix/*,test/package/apps/*}/package-lock.json',
      {
        cwd: root,
      },
    );
    expect(locks.length).toBeGreaterThanOrEqual(10);
    for (const lock of locks) expect(await read(lock), lock).not.toMatch(/"resolved"|registry\./);
  });

  it('of the applications know nothing of the tarball', async () => {
    for (const lock of globSync('test/package/apps/*/package-lock.json', { cwd: root })) {
      expect(await read(lock), lock).not.toContain('nestjs-retryable');
    }
  });
});
