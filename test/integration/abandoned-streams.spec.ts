import { Injectable } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { constant, PlatformServiceError, Retryable } from '../../lib/index.js';
import { of, startAccounts } from '../support/accounts.js';
import { never, rejectWith } from '../support/calls.js';
import { context } from '../support/context.js';
import { watch } from '../support/outcomes.js';
import { pass, stopTime } from '../support/time.js';

const open = () => new PlatformServiceError('meta');
const now = { backoff: constant(0), platform: 'meta', context: 'c' } as const;

/** A first page, which is also the iterable of all of them. */
const pager = () => ({
  page: [1],
  async *[Symbol.asyncIterator]() {
    yield 1;
  },
});

/** Gives a pager, the first time after a failure. */
const pagerInRetry = () =>
  vi.fn(async () => pager()).mockImplementationOnce(() => rejectWith(open()));

describe('a pager that nobody iterates', () => {
  it('holds up no call of its account, where it was the first after a cooldown', async () => {
    const { call, limit } = await startAccounts();
    await limit('a', 5);
    await pass(5001);
    const result = pager();
    const first = watch(call(async () => result, of('a')));
    await pass(0);
    expect(first.value).toBe(result);
    const second = watch(call(async () => 'ok', of('a')));
    await pass(200_000);
    expect(second.value).toBe('ok');
  });

  it('costs the budget nothing, as the result of a retry', async () => {
    const retryBudget = { maxTokens: 1, tokenRatio: 0, tokensPerMinute: 0 };
    const { call } = await startAccounts({ retryBudget });
    const first = watch(call(pagerInRetry(), now));
    await pass(0);
    expect(first.value).toBeDefined();
    const second = watch(call(pagerInRetry(), now));
    await pass(0);
    expect(second.value).toBeDefined();
  });

  it.each([
    ['a write', () => vi.fn(async () => pager()), { idempotent: false }],
    ['a read that was retried', pagerInRetry, {}],
  ])('leaves the call around it its limit, as the result of %s', async (_, func, options) => {
    const { call } = await startAccounts();
    const inner = func();
    const outer = watch(
      call(() => call(inner, { ...now, ...options }).then(never), {
        ...now,
        timeout: 1000,
        maxRetries: 0,
      }),
    );
    await pass(100_000);
    expect(inner).toHaveBeenCalled();
    expect(outer.done).toBe(true);
  });
});

describe('an async iterable', () => {
  const entered = vi.fn();
  beforeEach(() => {
    entered.mockClear();
  });

  @Injectable()
  class Service {
    @Retryable({ ...now, idempotent: false })
    async *write() {
      yield 1;
    }

    @Retryable({ ...now, idempotent: false, key: () => 'a' })
    async *writeOfAccount() {
      yield 1;
    }

    @Retryable(now)
    async *read() {
      yield 1;
      yield 2;
    }

    @Retryable({ ...now, timeout: 1000, maxRetries: 0 })
    async around(name: 'write' | 'writeOfAccount') {
      entered();
      this[name]();
      return never();
    }
  }

  const start = async () => {
    const { module } = await context({ retryBudget: false }, Service);
    stopTime();
    return { module, service: module.get(Service) };
  };

  it.each(['write', 'writeOfAccount'] as const)(
    'that nobody iterates leaves the call around it its limit: a %s',
    async (name) => {
      const { service } = await start();
      const call = watch(service.around(name));
      await pass(100_000);
      expect(entered).toHaveBeenCalledTimes(1);
      expect(call.done).toBe(true);
    },
  );

  it('that is dropped after its first item holds up no shutdown', async () => {
    const { module, service } = await start();
    for (let n = 0; n < 10; n++) expect((await service.read().next()).value).toBe(1);
    const closing = watch(module.close());
    await pass(10);
    expect(closing.done).toBe(true);
  });
});
