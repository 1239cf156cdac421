import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  exponential,
  RateLimitError,
  retryReport,
  retryWithBackoff,
  type Jitter,
} from '../../../lib/index.js';
import { failureOf, rejectWith } from '../../support/calls.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The third and fourth delays, both at a cap of 2 s, of two hundred calls. */
async function delaysAtTheCap(jitter: Jitter): Promise<number[]> {
  const calls = Array.from({ length: 200 }, () =>
    failureOf(
      retryWithBackoff(() => rejectWith(new RateLimitError()), {
        maxRetries: 4,
        backoff: exponential({ maxDelay: 2000 }),
        jitter,
      }),
    ),
  );
  await vi.runAllTimersAsync();
  const errors = await Promise.all(calls);
  return errors.flatMap((error) => retryReport(error)?.delays.slice(2) ?? []);
}

/** Numbers that look random and are the same in every run. */
function seededRandom(): () => number {
  let state = 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe('jitter', () => {
  it.each([
    ['full', 0, 2000],
    ['equal', 1000, 2000],
  ] as const)('%s stays within its bounds and is still random at the cap', async (...bounds) => {
    const [jitter, low, high] = bounds;
    vi.spyOn(Math, 'random').mockImplementation(seededRandom());
    const delays = await delaysAtTheCap(jitter);
    expect(delays).toHaveLength(400);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(low);
    expect(Math.max(...delays)).toBeLessThanOrEqual(high);
    const mean = delays.reduce((sum, delay) => sum + delay) / delays.length;
    const spread = Math.sqrt(
      delays.reduce((sum, delay) => sum + (delay - mean) ** 2, 0) / delays.length,
    );
    // Evenly spread numbers have their mean in the middle and deviate by the width over √12.
    expect(mean).toBeCloseTo((low + high) / 2, -2);
    expect(spread).toBeCloseTo((high - low) / Math.sqrt(12), -2);
  });

  it('none waits exactly the cap', async () => {
    expect(new Set(await delaysAtTheCap('none'))).toEqual(new Set([2000]));
  });

  it('never makes a wait end before the time that the server asked for', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const failed = failureOf(
      retryWithBackoff(() => rejectWith(new RateLimitError('meta', { retryAfter: 5 })), {
        jitter: 'full',
      }),
    );
    await vi.runAllTimersAsync();
    expect(retryReport(await failed)?.delays).toEqual([5000, 5000, 5000]);
  });
});
