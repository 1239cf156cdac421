import { mkdir, mkdtemp, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root, run } from './run.js';

/** The parts of package.json that tests look at. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly engines: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, { readonly optional: boolean }>;
}

/** A fresh folder outside the checkout, where no other node_modules can be found. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'nestjs-retryable-'));
}

/** Packs the built package into a folder and returns the tarball's path. */
export async function pack(folder: string): Promise<string> {
  const printed = await run(root, 'npm', 'pack', '--silent', '--pack-destination', folder);
  return join(folder, printed.trim());
}

export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/**
 * Unpacks the tarball into a folder's node_modules and puts beside it what the package itself asks
 * for, the types of Node and nothing else. Returns the folder of the package.
 */
export async function unpack(tarball: string, folder: string): Promise<string> {
  const modules = join(folder, 'node_modules');
  await mkdir(modules);
  await run(modules, 'tar', '-xzf', tarball);
  const { name, dependencies, peerDependencies, peerDependenciesMeta } = await readManifest(
    join(modules, 'package'),
  );
  await run(modules, 'mv', 'package', name);
  const needed = Object.keys({ ...dependencies, ...peerDependencies });
  const present = needed.filter((peer) => peerDependenciesMeta[peer]?.optional !== true);
  for (const dependency of [...present, '@types/node']) {
    await mkdir(dirname(join(modules, dependency)), { recursive: true });
    await symlink(join(root, 'node_modules', dependency), join(modules, dependency));
  }
  return join(modules, name);
}
