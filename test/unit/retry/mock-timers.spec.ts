import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const library = new URL('../../../dist/esm/index.js', import.meta.url).href;

/** Runs a program under other fake timers than Vitest's and returns what it printed. */
async function output(program: string): Promise<string[]> {
  const source = `
    import { mock } from 'node:test';
    const { retryWithBackoff, retryReport, RateLimitError } = await import(${JSON.stringify(library)});
    const turnEnd = () => new Promise((resolve) => setImmediate(resolve));
    const fail = () => { throw new RateLimitError(); };
    const hang = () => new Promise(() => {});
    ${program}`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source]);
  return stdout.trim().split('\n');
}

describe('Node’s own mock timers', () => {
  it('drive limits and waits, and the process ends when they are switched off', async () => {
    const printed = await output(`
      mock.timers.enable({ apis: ['setTimeout'] });
      const failed = retryWithBackoff(hang, { maxRetries: 1 }).catch((error) => error);
      mock.timers.tick(30_000);
      await turnEnd();
      mock.timers.tick(1_000);
      await turnEnd();
      mock.timers.tick(30_000);
      const report = retryReport(await failed);
      console.log(report.attempts, report.delays.join());
      mock.timers.reset();
      console.log(await retryWithBackoff(() => 'real again'));
    `);
    expect(printed).toEqual(['2 1000', 'real again']);
  });

  it('switched on before the package is loaded and off after leave real limits', async () => {
    const printed = await output(`
      mock.timers.enable({ apis: ['setTimeout'] });
      const early = await import(${JSON.stringify(`${library}?loaded-under-mock-timers`)});
      mock.timers.reset();
      const failed = early.retryWithBackoff(hang, { maxRetries: 0, timeout: 5 });
      console.log(await failed.catch((error) => error.type));
    `);
    expect(printed).toEqual(['TIMEOUT']);
  });
});

describe('hand-made fake timers, whose timers are plain numbers', () => {
  it('drive limits and waits and are told of those that are taken back', async () => {
    const printed = await output(`
      const timers = new Map();
      let last = 0;
      globalThis.setTimeout = (callback, ms) => (timers.set(++last, { callback, ms }), last);
      globalThis.clearTimeout = (id) => timers.delete(id);
      const next = async () => {
        const [[id, { callback, ms }]] = timers;
        timers.delete(id);
        callback();
        await turnEnd();
        return ms;
      };
      const failed = retryWithBackoff(({ number }) => (number === 1 ? hang() : fail()), { maxRetries: 2 })
        .catch((error) => error);
      console.log([await next(), await next(), await next()].join());
      console.log(retryReport(await failed).attempts, timers.size);
    `);
    expect(printed).toEqual(['30000,1000,2000', '3 0']);
  });
});
