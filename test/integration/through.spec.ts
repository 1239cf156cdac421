import {
  bulkhead,
  ConstantBackoff,
  handleAll,
  noop,
  retry as cockatielRetry,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import { from, lastValueFrom, Observable, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import {
  constant,
  currentAttempt,
  found,
  notFound,
  OutcomeUnknownError,
  PlatformServiceError,
  RateLimitError,
  Retryable,
  retryReport,
  retryWithBackoff,
  type Attempt,
  type Through,
} from '../../lib/index.js';
import { startAccounts } from '../support/accounts.js';
import {
  failing,
  failureOf,
  hangs,
  limited,
  never,
  rejectWith,
  turnEnd,
} from '../support/calls.js';
import { unhandled, watch } from '../support/outcomes.js';
import { occupiedBulkhead } from '../support/policies.js';
import { later, pass, stopTime } from '../support/time.js';

const open = () => new PlatformServiceError('meta');
const now = { backoff: constant(0), platform: 'meta', context: 'c' } as const;

describe('a policy', () => {
  it('has each attempt run through it', async () => {
    const execute = vi.fn((func: (context: object) => unknown, signal: AbortSignal) =>
      func({ signal }),
    );
    const options = { ...now, through: { execute } as Through };
    expect(await retryWithBackoff(failing([open(), open()], 'ok'), options)).toBe('ok');
    expect(execute).toHaveBeenCalledTimes(3);
  });

  it('has the attempt as the current one, and its signal', async () => {
    const policy = wrap(bulkhead(5), timeout(10_000, TimeoutStrategy.Cooperative));
    const func = async ({ signal }: Attempt) => [currentAttempt()?.number, signal.aborted];
    expect(await retryWithBackoff(func, { ...now, through: policy })).toEqual([1, false]);
  });

  it('has streams run through it', async () => {
    class Service {
      runs = 0;

      @Retryable({ ...now, through: bulkhead(2, 5) })
      observable(): Observable<string> {
        return this.runs++ === 0 ? throwError(open) : from(['a', 'b']);
      }

      @Retryable({ ...now, through: bulkhead(2, 5) })
      async *iterable(): AsyncGenerator<string> {
        yield 'a';
        yield 'b';
      }
    }
    const service = new Service();
    expect(await lastValueFrom(service.observable())).toBe('b');
    const items: string[] = [];
    for await (const item of service.iterable()) items.push(item);
    expect(items).toEqual(['a', 'b']);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('policy');
      },
    ],
    ['rejects', () => Promise.reject(new Error('policy'))],
    ['returns no promise', () => undefined],
    [
      'returns a thenable that throws',
      () => ({
        then() {
          throw new Error('x');
        },
      }),
    ],
  ])('ends the call without a request where it %s', async (_, execute) => {
    const rejections = unhandled();
    const func = vi.fn(async () => 'ok');
    const through = { execute } as unknown as Through;
    const call = watch(retryWithBackoff(func, { ...now, maxRetries: 0, through }));
    await turnEnd();
    await turnEnd();
    expect(call.done).toBe(true);
    expect(func).not.toHaveBeenCalled();
    expect(rejections).toEqual([]);
  });

  it('does not hang a call for ever where it never calls the operation', async () => {
    stopTime();
    const options = { ...now, totalTimeout: 5000, through: { execute: never } };
    const call = watch(retryWithBackoff(async () => 1, options));
    await pass(5000);
    expect(call.done).toBe(true);
  });

  it('runs no operation of a cancelled call, even where it ignores the signal', async () => {
    stopTime();
    const through: Through = {
      execute: (func, signal) => later(1000).then(() => func({ signal: signal! })),
    };
    const controller = new AbortController();
    const func = vi.fn(async () => 'no');
    const options = { ...now, signal: controller.signal, through };
    const call = watch(retryWithBackoff(func, options));
    await pass(500);
    controller.abort(new Error('x'));
    await pass(5000);
    expect(call.done).toBe(true);
    expect(func).not.toHaveBeenCalled();
  });
});

