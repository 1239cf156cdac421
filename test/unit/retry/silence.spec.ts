import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const library = new URL('../../../dist/esm/index.js', import.meta.url).href;

/** Runs a program that uses the built package, without Nest, and returns all that it printed. */
async function printed(program: string): Promise<{ stdout: string; stderr: string }> {
  const source = `
    import { retryWithBackoff, RateLimitError, constant } from ${JSON.stringify(library)};
    const error = () => new RateLimitError('meta', { message: 'text from upstream' });
    const fail = () => { throw error(); };
    ${program}`;
  return run(process.execPath, ['--input-type=module', '-e', source]);
}

describe('without an application the package prints nothing, on stdout or on stderr,', () => {
  it.each([
    ['of a call that fails', `await retryWithBackoff(fail, { maxRetries: 0 })`],
    ['of retries and their waits', `await retryWithBackoff(fail, { backoff: constant(0) })`],
    [
      'of an attempt that is over and rejects late',
      `await retryWithBackoff(
        ({ signal }) => new Promise((_, reject) => {
          signal.addEventListener('abort', () => setImmediate(() => reject(error())));
        }),
        { maxRetries: 0, timeout: 1 },
      )`,
    ],
    [
      'of a callback that throws',
      `await retryWithBackoff(fail, { retryOn: () => { throw error(); } })`,
    ],
    [
      'of a call that is cancelled',
      `const controller = new AbortController();
      setImmediate(() => controller.abort());
      await retryWithBackoff(fail, { signal: controller.signal })`,
    ],
  ])('%s', async (_, call) => {
    expect(await printed(`try { ${call} } catch {}`)).toEqual({ stdout: '', stderr: '' });
  });
});
