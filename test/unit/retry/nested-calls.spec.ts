import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  currentAttempt,
  OperationCancelledError,
  PlatformServiceError,
  RateLimitError,
  Retryable,
  retryReport,
  retryWithBackoff,
} from '../../../lib/index.js';
import { failing, failureOf, never, turnEnd } from '../../support/calls.js';

afterEach(() => {
  vi.useRealTimers();
});

const always = () =>
  failing(
    Array.from({ length: 9 }, () => new RateLimitError('meta')),
    'done',
  );

describe('a call inside an attempt that is stopped', () => {
  it('makes no further attempts once the call around it is cancelled, also out of its wait', async () => {
    vi.useFakeTimers();
    const upstream = always();
    const controller = new AbortController();
    const gone = new OperationCancelledError();
    const failed = failureOf(
      retryWithBackoff(() => retryWithBackoff(upstream), { signal: controller.signal }),
    );
    await vi.advanceTimersByTimeAsync(500);
    controller.abort(gone);
    expect(await failed).toBe(gone);
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(upstream).toHaveBeenCalledTimes(1);
  });

  it('does not wait where the call around it has ended before it failed', async () => {
    vi.useFakeTimers();
    let fail: ((error: Error) => void) | undefined;
    const slow = () =>
      new Promise<never>((_, reject) => {
        fail = reject;
      });
    let inner: Promise<unknown> | undefined;
    const outer = failureOf(
      retryWithBackoff(() => (inner = failureOf(retryWithBackoff(slow))), {
        timeout: 50,
        maxRetries: 0,
      }),
    );
    await vi.advanceTimersByTimeAsync(50);
    await outer;
    fail?.(new RateLimitError('meta'));
    expect(retryReport(await inner)?.gaveUp).toBe('cancelled');
  });

  it('is not ended by the limit of the attempt around it once it retries, nor repeated', async () => {
    vi.useFakeTimers();
    let running = 0;
    let most = 0;
    const upstream = vi.fn(async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      throw new PlatformServiceError('meta');
    });
    const outer = { timeout: 1500, maxRetries: 1, context: 'outer' };
    const inner = { context: 'inner' };
    const failed = failureOf(retryWithBackoff(() => retryWithBackoff(upstream, inner), outer));
    await vi.runAllTimersAsync();
    expect(retryReport(await failed)).toMatchObject({ context: 'inner', attempts: 4 });
    expect(upstream).toHaveBeenCalledTimes(4);
    expect(most).toBe(1);
  });

  it('has a signal that the end of the attempt around it aborts', async () => {
    const controller = new AbortController();
    let inner: AbortSignal | undefined;
    const failed = failureOf(
      retryWithBackoff(
        () =>
          retryWithBackoff((attempt) => {
            inner = attempt.signal;
            return never();
          }),
        { signal: controller.signal },
      ),
    );
    await turnEnd();
    controller.abort(new Error('gone'));
    await failed;
    expect(inner?.aborted).toBe(true);
  });
});

describe('an error that several calls fail with', () => {
  it('carries the report of the call that it leaves', async () => {
    const shared = new Error('the same each time');
    const throwing = () => {
      throw shared;
    };
    for (const context of ['get_insights', 'get_budget']) {
      await failureOf(retryWithBackoff(throwing, { context }));
      expect(retryReport(shared)?.context).toBe(context);
    }
  });
});

describe('the first attempt of a stream', () => {
  it('has the key and the limit of the call that the subscriber goes on with', async () => {
    vi.useFakeTimers();
    const attempts: { key: string | undefined; signal: AbortSignal | undefined }[] = [];
    class Model {
      @Retryable({ timeout: 50, maxRetries: 1, backoff: constant(0) })
      words(): AsyncIterable<string> {
        const { idempotencyKey: key, signal } = currentAttempt() ?? {};
        attempts.push({ key, signal });
        return { [Symbol.asyncIterator]: () => ({ next: never }) };
      }
    }
    const words = new Model().words()[Symbol.asyncIterator]();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(attempts).toHaveLength(1); // nothing runs out before somebody asks
    const failed = failureOf(words.next());
    await vi.advanceTimersByTimeAsync(200);
    await failed;
    expect(attempts).toHaveLength(2);
    expect(new Set(attempts.map(({ key }) => key)).size).toBe(1);
    expect(attempts.map(({ signal }) => signal?.aborted)).toEqual([true, true]);
  });
});
