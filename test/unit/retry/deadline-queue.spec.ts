import { afterEach, describe, expect, it, vi } from 'vitest';
import { constant, RateLimitError, retryReport, retryWithBackoff } from '../../../lib/index.js';
import type { Deadline } from '../../../lib/retry/deadline-list.js';
import { clearDeadline, setDeadline } from '../../../lib/retry/deadline-queue.js';
import { failureOf, never, turnEnd } from '../../support/calls.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('time limits', () => {
  it('are never early, whatever their lengths', async () => {
    await Promise.all(
      [9, 3, 6, 1, 12, 3, 9].map(async (timeout) => {
        const startedAt = performance.now();
        await failureOf(retryWithBackoff(never, { timeout, maxRetries: 0 }));
        expect(performance.now() - startedAt).toBeGreaterThanOrEqual(timeout);
      }),
    );
  });

  it('start no timer for a call that ends with the promises of its turn', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
    const before = timers().length;
    const seen: number[] = [];
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        void retryWithBackoff(async () => Promise.resolve('done')).then(() => resolve());
        process.nextTick(() => seen.push(timers().length));
        setImmediate(() => seen.push(timers().length));
      });
    });
    await turnEnd();
    expect(seen).toEqual([before, before]);
  });

  it('of a whole call count what is done with the promises of its first turn', async () => {
    let runs = 0;
    const error = await new Promise<unknown>((resolve) => {
      setImmediate(() => {
        const busy = async () => {
          runs++;
          await Promise.resolve();
          const end = performance.now() + 30;
          while (performance.now() < end) await Promise.resolve();
          throw new RateLimitError('meta');
        };
        const options = { totalTimeout: 20, timeout: 1000, backoff: constant(0) };
        void failureOf(retryWithBackoff(busy, options)).then(resolve);
      });
    });
    expect(retryReport(error)?.gaveUp).toBe('total-timeout');
    expect(runs).toBe(1);
  });

  it('of twenty thousand calls at once all end', async () => {
    const calls = Array.from({ length: 20_000 }, () =>
      failureOf(retryWithBackoff(never, { timeout: 5, maxRetries: 0 })),
    );
    const errors = await Promise.all(calls);
    expect(errors.filter((error) => retryReport(error)?.gaveUp === 'exhausted')).toHaveLength(
      20_000,
    );
  });

  it('of hundreds of durations are kept in far fewer, a 64th late at most and never early', async () => {
    const durations = Array.from({ length: 500 }, (_, n) => 10_000 + 7 * n);
    const limits = durations.map((ms) => {
      const limit = { limitMs: 0, deadline: 0, place: undefined, before: undefined };
      const deadline: Deadline = { ...limit, after: undefined, expire: () => undefined };
      setDeadline(deadline, ms);
      return deadline;
    });
    await turnEnd();
    for (const [index, { limitMs }] of limits.entries()) {
      const ms = durations[index] ?? NaN;
      expect(limitMs).toBeGreaterThanOrEqual(ms);
      expect(limitMs).toBeLessThanOrEqual(ms * (1 + 1 / 64));
    }
    expect(limits.slice(0, 20).map(({ limitMs }) => limitMs)).toEqual(durations.slice(0, 20));
    expect(new Set(limits.map(({ limitMs }) => limitMs)).size).toBeLessThan(150);
    for (const limit of limits) clearDeadline(limit);
    await turnEnd();
  });

  it('tell what is left of them', async () => {
    await retryWithBackoff(
      async (attempt) => {
        const before = performance.now();
        await turnEnd();
        while (performance.now() - before < 5);
        expect(attempt.remaining()).toBeLessThanOrEqual(59_996);
        expect(attempt.remaining()).toBeGreaterThan(1000);
      },
      { timeout: 60_000 },
    );
  });

  it('raise no unhandledRejection where an attempt rejects after them', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    let rejectLate: ((error: Error) => void) | undefined;
    const late = () =>
      new Promise<never>((_, reject) => {
        rejectLate = reject;
      });
    await failureOf(retryWithBackoff(late, { timeout: 1, maxRetries: 0 }));
    rejectLate?.(new Error('too late'));
    await turnEnd();
    await turnEnd();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('fake timers switched on in mid-process', () => {
  it('drive the calls made under them and no others', async () => {
    let release: ((value: string) => void) | undefined;
    const earlier = retryWithBackoff(
      () =>
        new Promise<string>((resolve) => {
          release = resolve;
        }),
    );
    vi.useFakeTimers();
    const failed = failureOf(retryWithBackoff(never, { maxRetries: 0 }));
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(retryReport(await failed)?.elapsedMs).toBe(30_000);
    vi.useRealTimers();
    release?.('done');
    await expect(earlier).resolves.toBe('done');
  });

  it('and off again leave later calls their real limits', async () => {
    vi.useFakeTimers();
    const abandoned = retryWithBackoff(never, { timeout: 1 });
    abandoned.catch(() => undefined);
    vi.useRealTimers();
    const startedAt = performance.now();
    await failureOf(retryWithBackoff(never, { timeout: 5, maxRetries: 0 }));
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(5);
  });

  it('take back the limit of a call that ends after they were switched off', async () => {
    vi.useFakeTimers();
    let release: ((value: string) => void) | undefined;
    const call = retryWithBackoff(
      () =>
        new Promise<string>((resolve) => {
          release = resolve;
        }),
    );
    vi.useRealTimers();
    release?.('done');
    await expect(call).resolves.toBe('done');
  });
});
