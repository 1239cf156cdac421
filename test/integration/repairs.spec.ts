import { Injectable } from '@nestjs/common';
import { lastValueFrom, Observable, of as just, throwError } from 'rxjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  found,
  OutcomeUnknownError,
  PlatformServiceError,
  Retryable,
  retryReport,
  RetryStrategy,
  retryWithBackoff,
  TokenExpiredError,
  type RetryWithBackoffOptions,
} from '../../lib/index.js';
import { failing, failureOf, limited, rejectWith, turnEnd } from '../support/calls.js';
import { context } from '../support/context.js';
import { unhandled, watch } from '../support/outcomes.js';
import { failsLater, later, pass, stopTime } from '../support/time.js';

const expired = () => new TokenExpiredError('meta');
const open = () => new PlatformServiceError('meta');
let account = 0;
const of = (repair: () => unknown, more: RetryWithBackoffOptions = {}) => ({
  platform: 'meta',
  key: `act_${account}`,
  backoff: constant(0),
  context: 'c',
  repair: { TOKEN_EXPIRED: repair },
  ...more,
});

beforeEach(() => {
  account++;
});

describe('a repair', () => {
  it('is followed by one more attempt, which is no retry', async () => {
    const repair = vi.fn();
    const func = failing([expired()], 'ok');
    expect(await retryWithBackoff(func, of(repair, { maxRetries: 0 }))).toBe('ok');
    expect(repair).toHaveBeenCalledTimes(1);
    expect(func).toHaveBeenCalledTimes(2);
  });

  it('is not ended by the limit of an attempt around the call', async () => {
    stopTime();
    const func = failing([expired()], 'ok');
    const repair = () => later(2000);
    const inner = () => retryWithBackoff(func, of(repair));
    const outer = watch(retryWithBackoff(inner, { timeout: 1000, maxRetries: 0 }));
    await pass(2001);
    expect(outer.value).toBe('ok');
  });

  it('leaves the call all its retries', async () => {
    const func = failing([expired(), open(), open(), open()], 'ok');
    expect(await retryWithBackoff(func, of(vi.fn(), { maxRetries: 3 }))).toBe('ok');
  });

  it('stands in the report as an attempt, not as a retry', async () => {
    const func = failing([open(), expired(), open(), open()], 'ok');
    const error = await failureOf(retryWithBackoff(func, of(vi.fn(), { maxRetries: 2 })));
    expect(retryReport(error)).toMatchObject({ attempts: 4, retries: 2, gaveUp: 'exhausted' });
  });

  it.each([
    ['expires again', expired, 2],
    ['expires again after a retry', open, 5],
  ])('is made once in a call whose token %s', async (_, between, most) => {
    const repair = vi.fn();
    let calls = 0;
    const func = vi.fn(() => rejectWith(calls++ % 2 === 0 ? expired() : between()));
    await failureOf(retryWithBackoff(func, of(repair)));
    expect(repair).toHaveBeenCalledTimes(1);
    expect(func.mock.calls.length).toBeLessThanOrEqual(most);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('oauth');
      },
    ],
    [
      'throws undefined',
      () => {
        throw undefined;
      },
    ],
    ['rejects', () => Promise.reject(new Error('oauth'))],
    [
      'is a thenable that throws',
      () => ({
        then() {
          throw new Error('x');
        },
      }),
    ],
  ])('that %s leaves the error of the token', async (_, repair) => {
    const rejections = unhandled();
    const thrown = expired();
    const func = failing([thrown], 'ok');
    const error = await failureOf(retryWithBackoff(func, of(repair)));
    expect(error).toBe(thrown);
    expect(retryReport(error)?.gaveUp).toBe('repair-failed');
    expect(func).toHaveBeenCalledTimes(1);
    await turnEnd();
    expect(rejections).toEqual([]);
  });

  it('is not made without a key', async () => {
    const repair = vi.fn();
    const func = failing([expired()], 'ok');
    const call = watch((async () => retryWithBackoff(func, of(repair, { key: undefined })))());
    await turnEnd();
    expect(call.done).toBe(true);
    expect(repair).not.toHaveBeenCalled();
  });

  it('takes no token of the budget', async () => {
    const retryBudget = { maxTokens: 0, tokenRatio: 0, tokensPerMinute: 0 };
    const { module } = await context({ retryBudget });
    const strategy = module.get(RetryStrategy);
    expect(await strategy.retryWithBackoff(failing([expired()], 'ok'), of(vi.fn()))).toBe('ok');
  });

  it('is made while the account cools down, and the attempt after it waits', async () => {
    const { module } = await context({ retryBudget: false });
    const strategy = module.get(RetryStrategy);
    stopTime();
    const repair = vi.fn();
    const func = vi
      .fn<() => Promise<string>>(async () => 'ok')
      .mockImplementationOnce(() => failsLater(100, expired()));
    const call = watch(strategy.retryWithBackoff(func, of(repair)));
    await failureOf(strategy.retryWithBackoff(() => limited(10), of(repair, { maxRetries: 0 })));
    await pass(5000);
    expect(func).toHaveBeenCalledTimes(1);
    await pass(6000);
    expect(call.value).toBe('ok');
    expect(repair).toHaveBeenCalledTimes(1);
  });

  it('is that of the inner call alone where several layers have one', async () => {
    const [inner, outer] = [vi.fn(), vi.fn()];
    const func = vi.fn(() => rejectWith(expired()));
    await failureOf(retryWithBackoff(() => retryWithBackoff(func, of(inner)), of(outer)));
    expect(func.mock.calls.length).toBeLessThanOrEqual(2);
    expect(inner).toHaveBeenCalledTimes(1);
    expect(outer).not.toHaveBeenCalled();
  });

  it('may be a method, with the error and the arguments of the call', async () => {
    const seen: unknown[] = [];
    @Injectable()
    @Retryable({
      platform: 'meta',
      key: (account: string) => account,
      repair: { TOKEN_EXPIRED: 'refreshToken' },
    })
    class Adapter {
      private token = 'old';

      async load(account: string): Promise<string> {
        if (this.token === 'old') throw expired();
        return `ok ${account}`;
      }

      async refreshToken(error: unknown, account: string) {
        seen.push(error instanceof TokenExpiredError, account);
        this.token = 'new';
      }
    }
    const { module } = await context({}, Adapter);
    expect(await module.get(Adapter).load('act_x')).toBe('ok act_x');
    expect(seen).toEqual([true, 'act_x']);
  });

  it('is made for streams as well', async () => {
    const once = {
      platform: 'meta',
      key: () => `act_${account}`,
      maxRetries: 0,
      repair: { TOKEN_EXPIRED: () => undefined },
    };
    let [observed, iterated] = [0, 0];
    class Adapter {
      @Retryable(once)
      observable(): Observable<string> {
        return ++observed === 1 ? throwError(expired) : just('ok');
      }

      @Retryable(once)
      async *iterable(): AsyncGenerator<string> {
        if (++iterated === 1) throw expired();
        yield 'ok';
      }
    }
    expect(await lastValueFrom(new Adapter().observable())).toBe('ok');
    expect((await new Adapter().iterable().next()).value).toBe('ok');
  });
});

describe('the repair of a write', () => {
  const uncertain = () => new TokenExpiredError('meta', { mayHaveExecuted: true });

  it('is followed by another attempt, since a refused token has done nothing', async () => {
    const func = failing([expired()], 'ok');
    expect(await retryWithBackoff(func, of(vi.fn(), { idempotent: false }))).toBe('ok');
  });

  it('does not repeat what may have executed', async () => {
    const func = failing([uncertain()], 'ok');
    const error = await failureOf(retryWithBackoff(func, of(vi.fn(), { idempotent: false })));
    expect(func).toHaveBeenCalledTimes(1);
    expect(error).toBeInstanceOf(OutcomeUnknownError);
  });

  it('does not repeat what its reconcile finds', async () => {
    const func = failing([uncertain()], 'ok');
    const options = of(vi.fn(), { idempotent: false, reconcile: () => found('there') });
    expect(await retryWithBackoff(func, options)).toBe('there');
    expect(func).toHaveBeenCalledTimes(1);
  });
});
