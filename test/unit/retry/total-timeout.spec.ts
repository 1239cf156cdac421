import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  OperationTimeoutError,
  RateLimitError,
  retryReport,
  retryWithBackoff,
} from '../../../lib/index.js';
import { failing, failureOf, never, rejectWith } from '../../support/calls.js';

const limited = () => new RateLimitError('meta');

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('the total limit', () => {
  it('is no limit of an attempt: a call that succeeds in time is not ended by it', async () => {
    const func = failing([limited(), limited()], 'done');
    const call = retryWithBackoff(func, { totalTimeout: 3001 });
    await vi.runAllTimersAsync();
    await expect(call).resolves.toBe('done');
  });

  it('lets no wait begin that would end with it', async () => {
    const func = failing([limited(), limited()], 'done');
    const failed = failureOf(retryWithBackoff(func, { totalTimeout: 3000 }));
    await vi.runAllTimersAsync();
    expect(retryReport(await failed)).toMatchObject({
      gaveUp: 'total-timeout',
      attempts: 2,
      delays: [1000],
      elapsedMs: 1000,
    });
  });

  it('cuts the limit of the last attempt, and the signal says so in time', async () => {
    const remaining: number[] = [];
    const failed = failureOf(
      retryWithBackoff(
        (attempt) => {
          remaining.push(attempt.remaining());
          return never();
        },
        { timeout: 1000, totalTimeout: 2700, backoff: constant(500) },
      ),
    );
    await vi.runAllTimersAsync();
    expect(remaining).toEqual([1000, 1000]);
    expect(retryReport(await failed)).toMatchObject({ gaveUp: 'total-timeout', elapsedMs: 2500 });
    const cut = failureOf(
      retryWithBackoff(never, { timeout: 1000, totalTimeout: 2000, backoff: constant(500) }),
    );
    await vi.runAllTimersAsync();
    expect(retryReport(await cut)).toMatchObject({ attempts: 2, elapsedMs: 2000 });
    expect(await cut).toMatchObject({ message: 'No result within the limit of 500 ms' });
  });

  it('lets no attempt begin after a wait that ended too late, in a process that was busy', async () => {
    const func = failing([limited()], 'done');
    const failed = failureOf(retryWithBackoff(func, { totalTimeout: 1500 }));
    await vi.advanceTimersByTimeAsync(0);
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 2000);
    await vi.runAllTimersAsync();
    expect(func).toHaveBeenCalledTimes(1);
    expect(await failed).toBeInstanceOf(RateLimitError);
    expect(retryReport(await failed)?.gaveUp).toBe('total-timeout');
  });

  it('counts what a server asks for as a wait', async () => {
    const func = failing([new RateLimitError('meta', { retryAfter: 10 })], 'done');
    const failed = failureOf(retryWithBackoff(func, { totalTimeout: 5000 }));
    await vi.runAllTimersAsync();
    expect(retryReport(await failed)?.gaveUp).toBe('total-timeout');
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('is never exceeded, whatever fails or hangs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('limited', 'hangs'), { maxLength: 6 }),
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 0, max: 5000 }),
        async (outcomes, totalTimeout, timeout, delay) => {
          const startedAt = performance.now();
          let calls = 0;
          const func = () => (outcomes[calls++] === 'hangs' ? never() : rejectWith(limited()));
          const options = { totalTimeout, timeout, backoff: constant(delay), maxRetries: 5 };
          const failed = failureOf(retryWithBackoff(func, options));
          await vi.runAllTimersAsync();
          const error = await failed;
          expect(performance.now() - startedAt).toBeLessThanOrEqual(totalTimeout);
          expect(error instanceof RateLimitError || error instanceof OperationTimeoutError).toBe(
            true,
          );
        },
      ),
    );
  });
});

describe('maxRetryAfter', () => {
  it.each([
    [undefined, 30, 'done'],
    [undefined, 30.001, 'retry-after-too-long'],
    [5000, 5, 'done'],
    [5000, 5.001, 'retry-after-too-long'],
    [0, 0.001, 'retry-after-too-long'],
  ])('of %s: a wait of %d s ends in %s', async (maxRetryAfter, retryAfter, outcome) => {
    const func = failing([new RateLimitError('meta', { retryAfter })], 'done');
    const call = retryWithBackoff(func, { maxRetryAfter }).catch(
      (error: unknown) => retryReport(error)?.gaveUp,
    );
    await vi.runAllTimersAsync();
    expect(await call).toBe(outcome);
  });
});
