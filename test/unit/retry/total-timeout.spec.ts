import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  currentAttempt,
  OperationTimeoutError,
  RateLimitError,
  retryReport,
  retryWithBackoff,
} from '../../../lib/index.js';
import { hang, startVirtualTime, type VirtualTime } from '../../../lib/testing/index.js';
import { failing, failureOf, rejectWith } from '../../support/calls.js';

const limited = () => new RateLimitError('meta');

let time: VirtualTime;
beforeEach(() => {
  time = startVirtualTime();
});
afterEach(() => time.restore());

describe('the total limit', () => {
  it('is no limit of an attempt: a call that succeeds in time is not ended by it', async () => {
    const func = failing([limited(), limited()], 'done');
    await expect(retryWithBackoff(func, { totalTimeout: 3001 })).resolves.toBe('done');
    time.expectWaits(1000, 2000);
  });

  it('lets no wait begin that would end with it', async () => {
    const func = failing([limited(), limited()], 'done');
    const error = await failureOf(retryWithBackoff(func, { totalTimeout: 3000 }));
    expect(retryReport(error)).toMatchObject({
      gaveUp: 'total-timeout',
      attempts: 2,
      delays: [1000],
      elapsedMs: 1000,
    });
  });

  it('cuts the limit of the last attempt, and the signal says so in time', async () => {
    const remaining: (number | undefined)[] = [];
    const upstream = hang();
    const hangs = () => {
      remaining.push(currentAttempt()?.remaining());
      return upstream();
    };
    const error = await failureOf(
      retryWithBackoff(hangs, { timeout: 1000, totalTimeout: 2700, backoff: constant(500) }),
    );
    expect(remaining).toEqual([1000, 1000]);
    expect(retryReport(error)).toMatchObject({ gaveUp: 'total-timeout', elapsedMs: 2500 });
    const cut = await failureOf(
      retryWithBackoff(hangs, { timeout: 1000, totalTimeout: 2000, backoff: constant(500) }),
    );
    expect(retryReport(cut)).toMatchObject({ attempts: 2, elapsedMs: 2000 });
    expect(cut).toMatchObject({ message: 'No result within the limit of 500 ms' });
  });

  it('lets no attempt begin after a wait that ended too late, in a process that was busy', async () => {
    const func = failing([limited()], 'done');
    const failed = failureOf(retryWithBackoff(func, { totalTimeout: 1500 }));
    vi.spyOn(time, 'now').mockImplementation(() => 3000);
    expect(await failed).toBeInstanceOf(RateLimitError);
    expect(func).toHaveBeenCalledTimes(1);
    expect(retryReport(await failed)?.gaveUp).toBe('total-timeout');
  });

  it('counts what a server asks for as a wait', async () => {
    const func = failing([new RateLimitError('meta', { retryAfter: 10 })], 'done');
    const error = await failureOf(retryWithBackoff(func, { totalTimeout: 5000 }));
    expect(retryReport(error)?.gaveUp).toBe('total-timeout');
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
          const startedAt = time.now();
          let calls = 0;
          const hangs = hang();
          const func = () => (outcomes[calls++] === 'hangs' ? hangs() : rejectWith(limited()));
          const options = { totalTimeout, timeout, backoff: constant(delay), maxRetries: 5 };
          const error = await failureOf(retryWithBackoff(func, options));
          expect(time.now() - startedAt).toBeLessThanOrEqual(totalTimeout);
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
    expect(await call).toBe(outcome);
  });
});
