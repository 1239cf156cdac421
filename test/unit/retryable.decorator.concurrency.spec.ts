import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  currentAttempt,
  exponential,
  RateLimitError,
  Retryable,
  retryReport,
} from '../../lib/index.js';
import { failureOf, never } from '../support/calls.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('a hundred calls of one method at once, with frozen options', () => {
  it('share nothing: each has its own attempts, waits, key, report and result', async () => {
    const options = Object.freeze({
      platform: (index: number) => `platform-${index}`,
      backoff: Object.freeze(exponential({ initialDelay: 100 })),
      retryOn: Object.freeze(['API_RATE_LIMIT']),
      maxRetries: 2,
    });
    const before = JSON.stringify(options);
    const keys = new Map<number, Set<string>>();
    class Service {
      @Retryable(options)
      async create(index: number): Promise<string> {
        const attempt = currentAttempt();
        keys.set(index, (keys.get(index) ?? new Set()).add(attempt?.idempotencyKey ?? ''));
        expect(attempt?.platform).toBe(`platform-${index}`);
        await Promise.resolve();
        expect(currentAttempt()).toBe(attempt);
        if ((attempt?.number ?? 0) <= index % 4) throw new RateLimitError('meta');
        return `${index} in attempt ${attempt?.number}`;
      }
    }
    const service = new Service();
    const calls = Array.from({ length: 100 }, (_, index) =>
      service.create(index).catch((error: unknown) => retryReport(error)),
    );
    await vi.runAllTimersAsync();
    const results = await Promise.all(calls);
    for (const [index, result] of results.entries()) {
      if (index % 4 < 3) expect(result).toBe(`${index} in attempt ${(index % 4) + 1}`);
      else {
        expect(result).toMatchObject({
          platform: `platform-${index}`,
          attempts: 3,
          delays: [100, 200],
        });
      }
    }
    expect([...keys.values()].every((each) => each.size === 1)).toBe(true);
    expect(new Set([...keys.values()].flatMap((each) => [...each])).size).toBe(100);
    expect(JSON.stringify(options)).toBe(before);
    expect(Reflect.ownKeys(options)).toHaveLength(4);
  });
});

describe('attempts of one call', () => {
  it('never overlap where the method heeds its signal', async () => {
    let running = 0;
    let most = 0;
    class Service {
      @Retryable({ timeout: 50, backoff: constant(1) })
      async create(): Promise<void> {
        most = Math.max(most, ++running);
        const signal = currentAttempt()?.signal;
        await new Promise((resolve) => {
          signal?.addEventListener('abort', resolve, { once: true });
        });
        running--;
        throw new Error('too late to count');
      }
    }
    const failed = failureOf(new Service().create());
    await vi.runAllTimersAsync();
    expect(retryReport(await failed)).toMatchObject({ attempts: 4, abandoned: 0 });
    expect(most).toBe(1);
  });

  it('that go on after their limit are counted as abandoned', async () => {
    class Service {
      @Retryable({ timeout: 50, backoff: constant(0), maxRetries: 2 })
      async create(): Promise<void> {
        await never();
      }
    }
    const failed = failureOf(new Service().create());
    await vi.runAllTimersAsync();
    expect(retryReport(await failed)).toMatchObject({ attempts: 3, abandoned: 3 });
  });

  it('have a fresh signal each, and none of an earlier one', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    class Service {
      @Retryable({ timeout: 50, backoff: constant(0), maxRetries: 1 })
      async create(): Promise<string> {
        signals.push(currentAttempt()?.signal);
        if (signals.length === 1) await never();
        return 'done';
      }
    }
    const call = new Service().create();
    await vi.runAllTimersAsync();
    await expect(call).resolves.toBe('done');
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, false]);
    expect(signals[0]).not.toBe(signals[1]);
  });
});
