import { throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { constant, RateLimitError, TokenExpiredError } from '../../../lib/index.js';
import { type RetryObserver } from '../../../lib/retry/events.js';
import { RetryRuntime } from '../../../lib/retry/retry-runtime.js';
import { RetryStrategy } from '../../../lib/retry-strategy.js';
import { failing, failureOf } from '../../support/calls.js';

const limited = () => new RateLimitError('meta');

/** An application, and the names of what it is told. */
function application() {
  const told: string[] = [];
  const observer: RetryObserver = {
    attemptFailed: ({ attempt }) => told.push(`attempt ${attempt} failed`),
    retryScheduled: (_, delayMs) => told.push(`retry in ${delayMs}`),
    retrySucceeded: (_, retries) => told.push(`succeeded after ${retries}`),
    reconciled: (_, isFound) => told.push(isFound ? 'found' : 'not found'),
    repaired: () => told.push('repaired'),
    cooldownBegan: (account) => told.push(`${account} cools down`),
    retriesSuppressed: (_, count) => told.push(`${count} suppressed`),
    retryExhausted: ({ retries }) => told.push(`exhausted after ${retries}`),
    operationFailed: ({ gaveUp }) => told.push(`operation failed: ${gaveUp}`),
    callbackFailed: (name) => told.push(`${name} failed`),
  };
  return { told, strategy: new RetryStrategy(new RetryRuntime({}, observer)) };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('what is told of a call', () => {
  it('is nothing where it succeeds at once', async () => {
    const { told, strategy } = application();
    await strategy.retryWithBackoff(failing([], 'done'));
    expect(told).toEqual([]);
  });

  it('is each failed attempt, each wait and the success', async () => {
    const { told, strategy } = application();
    const done = strategy.retryWithBackoff(failing([limited(), limited()], 'done'));
    await vi.runAllTimersAsync();
    await done;
    expect(told).toEqual([
      'attempt 1 failed',
      'retry in 1000',
      'attempt 2 failed',
      'retry in 2000',
      'succeeded after 2',
    ]);
  });

  it('is its failure once, and that its retries are used up where they are', async () => {
    const { told, strategy } = application();
    const options = { maxRetries: 1, backoff: constant(0) };
    await failureOf(strategy.retryWithBackoff(failing([limited(), limited()], 0), options));
    await failureOf(strategy.retryWithBackoff(failing([new TokenExpiredError()], 0), options));
    expect(told).toEqual([
      'attempt 1 failed',
      'retry in 0',
      'attempt 2 failed',
      'exhausted after 1',
      'operation failed: exhausted',
      'operation failed: not-retryable',
    ]);
  });

  it('is no retry that a callback has just cancelled', async () => {
    const { told, strategy } = application();
    const controller = new AbortController();
    const func = failing([limited()], 'done');
    const failed = failureOf(
      strategy.retryWithBackoff(func, {
        signal: controller.signal,
        retryOn: () => {
          controller.abort();
          return true;
        },
      }),
    );
    expect(await failed).toBe(controller.signal.reason);
    expect(func).toHaveBeenCalledOnce();
    expect(told).toEqual(['operation failed: cancelled']);
  });

  it('is no failure where its subscriber leaves, in an attempt or in a wait', async () => {
    const { told, strategy } = application();
    const source = throwError(limited).pipe(strategy.retryWithBackoff$({ platform: 'meta' }));
    source.subscribe().unsubscribe();
    const waiting = source.subscribe();
    await vi.advanceTimersByTimeAsync(500);
    waiting.unsubscribe();
    expect(told).not.toContainEqual(expect.stringContaining('operation failed'));
  });

  it('is a mistake in a callback, and the failure that it was asked about', async () => {
    const { told, strategy } = application();
    const backoff = () => {
      throw new Error('mistake');
    };
    await failureOf(strategy.retryWithBackoff(failing([limited()], 0), { backoff }));
    expect(told).toEqual(['retryOn or backoff failed', 'operation failed: not-retryable']);
  });
});
