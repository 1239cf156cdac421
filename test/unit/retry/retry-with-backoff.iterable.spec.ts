import { describe, expect, it } from 'vitest';
import {
  constant,
  currentAttempt,
  PlatformServiceError,
  Retryable,
  retryReport,
} from '../../../lib/index.js';
import { failureOf, turnEnd } from '../../support/calls.js';

async function itemsOf<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

const policy = { platform: 'gemini', backoff: constant(0) };

describe('a decorated async generator', () => {
  it('that gives its first item at once is reported with all the time that it took', async () => {
    class Model {
      @Retryable(policy)
      async *words(): AsyncGenerator<string> {
        yield 'buy';
        const end = performance.now() + 20;
        while (performance.now() < end) await Promise.resolve();
        throw new PlatformServiceError('gemini');
      }
    }
    const error = await failureOf(itemsOf(new Model().words()));
    expect(retryReport(error)?.elapsedMs).toBeGreaterThanOrEqual(19);
  });

  it('runs in the attempt that gave its first item, for every item', async () => {
    const attempts: unknown[] = [];
    class Model {
      @Retryable(policy)
      async *words(): AsyncGenerator<string> {
        attempts.push(currentAttempt());
        await turnEnd();
        if (attempts.length === 1) throw new PlatformServiceError('gemini');
        yield 'buy';
        attempts.push(currentAttempt());
      }
    }
    await itemsOf(new Model().words());
    const [first, second, later] = attempts;
    expect(first).not.toBe(second);
    expect(later).toBe(second);
    expect(second).toMatchObject({ number: 2 });
  });
});

describe('an object with an async iterator of its own', () => {
  it('may throw at once, and its return may be missing or throw', async () => {
    let opened = 0;
    const iterators = [
      () => {
        throw new PlatformServiceError('meta');
      },
      () => ({
        next: () => Promise.reject(new PlatformServiceError('meta')),
        return: () => {
          throw new Error('no');
        },
      }),
      () => ({ next: () => Promise.resolve({ done: true as const, value: undefined }) }),
    ];
    class Source {
      @Retryable({ ...policy, maxRetries: 3 })
      items(): AsyncIterable<number> {
        return { [Symbol.asyncIterator]: () => iterators[opened++]?.() as AsyncIterator<number> };
      }
    }
    await expect(itemsOf(new Source().items())).resolves.toEqual([]);
    expect(opened).toBe(3);
  });
});
