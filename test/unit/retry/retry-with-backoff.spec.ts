import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  AiModelTimeoutError,
  constant,
  ConnectionFailedError,
  McpTimeoutError,
  OperationTimeoutError,
  PlatformTimeoutError,
  RateLimitError,
  retryReport,
  retryWithBackoff,
  TokenExpiredError,
  type Attempt,
} from '../../../lib/index.js';
import { failing, failureOf, never, rejectWith } from '../../support/calls.js';

const limited = () => new RateLimitError('meta');

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** The times at which a function was called, in milliseconds from now on. */
function timesOf(func: (attempt: Attempt) => Promise<unknown>) {
  const startedAt = Date.now();
  const times: number[] = [];
  const timed = (attempt: Attempt) => {
    times.push(Date.now() - startedAt);
    return func(attempt);
  };
  return { timed, times };
}

describe('the waits', () => {
  it('are 1 s, 2 s and 4 s between four calls, and none after the last', async () => {
    const { timed, times } = timesOf(() => rejectWith(limited()));
    const failed = failureOf(retryWithBackoff(timed, { context: 'create' }));
    await vi.runAllTimersAsync();
    const error = await failed;
    expect(times).toEqual([0, 1000, 3000, 7000]);
    expect(retryReport(error)).toMatchObject({
      context: 'create',
      attempts: 4,
      retries: 3,
      delays: [1000, 2000, 4000],
      elapsedMs: 7000,
      gaveUp: 'exhausted',
    });
  });

  it('end with the first success', async () => {
    const { timed, times } = timesOf(failing([limited(), limited()], 'done'));
    const done = retryWithBackoff(timed);
    await vi.runAllTimersAsync();
    await expect(done).resolves.toBe('done');
    expect(times).toEqual([0, 1000, 3000]);
  });

  it('are as long as the server asked', async () => {
    const { timed, times } = timesOf(
      failing([new RateLimitError('meta', { retryAfter: 12 }), limited()], 'done'),
    );
    const done = retryWithBackoff(timed);
    await vi.runAllTimersAsync();
    await done;
    expect(times).toEqual([0, 12_000, 14_000]);
  });

  it('cost no timer where they are zero', async () => {
    const func = failing([limited(), limited(), limited()], 'done');
    await expect(retryWithBackoff(func, { backoff: constant(0) })).resolves.toBe('done');
    expect(func).toHaveBeenCalledTimes(4);
  });

  it('do not begin where the server asks for longer than is slept in process', async () => {
    const func = failing([new RateLimitError('meta', { retryAfter: 600 })], 'done');
    const error = await failureOf(retryWithBackoff(func));
    expect(func).toHaveBeenCalledTimes(1);
    expect(error).toMatchObject({ retryAfter: 600 });
    expect(retryReport(error)).toMatchObject({ gaveUp: 'retry-after-too-long', delays: [] });
  });
});