describe('a policy that queues', () => {
  it('takes nothing of the limit of an attempt', async () => {
    stopTime();
    const options = { ...now, timeout: 1000, maxRetries: 0, through: bulkhead(1, 10) };
    const calls = [1, 2, 3].map(() => watch(retryWithBackoff(() => later(900, 'ok'), options)));
    await pass(5000);
    expect(calls.map(({ value }) => value)).toEqual(['ok', 'ok', 'ok']);
  });

  it('is not cut by the limit of a call around it', async () => {
    stopTime();
    const options = { ...now, timeout: 1000, through: bulkhead(1, 10) };
    const inner = () => retryWithBackoff(() => later(900, 'ok'), options);
    const calls = [1, 2].map(() => watch(retryWithBackoff(inner, { ...now, timeout: 5000 })));
    await pass(5000);
    expect(calls.map(({ value }) => value)).toEqual(['ok', 'ok']);
  });

  it('leaves the limit to abort the operation below it', async () => {
    stopTime();
    const func = vi.fn(({ signal }: Attempt) => hangs(signal));
    const options = { ...now, timeout: 1000, maxRetries: 1, through: bulkhead(1, 5) };
    const call = watch(retryWithBackoff(func, options));
    await pass(10_000);
    expect(call.error).toMatchObject({ type: 'PLATFORM_TIMEOUT' });
    expect(func).toHaveBeenCalledTimes(2);
  });

  it('lets a call be cancelled, whose operation then never runs', async () => {
    stopTime();
    const { policy, first, release } = occupiedBulkhead(10);
    const controller = new AbortController();
    const func = vi.fn(async () => 'no');
    const options = { ...now, signal: controller.signal, through: policy };
    const second = watch(retryWithBackoff(func, options));
    const third = watch(retryWithBackoff(async () => 'third', { ...now, through: policy }));
    await pass(100);
    const reason = new Error('gone');
    controller.abort(reason);
    await pass(0);
    expect(second.error).toBe(reason);
    release('first');
    await pass(100);
    expect([first.value, third.value]).toEqual(['first', 'third']);
    expect(func).not.toHaveBeenCalled();
  });

  it('leaves no unknown outcome of a write that totalTimeout ends before it began', async () => {
    stopTime();
    const func = vi.fn(async () => 'no');
    const reconcile = vi.fn(() => found(1));
    const write = { ...now, idempotent: false, reconcile, totalTimeout: 2000 };
    const through = occupiedBulkhead(10).policy;
    const call = watch<unknown>(retryWithBackoff(func, { ...write, through }));
    await pass(10_000);
    expect(call.done).toBe(true);
    expect(call.error).not.toBeInstanceOf(OutcomeUnknownError);
    expect(func).not.toHaveBeenCalled();
    expect(reconcile).not.toHaveBeenCalled();
  });

  it('has no place for a call that waits for its account', async () => {
    const { call, limit } = await startAccounts();
    await limit('a', 10);
    const through = bulkhead(1, 0);
    const waiting = watch(call(async () => 'a', { ...now, key: 'a', through }));
    const other = watch(call(async () => 'b', { ...now, key: 'b', through }));
    await pass(0);
    expect(other.value).toBe('b');
    await pass(11_000);
    expect(waiting.value).toBe('a');
  });
});

describe('a write through a policy', () => {
  const write = { ...now, idempotent: false } as const;

  it.each<[string, Through]>([
    [
      'calls it twice',
      {
        execute: async (func, signal) => {
          await func({ signal: signal! });
          return func({ signal: signal! });
        },
      },
    ],
    [
      'rejects afterwards as if it had refused',
      {
        execute: async (func, signal) => {
          await func({ signal: signal! });
          const refusal = { isBulkheadRejectedError: true, isBrokenCircuitError: true };
          throw Object.assign(new Error('BulkheadRejectedError'), refusal);
        },
      },
    ],
  ])('runs once where the policy %s', async (name, through) => {
    const func = vi.fn(async () => 'ok');
    const result = await retryWithBackoff(func, { ...write, through }).catch(() => 'failed');
    expect(func).toHaveBeenCalledTimes(1);
    if (name.startsWith('rejects')) expect(result).toBe('ok');
  });

  it('runs once and has an open outcome where the policy retries', async () => {
    const func = vi.fn(() => rejectWith(open()));
    const through = cockatielRetry(handleAll, { maxAttempts: 3, backoff: new ConstantBackoff(1) });
    const error = await failureOf(retryWithBackoff(func, { ...write, through }));
    expect(func).toHaveBeenCalledTimes(1);
    expect(error).toBeInstanceOf(OutcomeUnknownError);
  });

  it('has the answer that the policy gives for its failure', async () => {
    const through: Through = {
      execute: async (func, signal) => {
        try {
          return await func({ signal: signal! });
        } catch {
          return 'fallback' as never;
        }
      },
    };
    const func = (): Promise<string> => rejectWith(open());
    expect(await retryWithBackoff(func, { ...write, through })).toBe('fallback');
  });

  const aggressive = timeout(1000, TimeoutStrategy.Aggressive);
  it.each([
    ['a write that a time-out of the policy cuts', { ...write, through: aggressive }],
    ['a reconciled one that a time-out of the policy cuts', { ...now, through: aggressive }],
    ['a reconciled one that ignores its own limit', { ...now, timeout: 1000, through: noop }],
  ])('is neither looked for nor repeated while it may still run: %s', async (_, options) => {
    stopTime();
    const reconcile = vi.fn(() => notFound());
    const func = vi.fn(() => never());
    const reconciled = 'idempotent' in options ? {} : { reconcile };
    const call = watch(retryWithBackoff(func, { ...options, ...reconciled }));
    await pass(100_000);
    expect(call.error).toBeInstanceOf(OutcomeUnknownError);
    expect(reconcile).not.toHaveBeenCalled();
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('is not repeated as an Observable that ignores its limit', async () => {
    stopTime();
    let runs = 0;
    class Service {
      @Retryable({ ...now, timeout: 1000, through: noop, reconcile: () => notFound() })
      create(): Observable<number> {
        runs++;
        return new Observable();
      }
    }
    const call = watch(lastValueFrom(new Service().create()));
    await pass(100_000);
    expect(call.done).toBe(true);
    expect(runs).toBe(1);
  });
});

describe('a rate limit through a policy', () => {
  it('begins a cooldown all the same', async () => {
    const { call } = await startAccounts();
    const options = { ...now, key: 'a', through: noop };
    await failureOf(call(() => limited(100), options));
    const error = await failureOf(call(async () => 1, options));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(retryReport(error)?.gaveUp).toBe('cooldown');
  });
});
