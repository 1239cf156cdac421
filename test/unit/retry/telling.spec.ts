import { lastValueFrom, Observable, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  found,
  notFound,
  PlatformServiceError,
  RateLimitError,
  TokenExpiredError,
  ValidationError,
  type RetryWithBackoffOptions,
} from '../../../lib/index.js';
import { type RetryObserver } from '../../../lib/retry/events.js';
import { RetryRuntime } from '../../../lib/retry/retry-runtime.js';
import { RetryStrategy } from '../../../lib/retry-strategy.js';
import { failing, failureOf, never, rejectWith } from '../../support/calls.js';
import { failsLater } from '../../support/time.js';

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
    callParked: (_, { jobId }) => told.push(`parked as ${jobId}`),
    callNotParked: () => told.push('not parked'),
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

  it('is a teardown that throws, beside the failure of its attempt', async () => {
    const { told, strategy } = application();
    const source = new Observable<never>((subscriber) => {
      queueMicrotask(() => subscriber.error(new TokenExpiredError('meta')));
      return () => {
        throw new Error('teardown');
      };
    });
    await failureOf(lastValueFrom(source.pipe(strategy.retryWithBackoff$({ maxRetries: 0 }))));
    expect(told).toEqual(['operation failed: not-retryable', 'teardown failed']);
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

const fail = () => rejectWith(new TokenExpiredError('meta'));

describe('what is told of a call inside another one', () => {
  it('is its failure, also where the other one has caught it', async () => {
    const { told, strategy } = application();
    await strategy.retryWithBackoff(() => strategy.retryWithBackoff(fail).catch(() => 'plan B'));
    expect(told).toEqual(['operation failed: not-retryable']);
  });

  it('is its failure for each of a dozen that the other one has caught', async () => {
    const { told, strategy } = application();
    await strategy.retryWithBackoff(async () => {
      for (let n = 0; n < 12; n++) await failureOf(strategy.retryWithBackoff(fail));
      return 'plan B';
    });
    expect(told).toEqual(Array(12).fill('operation failed: not-retryable'));
  });

  it('is the failure of one that was caught beside the one that was passed on', async () => {
    const { told, strategy } = application();
    await failureOf(
      strategy.retryWithBackoff(async () => {
        await failureOf(strategy.retryWithBackoff(fail));
        return strategy.retryWithBackoff(() => rejectWith(new ValidationError()));
      }),
    );
    expect(told).toHaveLength(2);
  });

  it('is its failure, also where the other one has ended before', async () => {
    const { told, strategy } = application();
    let inner: Promise<unknown> | undefined;
    await strategy.retryWithBackoff(async () => {
      inner = failureOf(strategy.retryWithBackoff(() => failsLater(1000, new TokenExpiredError())));
    });
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    await inner;
    expect(told).toEqual(['operation failed: not-retryable']);
  });

  it('is its failure where nobody is told of the other one', async () => {
    const { told, strategy } = application();
    const silent = new RetryStrategy(new RetryRuntime());
    await failureOf(silent.retryWithBackoff(() => strategy.retryWithBackoff(fail)));
    expect(told).toEqual(['operation failed: not-retryable']);
  });

  it('is once, and by the other one, where that passes it on', async () => {
    const { told, strategy } = application();
    const other = application();
    await failureOf(other.strategy.retryWithBackoff(() => strategy.retryWithBackoff(fail)));
    expect([told, other.told]).toEqual([[], ['operation failed: not-retryable']]);
  });

  it('is its end where its own signal has cancelled it, but not where the other one has', async () => {
    const { told, strategy } = application();
    const [own, outer] = [new AbortController(), new AbortController()];
    const waiting = (signal?: AbortSignal) =>
      strategy.retryWithBackoff(failing([limited()], 'done'), { signal });
    const caught = strategy.retryWithBackoff(() => waiting(own.signal).catch(() => 'plan B'));
    await vi.advanceTimersByTimeAsync(500);
    own.abort();
    await caught;
    expect(told.splice(0)).toEqual([
      'attempt 1 failed',
      'retry in 1000',
      'operation failed: cancelled',
    ]);
    const failed = failureOf(strategy.retryWithBackoff(() => waiting(), { signal: outer.signal }));
    await vi.advanceTimersByTimeAsync(500);
    outer.abort();
    await failed;
    expect(told).toEqual(['attempt 1 failed', 'retry in 1000', 'operation failed: cancelled']);
  });
});

describe('what is told of retries', () => {
  it('is none after a first attempt that has only asked for its signal', async () => {
    const { told, strategy } = application();
    await strategy.retryWithBackoff(async ({ signal }) => signal.aborted);
    expect(told).toEqual([]);
  });

  it('counts no attempt that follows a repair', async () => {
    const { told, strategy } = application();
    const options = {
      platform: 'meta',
      key: 'a',
      repair: { TOKEN_EXPIRED: () => undefined },
      backoff: constant(0),
    };
    const expired = new TokenExpiredError('meta');
    await strategy.retryWithBackoff(failing([expired], 'done'), options);
    expect(told.splice(0)).toEqual(['repaired']);
    await strategy.retryWithBackoff(failing([limited(), expired], 'done'), options);
    expect(told.at(-1)).toBe('succeeded after 1');
  });

  it('is not that they are used up where the last error could not be retried', async () => {
    const { told, strategy } = application();
    const func = failing([limited(), new TokenExpiredError('meta')], 'done');
    await failureOf(strategy.retryWithBackoff(func, { backoff: constant(0) }));
    expect(told).not.toContainEqual(expect.stringContaining('exhausted after'));
    await failureOf(strategy.retryWithBackoff(failing([limited()], 'done'), { maxRetries: 0 }));
    expect(told).not.toContainEqual(expect.stringContaining('exhausted after'));
  });
});

describe('what is told of remedies', () => {
  const write = (
    reconcile: RetryWithBackoffOptions['reconcile'],
    options: RetryWithBackoffOptions = {},
  ) => {
    const { told, strategy } = application();
    const open = new PlatformServiceError('meta');
    const call = strategy.retryWithBackoff(failing<unknown>([open], 'done'), {
      backoff: constant(0),
      reconcile,
      ...options,
    });
    return { told, call };
  };

  it.each([
    ['found', () => found('there'), ['found']],
    ['not found', () => notFound(), ['not found', 'attempt 1 failed', 'retry in 0']],
  ])('is what its reconcile says: %s', async (_, reconcile, first) => {
    const { told, call } = write(reconcile);
    await call;
    expect(told.slice(0, first.length)).toEqual(first);
  });

  it('is a reconcile that fails, or that hangs until its limit', async () => {
    const failed = write(fail);
    await failureOf(failed.call);
    expect(failed.told).toEqual(['reconcile failed', 'operation failed: reconcile-failed']);
    const hanging = write(never, { timeout: 1000 });
    const ended = failureOf(hanging.call);
    await vi.advanceTimersByTimeAsync(1000);
    await ended;
    expect(hanging.told).toEqual(['reconcile failed', 'operation failed: reconcile-failed']);
  });

  it('is that a repair has failed, and the error that it was to repair', async () => {
    const { told, strategy } = application();
    const options = { platform: 'meta', key: 'a', repair: { TOKEN_EXPIRED: fail } };
    const expired = new TokenExpiredError('meta');
    expect(await failureOf(strategy.retryWithBackoff(failing([expired], 0), options))).toBe(
      expired,
    );
    expect(told).toEqual(['repair failed', 'operation failed: repair-failed']);
  });
});
