import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  constant,
  OperationCancelledError,
  OutcomeUnknownError,
  RateLimitError,
  ServiceError,
  TokenExpiredError,
} from '../../../lib/index.js';
import { MAX_DELAY_MS } from '../../../lib/retry/wait.js';
import { nextStep, type Progress } from '../../../lib/retry/next-step.js';
import { mergePolicy } from '../../../lib/retry/policy.js';
import type { OperationOptions } from '../../../lib/retry/retry-options.js';

const START: Progress = {
  retries: 0,
  remainingMs: Infinity,
  emitted: false,
  isRefused: false,
  isUnknown: false,
  isNested: false,
  hasWritten: false,
  closing: false,
};

function policyOf(options: OperationOptions = {}) {
  return mergePolicy([options], { context: 'test', platform: 'meta' }, () => 30_000);
}

function stepAfter(
  error: ServiceError | undefined,
  options: OperationOptions = {},
  progress: Partial<Progress> = {},
) {
  return nextStep(policyOf(options), error, { ...START, ...progress }, () => 0.5);
}

const limited = (retryAfter?: number) => new RateLimitError('meta', { retryAfter });

describe('the next step', () => {
  it('waits 1 s, 2 s and 4 s, and then gives up', () => {
    const steps = [0, 1, 2, 3].map((retries) => stepAfter(limited(), {}, { retries }));
    expect(steps).toEqual([
      { retry: true, delayMs: 1000, isStated: false },
      { retry: true, delayMs: 2000, isStated: false },
      { retry: true, delayMs: 4000, isStated: false },
      { retry: false, gaveUp: 'exhausted' },
    ]);
  });

  it.each([0, 1, 2, 3, 4, 5])('allows exactly %i retries where so many are asked for', (max) => {
    for (let retries = 0; retries <= max + 1; retries++) {
      expect(stepAfter(limited(), { maxRetries: max }, { retries }).retry).toBe(retries < max);
    }
  });

  it('waits as long as the server asked where that is longer than the backoff', () => {
    expect(stepAfter(limited(7))).toEqual({ retry: true, delayMs: 7000, isStated: true });
    expect(stepAfter(limited(0.5))).toMatchObject({ retry: true, delayMs: 1000 });
  });

  it('gives up at once where the server asks for more than is slept in process', () => {
    expect(stepAfter(limited(31))).toEqual({ retry: false, gaveUp: 'retry-after-too-long' });
    expect(stepAfter(limited(30))).toEqual({ retry: true, delayMs: 30_000, isStated: true });
    expect(stepAfter(limited(1), { maxRetryAfter: 0 }).retry).toBe(false);
    expect(stepAfter(limited(Number.MAX_VALUE)).retry).toBe(false);
  });

  it('never begins a wait that could not end within the total limit', () => {
    expect(stepAfter(limited(), {}, { remainingMs: 1001 }).retry).toBe(true);
    expect(stepAfter(limited(), {}, { remainingMs: 1000 })).toEqual({
      retry: false,
      gaveUp: 'total-timeout',
    });
  });

  it('never retries an outcome that nobody knows, whatever retryOn says', () => {
    const unknown = new OutcomeUnknownError();
    for (const retryOn of [() => true, ['OUTCOME_UNKNOWN']]) {
      expect(stepAfter(unknown, { retryOn })).toEqual({ retry: false, gaveUp: 'not-retryable' });
    }
  });

  it('does not retry what is not retryable, not recognised or cancelled', () => {
    const notRetryable = { retry: false, gaveUp: 'not-retryable' };
    expect(stepAfter(new TokenExpiredError('meta'))).toEqual(notRetryable);
    expect(stepAfter(undefined)).toEqual(notRetryable);
    expect(stepAfter(new OperationCancelledError())).toEqual({
      retry: false,
      gaveUp: 'cancelled',
    });
  });

  it('asks retryOn instead of the error, but never for a cancelled call', () => {
    const options = { retryOn: () => true };
    expect(stepAfter(new TokenExpiredError('meta'), options).retry).toBe(true);
    expect(stepAfter(new OperationCancelledError(), options).retry).toBe(false);
    expect(stepAfter(limited(), { retryOn: () => false }).retry).toBe(false);
  });

  it('takes a list of types and classes for retryOn, the foreign cause included', () => {
    class Flaky extends Error {}
    const wrapped = new ServiceError('UNKNOWN_ERROR', { cause: new Flaky() });
    const retryOn = ['TOKEN_EXPIRED', Flaky];
    expect(stepAfter(new TokenExpiredError('meta'), { retryOn }).retry).toBe(true);
    expect(stepAfter(wrapped, { retryOn }).retry).toBe(true);
    expect(stepAfter(limited(), { retryOn }).retry).toBe(false);
    expect(stepAfter(limited(), { retryOn: [RateLimitError] }).retry).toBe(true);
  });

  it('does not take a type in retryOn for the error of that type which says it cannot be', () => {
    const final = new RateLimitError('meta', { retryable: false });
    expect(stepAfter(final, { retryOn: ['API_RATE_LIMIT', RateLimitError] }).retry).toBe(false);
    expect(stepAfter(final, { retryOn: () => true }).retry).toBe(true);
  });

  it('does not repeat what was handed on, nor begin anything while the application closes', () => {
    expect(stepAfter(limited(), {}, { emitted: true })).toEqual({
      retry: false,
      gaveUp: 'stream-started',
    });
    expect(stepAfter(limited(), {}, { closing: true })).toEqual({
      retry: false,
      gaveUp: 'shutdown',
    });
  });

  it('scatters the backoff but not the wait that a server states', () => {
    expect(stepAfter(limited(), { jitter: 'full' })).toEqual({
      retry: true,
      delayMs: 500,
      isStated: false,
    });
    expect(stepAfter(limited(10), { jitter: 'full' })).toEqual({
      retry: true,
      delayMs: 10_000,
      isStated: true,
    });
  });

  it('refuses a backoff that returns no number', () => {
    const options = { backoff: () => Number.NaN };
    expect(() => stepAfter(limited(), options)).toThrow('Expected `backoff` to return');
  });

  it('waits a time that a timer can keep, never less than asked, or refuses', () => {
    fc.assert(
      fc.property(
        fc.record({
          backoffMs: fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: 2 ** 30 })),
          retryAfter: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), {
            nil: undefined,
          }),
          retries: fc.nat(100_000),
          maxRetryAfter: fc.integer({ min: 0, max: MAX_DELAY_MS }),
        }),
        ({ backoffMs, retryAfter, retries, maxRetryAfter }) => {
          const options = { backoff: () => backoffMs, maxRetries: 100_000, maxRetryAfter };
          const step = stepAfter(limited(retryAfter), options, { retries });
          if (!step.retry) return true;
          const asked = Math.min(Math.max(backoffMs, (retryAfter ?? 0) * 1000), MAX_DELAY_MS);
          return step.delayMs >= Math.max(0, asked) && step.delayMs <= MAX_DELAY_MS;
        },
      ),
    );
  });

  it('does not depend on anything but what it is given', () => {
    const options = { backoff: constant(5), jitter: 'equal' as const };
    const steps = Array.from({ length: 100 }, () => stepAfter(limited(), options, { retries: 1 }));
    expect(new Set(steps.map((step) => JSON.stringify(step))).size).toBe(1);
  });
});
