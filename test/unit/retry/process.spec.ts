import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const library = new URL('../../../dist/esm/index.js', import.meta.url).href;

/** Runs a program that uses the built package and returns what it printed. */
async function output(program: string): Promise<string> {
  const source = `import { retryWithBackoff, RateLimitError, constant } from ${JSON.stringify(library)};${program}`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source]);
  return stdout.trim();
}

describe('the timers of a process', () => {
  const timers = `
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const turnEnd = () => new Promise((resolve) => setImmediate(resolve));
  `;

  it('are one for ten thousand calls in flight, and none when they are over', async () => {
    const printed = await output(`${timers}
      const release = [];
      const calls = Array.from({ length: 10000 }, () =>
        retryWithBackoff(() => new Promise((resolve) => release.push(resolve))));
      await turnEnd();
      const inFlight = timers();
      for (const each of release) each();
      await Promise.all(calls);
      await turnEnd();
      console.log(inFlight, timers());
    `);
    expect(printed).toBe('1 0');
  });

  it('are none after a success, a failure, a retry, a limit and a cancelled wait', async () => {
    const printed = await output(`${timers}
      const fail = () => { throw new RateLimitError(); };
      const controller = new AbortController();
      setImmediate(() => controller.abort(new Error('gone')));
      await Promise.allSettled([
        retryWithBackoff(() => 'done'),
        retryWithBackoff(fail, { maxRetries: 0 }),
        retryWithBackoff(({ number }) => (number < 3 ? fail() : 'done'), { backoff: constant(0) }),
        retryWithBackoff(() => new Promise(() => {}), { timeout: 1, maxRetries: 0 }),
        retryWithBackoff(fail, { signal: controller.signal }),
      ]);
      await turnEnd();
      console.log(timers());
    `);
    expect(printed).toBe('0');
  });
});

describe('a process', () => {
  it('does not end while a call is in flight, though nothing else keeps it alive', async () => {
    const printed = await output(`
      retryWithBackoff(() => new Promise(() => {}), { timeout: 30, maxRetries: 0 })
        .catch((error) => console.log(error.type));
    `);
    expect(printed).toBe('TIMEOUT');
  });

  it('does not end in the wait before a retry', async () => {
    const printed = await output(`
      retryWithBackoff(({ number }) => {
        if (number === 1) throw new RateLimitError();
        return 'done';
      }, { backoff: constant(30) }).then(console.log);
    `);
    expect(printed).toBe('done');
  });

  it('ends as soon as the last call is over, however long its limit was', async () => {
    const startedAt = performance.now();
    const printed = await output(`console.log(await retryWithBackoff(async () => 'done'));`);
    expect(printed).toBe('done');
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  it('prints nothing of its own about a call that fails', async () => {
    const printed = await output(`
      retryWithBackoff(() => { throw new RateLimitError('meta', { message: 'secret' }); }, { maxRetries: 0 })
        .catch(() => undefined);
    `);
    expect(printed).toBe('');
  });
});
