import { Controller, Get, Injectable } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { describe, expect, it } from 'vitest';
import { RateLimitError, Retryable, type RetryableModuleOptions } from 'nestjs-retryable';
import { RetryHealthIndicator, type PlatformHealth } from 'nestjs-retryable/terminus';
import { failureOf } from '../support/calls.js';
import { adapterNames, startHttp } from './support/http.js';
import { outage } from './support/upstream.js';

let outcome: () => Promise<string> = async () => 'created';

@Injectable()
class Campaigns {
  @Retryable({ platform: 'meta', key: (account: string) => account })
  async create(_account: string): Promise<string> {
    return outcome();
  }
}

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly retries: RetryHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([() => this.retries.check('retries')]);
  }
}

interface Health {
  status: string;
  details: { retries: { status: string; platforms: Record<string, PlatformHealth> } };
}

const anyText: unknown = expect.any(String);

describe.each(adapterNames)('the health indicator (%s)', (adapter) => {
  async function application(options: RetryableModuleOptions = {}) {
    const parts = {
      imports: [TerminusModule],
      controllers: [HealthController],
      providers: [Campaigns, RetryHealthIndicator],
      options,
    };
    const app = await startHttp(parts, adapter);
    const health = async () => {
      const { status: httpStatus, json, text } = await app.get('/health');
      return { httpStatus, text, ...(json as Health) };
    };
    return { campaigns: app.nest.get(Campaigns), health, lines: app.lines };
  }

  it('knows nothing before the first call and then when one has succeeded last', async () => {
    outcome = async () => 'created';
    const { campaigns, health } = await application();
    expect((await health()).details.retries).toEqual({ status: 'up', platforms: {} });
    const before = new Date().toISOString();
    await campaigns.create('act_1');
    const { meta } = (await health()).details.retries.platforms;
    expect(meta).toMatchObject({ budgets: { below_full: 0, used_up: 0 } });
    expect(meta?.last_success && meta.last_success >= before).toBe(true);
  });

  it('counts the accounts that cool down and names none', async () => {
    const limited = new RateLimitError('meta', { retryAfter: 600 });
    outcome = () => Promise.reject(limited);
    const { campaigns, health } = await application();
    await failureOf(campaigns.create('act_17'));
    const { text, httpStatus, details } = await health();
    expect(httpStatus).toBe(200);
    expect(details.retries.platforms['meta']).toEqual({
      last_success: null,
      budgets: { below_full: 0, used_up: 0 },
      cooldowns: { accounts: 1, until: anyText },
    });
    expect(text).not.toContain('act_17');
  });

  it('knows a platform whose calls have only failed, and one whose cooldown is over', async () => {
    const limited = new RateLimitError('meta', { retryAfter: 0.01 });
    outcome = () => Promise.reject(limited);
    const { campaigns, health } = await application();
    await failureOf(campaigns.create('act_1'));
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    expect((await health()).details.retries.platforms['meta']).toMatchObject({
      last_success: null,
      cooldowns: { accounts: 0, until: null },
    });
  });

  it('says until when the last of several accounts cools down', async () => {
    const { campaigns, health } = await application();
    for (const [account, retryAfter] of [
      ['act_1', 900],
      ['act_2', 600],
    ] as const) {
      outcome = () => Promise.reject(new RateLimitError('meta', { retryAfter }));
      await failureOf(campaigns.create(account));
    }
    const { cooldowns } = (await health()).details.retries.platforms['meta'] ?? {};
    expect(cooldowns?.accounts).toBe(2);
    expect(new Date(cooldowns?.until ?? 0).getTime() - Date.now()).toBeGreaterThan(800_000);
  });

  it('is degraded while a budget is used up, and the application stays in service', async () => {
    outcome = () => Promise.reject(outage());
    const { campaigns, health } = await application();
    for (let call = 0; call < 5; call++) await failureOf(campaigns.create('act_1'));
    const { httpStatus, status, details } = await health();
    expect([httpStatus, status, details.retries.status]).toEqual([200, 'degraded', 'degraded']);
    expect(details.retries.platforms['meta']?.budgets).toEqual({ below_full: 1, used_up: 1 });
  });

  it.each([
    ['throws', () => notReachable()],
    ['holds what is no time', () => [['["meta","act_1"]', 9e15]] as const],
  ])('stays up where a store of cooldowns %s', async (_, list) => {
    outcome = async () => 'created';
    const store = { get: () => undefined, extend: () => undefined, delete: () => undefined, list };
    const { campaigns, health, lines } = await application({ cooldown: { store } });
    await campaigns.create('act_1');
    const { httpStatus, details } = await health();
    expect([httpStatus, details.retries.status]).toEqual([200, 'up']);
    expect(details.retries.platforms['meta']?.cooldowns).toEqual({ accounts: 0, until: null });
    expect(lines.of('retry_callback_failed')).toMatchObject([{ callback: 'cooldown.store' }]);
  });
});

function notReachable(): never {
  throw new Error('the store is not reachable');
}
