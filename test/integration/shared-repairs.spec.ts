import { Injectable, Scope } from '@nestjs/common';
import { ContextIdFactory } from '@nestjs/core';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  Retryable,
  retryWithBackoff,
  TokenExpiredError,
  type RetryWithBackoffOptions,
} from '../../lib/index.js';
import { failing, never, rejectWith } from '../support/calls.js';
import { context } from '../support/context.js';
import { watch } from '../support/outcomes.js';
import { failsLater, later, pass, stopTime } from '../support/time.js';

const expired = () => new TokenExpiredError('meta');
let account = 0;
let token = 'old';
const of = (repair: () => unknown, more: RetryWithBackoffOptions = {}) => ({
  platform: 'meta',
  key: `shared_${account}`,
  backoff: constant(0),
  repair: { TOKEN_EXPIRED: repair },
  ...more,
});

const refresh = vi.fn(async () => {
  await later(500);
  token = 'new';
});

const load = async () => {
  if (token === 'old') throw expired();
  return 'ok';
};

beforeEach(() => {
  account++;
  token = 'old';
  refresh.mockClear();
});

describe('the calls of an account', () => {
  it('share one refresh where they fail together', async () => {
    stopTime();
    const calls = Array.from({ length: 10 }, (_, n) =>
      watch(retryWithBackoff(() => later(n * 10).then(load), of(refresh))),
    );
    await pass(5000);
    expect(calls.map(({ value }) => value)).toEqual(Array(10).fill('ok'));
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  it('share it also with an attempt that had begun before it ended', async () => {
    stopTime();
    const slowLoad = async () => {
      const used = token;
      await later(5000);
      if (used === 'old') throw expired();
      return 'slow';
    };
    const slow = watch(retryWithBackoff(slowLoad, of(refresh)));
    const quick = watch(retryWithBackoff(load, of(refresh)));
    await pass(20_000);
    expect([slow.value, quick.value]).toEqual(['slow', 'ok']);
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  it('share it between request-scoped instances', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Adapter {
      @Retryable({ platform: 'meta', key: () => 'scoped', repair: { TOKEN_EXPIRED: 'refresh' } })
      async load(): Promise<string> {
        await later(10);
        return load();
      }

      refresh() {
        return refresh();
      }
    }
    const { module } = await context({}, Adapter);
    stopTime();
    const resolve = () => module.resolve(Adapter, ContextIdFactory.create());
    const [one, two] = [await resolve(), await resolve()];
    expect(one).not.toBe(two);
    const calls = [watch(one.load()), watch(two.load())];
    await pass(1000);
    expect(calls.map(({ value }) => value)).toEqual(['ok', 'ok']);
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  it('refresh by themselves where key or platform differ', async () => {
    const repair = vi.fn();
    for (const more of [{ key: 'k1' }, { key: 'k2' }, { key: 'k1', platform: 'google' }]) {
      await retryWithBackoff(failing([expired()], 1), of(repair, more));
    }
    expect(repair).toHaveBeenCalledTimes(3);
  });

  it('refresh again where the token expires again', async () => {
    stopTime();
    const repair = vi.fn();
    for (let n = 0; n < 2; n++) {
      const call = watch(retryWithBackoff(failing([expired()], 1), of(repair)));
      await pass(1000);
      expect(call.value).toBe(1);
    }
    expect(repair).toHaveBeenCalledTimes(2);
  });

  it('fail each with its own error where the refresh fails, and the next refreshes again', async () => {
    stopTime();
    const errors = [expired(), expired(), expired()];
    const repair = vi
      .fn<() => Promise<unknown>>(async () => undefined)
      .mockImplementationOnce(() => failsLater(100, new Error('oauth')));
    const calls = errors.map((error) =>
      watch(retryWithBackoff(() => rejectWith(error), of(repair))),
    );
    await pass(1000);
    calls.forEach(({ error }, n) => expect(error).toBe(errors[n]));
    expect(repair).toHaveBeenCalledTimes(1);
    expect(await retryWithBackoff(failing([expired()], 'ok'), of(repair))).toBe('ok');
    expect(repair).toHaveBeenCalledTimes(2);
  });
});

describe('a shared refresh', () => {
  it('goes on for the others where the call that began it is cancelled', async () => {
    stopTime();
    const controller = new AbortController();
    const options = of(refresh, { signal: controller.signal });
    const cancelled = watch(retryWithBackoff(load, options));
    const other = watch(retryWithBackoff(load, of(refresh)));
    await pass(100);
    const reason = new Error('gone');
    controller.abort(reason);
    await pass(0);
    expect(cancelled.error).toBe(reason);
    await pass(1000);
    expect(other.value).toBe('ok');
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  it('goes on for the others where the totalTimeout of the call that began it ends', async () => {
    stopTime();
    const short = watch(retryWithBackoff(load, of(refresh, { totalTimeout: 100 })));
    const other = watch(retryWithBackoff(load, of(refresh)));
    await pass(5000);
    expect(short.error).toBeInstanceOf(TokenExpiredError);
    expect(other.value).toBe('ok');
  });

  it('that hangs does not block the account for ever', async () => {
    stopTime();
    const repair = vi.fn<() => Promise<unknown>>(async () => 1).mockImplementationOnce(never);
    const call = () =>
      watch(retryWithBackoff(failing([expired()], 'ok'), of(repair, { timeout: 1000 })));
    const first = call();
    await pass(60_000);
    expect(first.done).toBe(true);
    const second = call();
    await pass(60_000);
    expect(second.value).toBe('ok');
  });

  it('that hangs ends with the limit of an attempt', async () => {
    stopTime();
    const call = watch(retryWithBackoff(failing([expired()], 'ok'), of(never)));
    await pass(120_000);
    expect(call.done).toBe(true);
  });

  it('that ends in a call of the same account waits for nothing but that', async () => {
    stopTime();
    const repair = vi.fn((): Promise<unknown> =>
      retryWithBackoff(() => rejectWith(expired()), of(repair)),
    );
    const call = watch(retryWithBackoff(failing([expired()], 'ok'), of(repair)));
    await pass(500_000);
    expect(call.done).toBe(true);
    expect(repair).toHaveBeenCalledTimes(1);
  });

  it('is not held up by another refresh of the account inside it', async () => {
    stopTime();
    const repair = () => retryWithBackoff(() => rejectWith(expired()), of(never));
    const call = watch(retryWithBackoff(failing([expired()], 'ok'), of(repair)));
    await pass(500_000);
    expect(call.done).toBe(true);
  });
});
