import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  OperationCancelledError,
  RateLimitError,
  retryReport,
  retryWithBackoff,
  type Attempt,
} from '../../../lib/index.js';
import { RetryRuntime } from '../../../lib/retry/retry-runtime.js';
import { RetryStrategy } from '../../../lib/retry-strategy.js';
import { failing, failureOf, never, rejectWith, turnEnd } from '../../support/calls.js';

const reason = new Error('the caller has changed its mind');

/** What has come of a promise by now. */
function watch(promise: Promise<unknown>) {
  const seen: { error?: unknown } = {};
  promise.catch((error: unknown) => {
    seen.error = error;
  });
  return seen;
}

describe('a caller that cancels', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('during a wait ends it in the same turn, with its reason and without another call', async () => {
    const controller = new AbortController();
    const func = failing([new RateLimitError()], 'done');
    const seen = watch(retryWithBackoff(func, { signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(500);
    controller.abort(reason);
    await Promise.resolve();
    expect(seen.error).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
    await vi.runAllTimersAsync();
    expect(func).toHaveBeenCalledTimes(1);
    expect(retryReport(seen.error)).toMatchObject({ gaveUp: 'cancelled', attempts: 1 });
  });

  it('during an attempt ends it in the same turn and aborts its signal', async () => {
    const controller = new AbortController();
    let attempt: Attempt | undefined;
    const seen = watch(
      retryWithBackoff(
        (running) => {
          attempt = running;
          return never();
        },
        { signal: controller.signal },
      ),
    );
    controller.abort(reason);
    await Promise.resolve();
    expect(seen.error).toBe(reason);
    expect(attempt?.signal.reason).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('before the call is told so without a single call', async () => {
    const func = failing([], 'done');
    const error = await failureOf(retryWithBackoff(func, { signal: AbortSignal.abort(reason) }));
    expect(error).toBe(reason);
    expect(func).not.toHaveBeenCalled();
  });

  it('is not overruled by retryOn, nor taken for a time-out', async () => {
    const controller = new AbortController();
    const func = vi.fn(({ signal }: Attempt) => {
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
      return aborted;
    });
    const failed = failureOf(
      retryWithBackoff(func, { signal: controller.signal, retryOn: () => true }),
    );
    controller.abort();
    expect(await failed).toMatchObject({ name: 'AbortError' });
    await vi.runAllTimersAsync();
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('who cancels the operation itself cancels the call', async () => {
    const func = vi.fn(() => rejectWith(new OperationCancelledError()));
    const error = await failureOf(retryWithBackoff(func, { retryOn: () => true }));
    expect(retryReport(error)?.gaveUp).toBe('cancelled');
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('ends every one of its calls, and only those', async () => {
    const controller = new AbortController();
    const mine = Array.from({ length: 20 }, () =>
      failureOf(retryWithBackoff(never, { signal: controller.signal })),
    );
    const other = retryWithBackoff(failing([new RateLimitError()], 'done'));
    controller.abort(reason);
    expect(await Promise.all(mine)).toEqual(Array.from({ length: 20 }, () => reason));
    await vi.runAllTimersAsync();
    await expect(other).resolves.toBe('done');
  });

  it('may give its signal by a function', async () => {
    const failed = failureOf(
      retryWithBackoff(failing([], 0), { signal: () => AbortSignal.abort(reason) }),
    );
    expect(await failed).toBe(reason);
    await expect(retryWithBackoff(failing([], 'done'), { signal: () => undefined })).resolves.toBe(
      'done',
    );
  });
});

describe('listeners on a signal', () => {
  it('are one while any number of calls are in flight and none when a thousand are over', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const release: (() => void)[] = [];
    const calls = Array.from({ length: 1000 }, (_, index) =>
      retryWithBackoff(
        async ({ number }) => {
          if (number === 1 && index % 2 === 0) throw new RateLimitError();
          await new Promise<void>((resolve) => {
            release.push(resolve);
          });
        },
        { signal, backoff: constant(0) },
      ),
    );
    await turnEnd();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    for (const each of release) each();
    await Promise.all(calls);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('are none after a failure or a cancellation', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    await failureOf(retryWithBackoff(() => rejectWith(new Error('x')), { signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    const cancelled = failureOf(retryWithBackoff(never, { signal }));
    controller.abort(reason);
    await cancelled;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('an application that closes', () => {
  it('ends every wait at once, and says why', async () => {
    vi.useFakeTimers();
    const runtime = new RetryRuntime();
    const error = new RateLimitError('meta');
    const func = failing([error], 'done');
    const failed = failureOf(new RetryStrategy(runtime).retryWithBackoff(func));
    await vi.advanceTimersByTimeAsync(10);
    runtime.close();
    const ended = await failed;
    expect(ended).toMatchObject({
      type: 'SERVICE_UNAVAILABLE',
      cause: error,
      mayHaveExecuted: false,
    });
    expect(retryReport(ended)).toMatchObject({ gaveUp: 'shutdown', attempts: 1, delays: [] });
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('lets the attempt that runs come to its end but begins no other', async () => {
    const runtime = new RetryRuntime();
    const strategy = new RetryStrategy(runtime);
    const error = new RateLimitError('meta');
    const func = failing([error], 'done');
    const failed = failureOf(strategy.retryWithBackoff(func));
    runtime.close();
    expect(await failed).toMatchObject({ type: 'SERVICE_UNAVAILABLE', cause: error });
    expect(func).toHaveBeenCalledTimes(1);
    await expect(strategy.retryWithBackoff(failing([], 'done'))).resolves.toBe('done');
  });
});
