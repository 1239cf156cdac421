import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './support/run.js';
import { pack, temporaryFolder, unpack } from './support/tarball.js';

const MINUTE = 60_000;

let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  await unpack(await pack(folder), folder);
}, MINUTE);

afterAll(() => rm(folder, { recursive: true, force: true }), MINUTE);

/** Bundles a program together with the package, minified, and returns the code and what it prints. */
async function bundled(program: string) {
  await writeFile(join(folder, 'program.mjs'), program);
  await build({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: ['nestjs-retryable'], external: ['@nestjs/common', '@nestjs/core', 'rxjs'] },
    build: { ssr: 'program.mjs', outDir: 'out', minify: true },
  });
  const code = join(folder, 'out/program.mjs');
  return { printed: (await run(folder, process.execPath, code)).trim(), code };
}

// `sideEffects: false` lets a bundler drop whatever it takes for unused.
describe('the package in a bundle', { timeout: MINUTE }, () => {
  it('loses nothing that an application needs', async () => {
    const { printed } = await bundled(`
      import { NestFactory } from '@nestjs/core';
      import { constant, RateLimitError, Retryable, RetryableModule, retryReport } from 'nestjs-retryable';
      class Campaigns {
        async create() { throw new RateLimitError('meta'); }
      }
      const create = Object.getOwnPropertyDescriptor(Campaigns.prototype, 'create');
      Retryable({ context: 'create' })(Campaigns.prototype, 'create', create);
      Object.defineProperty(Campaigns.prototype, 'create', create);
      const retry = { maxRetries: 2, backoff: constant(0) };
      const app = await NestFactory.createApplicationContext(
        { module: class {}, imports: [RetryableModule.forRoot({ retry })], providers: [Campaigns] },
        { logger: false },
      );
      const error = await app.get(Campaigns).create().catch((thrown) => thrown);
      console.log(error.name, error instanceof RateLimitError, retryReport(error).attempts);
      await app.close();
    `);
    expect(printed).toBe('RateLimitError true 3');
  });

  it('leaves Nest out where only the errors are used', async () => {
    const { printed, code } = await bundled(`
      import { isServiceError, RateLimitError } from 'nestjs-retryable';
      console.log(isServiceError(new RateLimitError('meta')));
    `);
    expect(printed).toBe('true');
    expect(await readFile(code, 'utf8')).not.toMatch(/@nestjs\/|rxjs|reflect-metadata/);
  });
});
