import { HttpException, Injectable } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import {
  createErrorResponse,
  found,
  PlatformServiceError,
  RateLimitError,
  Retryable,
  retryReport,
  TokenExpiredError,
  type RetryWithBackoffOptions,
} from '../../lib/index.js';
import { of, startAccounts } from '../support/accounts.js';
import { failureOf, hangs, limited, rejectWith } from '../support/calls.js';
import { context } from '../support/context.js';
import { watch } from '../support/outcomes.js';
import { failsLater, later, pass, stopTime } from '../support/time.js';

describe('a cooldown', () => {
  it('holds up another call of the same platform and key until it ends', async () => {
    const { call, limit } = await startAccounts();
    expect(await limit('a', 10)).toBeInstanceOf(RateLimitError);
    const func = vi.fn(async () => 'ok');
    const second = watch(call(func, of('a')));
    await pass(9999);
    expect(func).not.toHaveBeenCalled();
    await pass(2);
    expect(second.value).toBe('ok');
  });

  it.each<[string, RetryWithBackoffOptions]>([
    ['of another key', of('b')],
    ['of another platform', of('a', { platform: 'tiktok' })],
    ['without a key', of(undefined)],
    ['that wants none', of('a', { cooldown: false })],
  ])('does not hold up a call %s', async (_, options) => {
    const { call, limit } = await startAccounts();
    await limit('a', 10);
    const other = watch(call(async () => 'ok', options));
    await pass(0);
    expect(other.value).toBe('ok');
  });

  it('holds up no call of another application', async () => {
    const one = await startAccounts();
    const two = await startAccounts();
    await one.limit('a', 100);
    const call = watch(two.call(async () => 'ok', of('a')));
    await pass(0);
    expect(call.value).toBe('ok');
  });

  const stated = { headers: { 'retry-after': '10' }, message: 'x' };
  it.each<[string, () => Promise<unknown>, RetryWithBackoffOptions]>([
    [
      'a limit without a stated wait',
      () => rejectWith({ ...stated, status: 429, headers: {} }),
      {},
    ],
    ['an exception of Nest', () => rejectWith(new HttpException({ retryAfter: 10 }, 429)), {}],
    ['an outage with a stated wait', () => rejectWith({ ...stated, status: 503 }), {}],
    ['a call that wants none', () => limited(10), { cooldown: false }],
    ['another failure of the account', () => rejectWith(new TokenExpiredError('meta')), {}],
  ])('is not begun by %s', async (_, fail, more) => {
    const { call, cooldowns } = await startAccounts();
    await failureOf(call(fail, of('a', { maxRetries: 0, ...more })));
    expect(cooldowns.list()).toEqual([]);
  });

  it('is not begun where the module wants none', async () => {
    const { call, cooldowns, limit } = await startAccounts({ cooldown: false });
    await limit('a', 10);
    expect(cooldowns.list()).toEqual([]);
    expect(() => cooldowns.clear({ platform: 'meta', key: 'a' })).not.toThrow();
    const next = watch(call(async () => 'ok', of('a')));
    await pass(0);
    expect(next.value).toBe('ok');
  });

  it.each([
    [undefined, 900_000],
    [{ maxCooldown: 3000 }, 3000],
  ])('lasts no longer than maxCooldown: %j', async (cooldown, longest) => {
    const { cooldowns, limit } = await startAccounts(cooldown && { cooldown });
    await limit('a', 99_999);
    expect(cooldowns.list()[0]?.until).toBe(Date.now() + longest);
  });

  it('is never made shorter by a later, shorter wait', async () => {
    const { cooldowns, limit } = await startAccounts();
    await Promise.all([limit('a', 100), limit('a', 1)]);
    expect(cooldowns.list()[0]?.until).toBe(Date.now() + 100_000);
  });

  it('is logged each time that one begins, not each time that it is made longer', async () => {
    const { limit, lines } = await startAccounts();
    await Promise.all([limit('a', 5), limit('a', 6)]);
    expect(lines.of('retry_cooldown_began')).toHaveLength(1);
    await pass(6000);
    await limit('a', 5);
    expect(lines.of('retry_cooldown_began')).toHaveLength(2);
    await pass(6000);
    await limit('a', 5);
    expect(lines.of('retry_cooldown_began')).toHaveLength(3);
  });

  it('is logged without its key, by which its lines can be told apart all the same', async () => {
    const { call, limit, lines } = await startAccounts();
    const keys = ['act_4711', 'act_4711', 'act_4712'];
    for (const key of keys) {
      await limit(key, 5);
      await pass(6000);
    }
    await limit('act_4711', 120);
    await failureOf(call(async () => 'no', of('act_4711', { context: 'refused' })));
    const hashes = lines.of('retry_cooldown_began').map((line) => String(line['key_hash']));
    expect(hashes[0]).toMatch(/^[\da-f]{8,}$/);
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
    const ours = lines.all.map((line) => JSON.stringify({ ...line, context: '' }));
    expect(ours.join()).not.toMatch(/act_471/);
  });

  it('is not begun by a call around the one that was limited', async () => {
    const { call, cooldowns } = await startAccounts();
    const inner = () => call(() => limited(100), of('a', { maxRetries: 0 }));
    await failureOf(call(inner, of('b', { maxRetries: 0 })));
    expect(cooldowns.list().map(({ key }) => key)).toEqual(['a']);
  });

  it('is that of an account without a platform, too', async () => {
    const { call, cooldowns } = await startAccounts();
    await failureOf(call(() => limited(5), of('a', { platform: undefined, maxRetries: 0 })));
    const until = Date.now() + 5000;
    expect(cooldowns.list()).toEqual([{ platform: undefined, key: 'a', until }]);
  });

  it('leaves no timer behind', async () => {
    const { limit } = await startAccounts();
    await limit('a', 20);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is no longer listed once it has ended', async () => {
    const { cooldowns, limit } = await startAccounts();
    await limit('a', 20);
    await pass(20_001);
    expect(cooldowns.list()).toEqual([]);
  });

  it('is ended early by clear(), and the calls that wait go on', async () => {
    const { call, cooldowns, limit } = await startAccounts();
    await limit('a', 20);
    expect(cooldowns.list()).toEqual([{ platform: 'meta', key: 'a', until: Date.now() + 20_000 }]);
    const calls = [1, 2].map((n) => watch(call(async () => n, of('a'))));
    await pass(1000);
    cooldowns.clear({ platform: 'meta', key: 'a' });
    await pass(1);
    expect(calls.map(({ value }) => value)).toEqual([1, 2]);
    expect(cooldowns.list()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is that of one account only, however platform and key are joined', async () => {
    const { call } = await startAccounts();
    const accounts: [string | undefined, string][] = [
      ['a', 'b:c'],
      ['a:b', 'c'],
      [undefined, 'a:b:c'],
      ['undefined', 'a'],
      [undefined, 'a'],
      ['a\u0000b', 'c'],
      ['a', 'b\u0000c'],
    ];
    for (const [platform, key] of accounts) {
      const func = vi.fn(() => limited(500));
      await failureOf(call(func, of(key, { platform, maxRetries: 0 })));
      expect(func, `${platform} ${key}`).toHaveBeenCalledTimes(1);
    }
  });
});

describe('a call that a cooldown holds up', () => {
  it('may be the one that was limited', async () => {
    const { call } = await startAccounts();
    const func = vi
      .fn<() => Promise<unknown>>(async () => 'ok')
      .mockImplementationOnce(() => limited(5));
    const limitedItself = watch(call(func, of('a')));
    await pass(4999);
    expect(func).toHaveBeenCalledTimes(1);
    await pass(2);
    expect(limitedItself.value).toBe('ok');
  });

  it('may be a retry of one that began before', async () => {
    const { call, limit } = await startAccounts();
    const func = vi
      .fn<() => Promise<string>>(async () => 'ok')
      .mockImplementationOnce(() => failsLater(1000, new PlatformServiceError('meta')));
    const slow = watch(call(func, of('a')));
    await limit('a', 10);
    await pass(9000);
    expect(func).toHaveBeenCalledTimes(1);
    await pass(2000);
    expect(slow.value).toBe('ok');
  });

  it('needs no retry for it', async () => {
    const { call, limit } = await startAccounts();
    await limit('a', 5);
    const waiting = watch(call(async ({ number }) => number, of('a', { maxRetries: 0 })));
    await pass(5100);
    expect(waiting.value).toBe(1);
  });

  it('has the whole limit of its attempt afterwards', async () => {
    const { call, limit } = await startAccounts();
    await limit('a', 20);
    const options = of('a', { timeout: 1000, maxRetries: 0 });
    const waiting = watch(call(() => later(900, 'ok'), options));
    await pass(21_000);
    expect(waiting.value).toBe('ok');
  });

  it('waits at most maxRetryAfter, and less than its totalTimeout', async () => {
    const { call, limit } = await startAccounts();
    await limit('a', 20);
    const at = (more: RetryWithBackoffOptions) => watch(call(async () => 'ok', of('a', more)));
    const waits = at({ maxRetryAfter: 20_000 });
    const refused = at({ totalTimeout: 20_000 });
    await pass(0);
    expect([waits.done, refused.done]).toEqual([false, true]);
    await pass(20_001);
    expect(waits.value).toBe('ok');
  });

  it('goes at once at the very end of it', async () => {
    const { call, limit } = await startAccounts();
    await limit('a', 5);
    await pass(5000);
    const func = vi.fn(async () => 'ok');
    await call(func, of('a'));
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('is not ended meanwhile by the limit of an attempt around it', async () => {
    const { call, limit } = await startAccounts();
    await limit('a', 20);
    const outer = of(undefined, { timeout: 1000, maxRetries: 0, context: 'outer' });
    const waiting = watch(call(() => call(async () => 'ok', of('a')), outer));
    await pass(20_001);
    expect(waiting.value).toBe('ok');
  });

  it('is refused where it could not wait that long within totalTimeout', async () => {
    const { call, limit } = await startAccounts();
    await limit('a', 20);
    const func = vi.fn(async () => 1);
    const refused = watch(call(func, of('a', { totalTimeout: 5000 })));
    await pass(5000);
    expect(refused.done).toBe(true);
    expect(func).not.toHaveBeenCalled();
  });

  it('ends when the application closes, and has executed nothing as a write', async () => {
    const { call, limit, module } = await startAccounts();
    await limit('a', 20);
    const func = vi.fn(async () => 'ok');
    const waiting = watch(call(func, of('a', { idempotent: false })));
    await pass(100);
    const closing = watch(module.close());
    await pass(0);
    expect(waiting.error).toMatchObject({ type: 'SERVICE_UNAVAILABLE', mayHaveExecuted: false });
    expect(retryReport(waiting.error)?.gaveUp).toBe('shutdown');
    await pass(10_000);
    expect(closing.done).toBe(true);
    expect(func).not.toHaveBeenCalled();
  });
});

describe('a call that begins while the application closes', () => {
  it('does not wait for the end of a cooldown', async () => {
    const { call, limit, module } = await startAccounts();
    await limit('a', 20);
    const busy = watch(call(({ signal }) => hangs(signal), of('b')));
    const closing = watch(module.close());
    await pass(0);
    expect([busy.done, closing.done]).toEqual([false, false]);
    const late = watch(call(async () => 'ok', of('a')));
    await pass(0);
    expect(retryReport(late.error)).toMatchObject({ gaveUp: 'shutdown', attempts: 0 });
    await pass(5000);
    expect([busy.done, closing.done]).toEqual([true, true]);
  });
});

describe('a cooldown longer than maxRetryAfter', () => {
  it('refuses a call at once, without a request', async () => {
    const { call, limit, lines } = await startAccounts();
    await limit('a', 120);
    await pass(30_500);
    const func = vi.fn(async () => 'ok');
    const refused = watch(call(func, of('a')));
    await pass(0);
    expect(refused.error).toBeInstanceOf(RateLimitError);
    expect(refused.error).toMatchObject({
      retryAfter: 90,
      mayHaveExecuted: false,
      message: 'The account cools down for another 90 s: nothing was sent',
    });
    expect(retryReport(refused.error)).toMatchObject({
      gaveUp: 'cooldown',
      attempts: 0,
      retries: 0,
    });
    expect(func).not.toHaveBeenCalled();
    expect(lines.of('operation_error')).toHaveLength(2);
  });

  it('tells the client how long it still is', async () => {
    const { call, limit } = await startAccounts();
    await limit('a', 120);
    await pass(20_000);
    const error = await failureOf(call(async () => 1, of('a')));
    expect(createErrorResponse({ error })).toMatchObject({
      retry_after: 100,
      retry_allowed: true,
      error: { type: 'API_RATE_LIMIT', platform: 'meta' },
    });
  });

  it('is neither prolonged nor spread by its own refusal', async () => {
    const { call, cooldowns, limit } = await startAccounts();
    await limit('a', 120);
    const before = cooldowns.list();
    await pass(60_000);
    const refusal = await failureOf(call(async () => 1, of('a')));
    for (const key of ['a', 'b']) {
      await failureOf(call(() => rejectWith(refusal), of(key, { maxRetries: 0 })));
    }
    expect(cooldowns.list()).toEqual(before);
  });

  it('leaves no unknown outcome of a write that it refuses', async () => {
    const { call, limit } = await startAccounts();
    await limit('a', 120);
    const reconcile = vi.fn(() => found(1));
    const error = await failureOf(call(async () => 1, of('a', { idempotent: false, reconcile })));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(reconcile).not.toHaveBeenCalled();
  });
});

describe('the key of a decorated method', () => {
  it('tells its accounts apart by the arguments', async () => {
    const seen: string[] = [];
    @Injectable()
    class Adapter {
      @Retryable({ platform: 'meta', key: (account: string) => account, maxRetries: 0 })
      async load(account: string): Promise<unknown> {
        seen.push(account);
        return account === 'a' ? limited(100) : 'ok';
      }
    }
    const { module } = await context({ retryBudget: false }, Adapter);
    stopTime();
    const adapter = module.get(Adapter);
    await failureOf(adapter.load('a'));
    expect(retryReport(await failureOf(adapter.load('a')))?.gaveUp).toBe('cooldown');
    expect(await adapter.load('b')).toBe('ok');
    expect(seen).toEqual(['a', 'b']);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no account');
      },
    ],
    ['is undefined', () => undefined],
    ['is a number', () => 17],
    ['is an object', () => ({})],
  ])('is refused without a call where it %s', async (_, key) => {
    const load = vi.fn(async () => 'ok');
    @Injectable()
    class Adapter {
      @Retryable({ platform: 'meta', key: key as () => string })
      load() {
        return load();
      }
    }
    const { module } = await context({ retryBudget: false }, Adapter);
    expect(await failureOf(module.get(Adapter).load())).toBeInstanceOf(Error);
    expect(load).not.toHaveBeenCalled();
  });
});
