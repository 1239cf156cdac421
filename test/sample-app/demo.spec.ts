import { describe, it } from 'vitest';
import { run } from './run.js';

/** A demo takes about ten seconds: some of its waits are real. */
const TIMEOUT = 60_000;

/** Every client of this process asks for English, whatever language it meant to ask for. */
const ALL_ENGLISH = `data:text/javascript,
  const real = globalThis.fetch;
  globalThis.fetch = (url, init) =>
    real(url, { ...init, headers: { ...init?.headers, 'accept-language': 'en' } });`;

describe.concurrent('the demo', { timeout: TIMEOUT }, () => {
  it('plays every scenario as promised', async (test) => {
    const demo = run(test, 'demo');
    const code = await demo.exitCode();
    const printed = demo.printed();
    test.expect(printed.split('\n').filter((line) => line.includes('✘'))).toEqual([]);
    test.expect(printed.trim().split('\n').at(-1)).toMatch(/^(\d+) of \1 scenarios as promised/);
    test.expect(code).toBe(0);
    // oxlint-disable-next-line no-control-regex -- no colours where no terminal shows them
    test.expect(printed).not.toMatch(/\u001b\[/);
  });

  it('fails and says where, if one is not as promised', async (test) => {
    const demo = run(test, 'demo', { nodeOptions: ['--import', ALL_ENGLISH] });
    test.expect(await demo.exitCode()).toBe(1);
    test
      .expect(demo.printed())
      .toContain(
        '✘ error.message: promised "广告账户授权已过期，请重新授权", got "The authorization',
      );
  });
});