describe('the limit of an attempt', () => {
  it.each([
    ['meta', PlatformTimeoutError],
    ['gemini', AiModelTimeoutError],
    ['mcp', McpTimeoutError],
    [undefined, OperationTimeoutError],
  ])('makes a time-out of a call to %s that hangs', async (platform, errorClass) => {
    const failed = failureOf(retryWithBackoff(never, { platform, maxRetries: 0 }));
    await vi.advanceTimersByTimeAsync(29_999);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    const error = await failed;
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ message: 'No result within the limit of 30000 ms' });
  });

  it('applies to each attempt, not to the call', async () => {
    const { timed, times } = timesOf(never);
    const failed = failureOf(retryWithBackoff(timed));
    await vi.runAllTimersAsync();
    expect(retryReport(await failed)).toMatchObject({ attempts: 4, elapsedMs: 127_000 });
    expect(times).toEqual([0, 31_000, 63_000, 97_000]);
  });

  it('aborts the signal of its attempt with the time-out, and of no other', async () => {
    const signals: AbortSignal[] = [];
    const failed = failureOf(
      retryWithBackoff(
        ({ signal }) => {
          signals.push(signal);
          return never();
        },
        { maxRetries: 1, platform: 'meta' },
      ),
    );
    await vi.advanceTimersByTimeAsync(30_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(signals[0]?.reason).toBeInstanceOf(PlatformTimeoutError);
    await vi.advanceTimersByTimeAsync(1000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    await vi.runAllTimersAsync();
    await failed;
    expect(signals[0]).not.toBe(signals[1]);
  });

  it('counts attempts that go on after it, and ignores what becomes of them', async () => {
    const settle: (() => void)[] = [];
    const late = (): Promise<string> =>
      new Promise((resolve, reject) => {
        settle.push(() => (settle.length > 1 ? resolve('late') : reject(new Error('late'))));
      });
    const failed = failureOf(retryWithBackoff(late, { maxRetries: 1, timeout: 10 }));
    await vi.runAllTimersAsync();
    const report = retryReport(await failed);
    expect(report?.abandoned).toBe(2);
    for (const each of settle) each();
    await vi.runAllTimersAsync();
    expect(report?.abandoned).toBe(1);
  });

  it('never shortens the time that is left to nothing: remaining() counts down to it', async () => {
    const remaining: number[] = [];
    const done = retryWithBackoff(async (attempt) => {
      remaining.push(attempt.remaining());
      await vi.advanceTimersByTimeAsync(10_000);
      remaining.push(attempt.remaining());
    });
    await done;
    expect(remaining).toEqual([30_000, 20_000]);
  });
});

describe('the total limit', () => {
  it('cuts the last attempt short and begins no wait that could not end', async () => {
    const { timed, times } = timesOf(never);
    const failed = failureOf(retryWithBackoff(timed, { timeout: 1000, totalTimeout: 3500 }));
    await vi.runAllTimersAsync();
    expect(times).toEqual([0, 2000]);
    expect(retryReport(await failed)).toMatchObject({ gaveUp: 'total-timeout', elapsedMs: 3000 });
  });

  it('is the limit of the only attempt where it is the shorter one', async () => {
    const failed = failureOf(retryWithBackoff(never, { totalTimeout: 500 }));
    await vi.runAllTimersAsync();
    expect(retryReport(await failed)).toMatchObject({ attempts: 1, elapsedMs: 500 });
    expect(await failed).toMatchObject({ message: 'No result within the limit of 500 ms' });
  });
});

describe('what a call rejects with', () => {
  it('is the error of the last attempt, with those before it in the report', async () => {
    const errors = [limited(), new ConnectionFailedError(), limited()];
    const failed = failureOf(
      retryWithBackoff(failing(errors, 0), { maxRetries: 2, backoff: constant(0) }),
    );
    expect(await failed).toBe(errors[2]);
    expect(retryReport(await failed)?.errors).toEqual(errors);
  });

  it('is the very same object where nobody recognises it', async () => {
    for (const thrown of [new Error('x'), Object.freeze({ a: 1 }), 'text', 5, null, undefined]) {
      const func = failing([thrown], 'done');
      await expect(retryWithBackoff(func)).rejects.toBe(thrown);
      expect(func).toHaveBeenCalledTimes(1);
    }
  });

  it('is classified, with the foreign error as its cause', async () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const failed = failureOf(retryWithBackoff(failing([refused], 0), { maxRetries: 0 }));
    expect(await failed).toBeInstanceOf(ConnectionFailedError);
    expect(await failed).toMatchObject({ cause: refused, mayHaveExecuted: false });
  });

  it('is decided by the first non-retryable error', async () => {
    const func = failing([limited(), new TokenExpiredError('meta')], 'done');
    const failed = failureOf(retryWithBackoff(func, { backoff: constant(0) }));
    expect(await failed).toBeInstanceOf(TokenExpiredError);
    expect(retryReport(await failed)).toMatchObject({ attempts: 2, gaveUp: 'not-retryable' });
  });

  it('stays the failure of the operation where a callback of the policy throws', async () => {
    const error = limited();
    const throwing = () => {
      throw new Error('mistake in a callback');
    };
    await expect(retryWithBackoff(failing([error], 0), { backoff: throwing })).rejects.toBe(error);
    await expect(retryWithBackoff(failing([error], 0), { retryOn: throwing })).rejects.toBe(error);
  });

  it('keeps the last ten errors only', async () => {
    const func = () => rejectWith(limited());
    const error = await failureOf(retryWithBackoff(func, { maxRetries: 30, backoff: constant(0) }));
    expect(retryReport(error)).toMatchObject({ attempts: 31 });
    expect(retryReport(error)?.errors).toHaveLength(10);
  });
});

