import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../package/support/run.js';
import { pack } from '../../package/support/tarball.js';
import { compileApplications } from './processes.js';

/** What these tests import is the package as it would be published. */
export default async function installPackage(): Promise<void> {
  const modules = join(import.meta.dirname, '../node_modules');
  const folder = join(modules, 'nestjs-retryable');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const tarball = await pack(modules);
  await run(folder, 'tar', '-xzf', tarball, '--strip-components=1');
  await rm(tarball);
  compileApplications();
}
