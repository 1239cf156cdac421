import { describe, it } from 'vitest';
import { run } from './run.js';

/** A demo takes about ten seconds: some of its waits are real. */
const TIMEOUT = 60_000;

/** Every client of this process asks for English, whatever language it meant to ask for. */
const ALL_ENGLISH = `data:text/javascript,
  const real = globalThis.fetch;
  globalThis.fetch = (url, init) =>
    real(url, { ...init, headers: { ...init?.headers, 'accept-language': 'en' } });`;

/** Each manager and what an application without it would do: hand on what the platform says. */
const BYPASSED: readonly (readonly [chapter: string, file: string, patch: string])[] = [
  [
    'Platform adapters',
    'adapters/platform-router.js',
    'PlatformRouter.prototype.of = () => new Proxy({}, { get: () => async () => [] });',
  ],
  [
    'Campaign Manager',
    'campaigns/campaign-manager.js',
    `CampaignManager.prototype.create = async function ({ platform, account, name }) {
      return { id: await this.platforms.of(platform).createCampaign(account, name, 50) };
    };`,
  ],
  [
    'Budget Optimizer',
    'budget/budget-optimizer.js',
    `BudgetOptimizer.prototype.optimize = function ({ platform, account }) {
      return this.platforms.of(platform).listAdSets(account);
    };`,
  ],
  [
    'A/B Test Manager',
    'ab-tests/ab-test-manager.js',
    `AbTestManager.prototype.evaluate = function ({ platform, account, ads }) {
      return this.platforms.of(platform).adPerformance(account, ads[0]);
    };`,
  ],
  [
    'Rule Engine',
    'rules/rule-engine.js',
    `RuleEngine.prototype.run = function ({ platform, account }) {
      return this.platforms.of(platform).listAdSets(account);
    };`,
  ],
];

function bypassing(file: string, patch: string): string {
  const name = /^\w+/.exec(patch)?.[0] ?? '';
  const url = new URL(`../../dist/sample-app/${file}`, import.meta.url).href;
  return `data:text/javascript,${encodeURIComponent(`import { ${name} } from '${url}'; ${patch}`)}`;
}

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

  it.for(BYPASSED)('fails in the chapter of the %s, where that is bypassed', async (each, test) => {
    const [chapter, file, patch] = each;
    const demo = run(test, 'demo', { nodeOptions: ['--import', bypassing(file, patch)] });
    test.expect(await demo.exitCode()).toBe(1);
    const told = demo
      .printed()
      .split('━━ ')
      .find((part) => part.startsWith(`${chapter} ━`));
    test.expect(told).toContain('✘');
  });
});