describe('what is called', () => {
  it('may return a value, a promise or any thenable, or throw without returning', async () => {
    const thenable = { then: (resolve: (value: string) => void) => resolve('then') };
    await expect(retryWithBackoff(() => 5)).resolves.toBe(5);
    await expect(retryWithBackoff(() => undefined)).resolves.toBeUndefined();
    await expect(retryWithBackoff(() => thenable as PromiseLike<string>)).resolves.toBe('then');
    let calls = 0;
    const throwing = () => {
      if (calls++ === 0) throw limited();
      return 'done';
    };
    await expect(retryWithBackoff(throwing, { backoff: constant(0) })).resolves.toBe('done');
  });

  it('is told its number, its operation and one key for all attempts', async () => {
    const seen: Pick<Attempt, 'number' | 'context' | 'platform' | 'idempotencyKey'>[] = [];
    await failureOf(
      retryWithBackoff(
        ({ number, context, platform, idempotencyKey }) => {
          seen.push({ number, context, platform, idempotencyKey });
          throw limited();
        },
        { context: 'create', platform: 'tiktok', maxRetries: 2, backoff: constant(0) },
      ),
    );
    const key = seen[0]?.idempotencyKey;
    expect(key).toMatch(/^[0-9a-f-]{36}$/);
    expect(seen).toEqual(
      [1, 2, 3].map((number) => ({
        number,
        context: 'create',
        platform: 'tiktok',
        idempotencyKey: key,
      })),
    );
  });

  it('is never called twice at once', async () => {
    let running = 0;
    let most = 0;
    const slow = async ({ signal }: Attempt) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve, { once: true });
      });
      running--;
      throw new Error('too late to count');
    };
    const failed = failureOf(retryWithBackoff(slow, { timeout: 50 }));
    await vi.runAllTimersAsync();
    await failed;
    expect(most).toBe(1);
  });

  it('does not share anything with a hundred calls beside it', async () => {
    const keys = new Set<string>();
    const call = async (index: number) =>
      retryWithBackoff(
        async ({ number, idempotencyKey }) => {
          keys.add(idempotencyKey);
          await Promise.resolve();
          if (number <= index % 4) throw limited();
          return `${index}:${number}`;
        },
        { backoff: constant(index) },
      );
    const calls = Promise.all(Array.from({ length: 100 }, (_, index) => call(index)));
    await vi.runAllTimersAsync();
    expect(await calls).toEqual(
      Array.from({ length: 100 }, (_, index) => `${index}:${(index % 4) + 1}`),
    );
    expect(keys.size).toBe(100);
  });
});

describe('any sequence of failures', () => {
  it('leads to as many calls and waits as the policy allows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('limited', 'expired', 'hangs'), { maxLength: 8 }),
        fc.nat(5),
        async (outcomes, maxRetries) => {
          let calls = 0;
          const func = () => {
            const outcome = outcomes[calls++];
            if (outcome === 'limited') return rejectWith(limited());
            if (outcome === 'expired') return rejectWith(new TokenExpiredError());
            return outcome === 'hangs' ? never() : Promise.resolve('done');
          };
          const ended = retryWithBackoff(func, { maxRetries }).catch(() => 'failed');
          await vi.runAllTimersAsync();
          const fatal = outcomes.indexOf('expired');
          const untilEnd = fatal === -1 ? outcomes.length + 1 : fatal + 1;
          expect(calls).toBe(Math.min(untilEnd, maxRetries + 1));
          expect(await ended).toBe(calls > outcomes.length ? 'done' : 'failed');
          expect(vi.getTimerCount()).toBe(0);
        },
      ),
    );
  });
});
