import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  exponential,
  RateLimitError,
  retryReport,
  retryWithBackoff,
} from '../../../lib/index.js';
import { MAX_DELAY_MS } from '../../../lib/retry/wait.js';
import { failing, failureOf } from '../../support/calls.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
});

/** One retry with such a backoff: what is reported of it, and whether there was a second call. */
async function retryAfterBackoff(given: unknown) {
  const error = new RateLimitError();
  const func = failing([error], 'done');
  const call = retryWithBackoff(func, { backoff: () => given as number }).catch(() => 'failed');
  await vi.advanceTimersByTimeAsync(1000);
  return { calls: func.mock.calls.length, result: call, report: retryReport(error) };
}

describe('a backoff that returns', () => {
  it.each([Number.NaN, undefined, null, '1000', {}, [1000], 1000n, Promise.resolve(1000), true])(
    '%o, which is no number, ends the call at once: nothing is retried without a wait',
    async (given) => {
      const { calls, result, report } = await retryAfterBackoff(given);
      await expect(result).resolves.toBe('failed');
      expect(calls).toBe(1);
      expect(report).toMatchObject({ gaveUp: 'not-retryable', delays: [] });
    },
  );

  it.each([-1, -Infinity, -0, 0])('%d waits no time', async (given) => {
    const { calls } = await retryAfterBackoff(given);
    expect(calls).toBe(2);
  });

  it.each([2 ** 31, 2 ** 32 + 1, 1e300, Infinity, Number.MAX_SAFE_INTEGER])(
    '%d, which no timer can keep, waits as long as one can: not a millisecond',
    async (given) => {
      const func = failing([new RateLimitError()], 'done');
      const done = retryWithBackoff(func, { backoff: () => given });
      await vi.advanceTimersByTimeAsync(MAX_DELAY_MS - 1);
      expect(func).toHaveBeenCalledTimes(1);
      await vi.advanceTimersByTimeAsync(1);
      await expect(done).resolves.toBe('done');
    },
  );
});

describe('a wait that a server asks for', () => {
  it.each([2 ** 31 / 1000, 99_999_999, 1e300, Number.MAX_VALUE])(
    'of %d seconds, which no timer can keep, is refused at once',
    async (retryAfter) => {
      const func = failing([new RateLimitError('meta', { retryAfter })], 'done');
      const failed = failureOf(retryWithBackoff(func, { maxRetryAfter: MAX_DELAY_MS }));
      expect(retryReport(await failed)?.gaveUp).toBe('retry-after-too-long');
      expect(await failed).toMatchObject({ retryAfter });
      expect(func).toHaveBeenCalledTimes(1);
    },
  );

  it.each([Number.NaN, -1, 0, -Infinity, Infinity])(
    'of %d seconds is the backoff',
    async (retryAfter) => {
      const func = failing([new RateLimitError('meta', { retryAfter })], 'done');
      const done = retryWithBackoff(func, { maxRetryAfter: 0 });
      await vi.advanceTimersByTimeAsync(999);
      expect(func).toHaveBeenCalledTimes(1);
      await vi.advanceTimersByTimeAsync(1);
      await expect(done).resolves.toBe('done');
    },
  );
});

describe('any built-in backoff', () => {
  it('gives a delay from zero to its cap, whatever its numbers and however many the retries', () => {
    const delay = fc.double({ min: 0, max: MAX_DELAY_MS, noNaN: true });
    fc.assert(
      fc.property(
        delay,
        delay,
        fc.double({ min: 1, max: 1e300, noNaN: true }),
        fc.integer({ min: 1, max: 100_000 }),
        (initialDelay, maxDelay, factor, retry) => {
          const error = new RateLimitError();
          const backoff = exponential({ initialDelay, maxDelay, factor });
          const [now, later] = [backoff(retry, error), backoff(retry + 1, error)];
          expect(now).toBeGreaterThanOrEqual(Math.min(initialDelay, maxDelay));
          expect(later).toBeLessThanOrEqual(maxDelay);
          expect(later).toBeGreaterThanOrEqual(now);
          expect(constant(initialDelay)(retry, error)).toBe(initialDelay);
        },
      ),
    );
  });
});
