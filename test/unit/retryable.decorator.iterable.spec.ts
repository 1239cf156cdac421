import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  currentAttempt,
  OperationTimeoutError,
  PlatformServiceError,
  RateLimitError,
  Retryable,
  retryReport,
} from '../../lib/index.js';
import { failureOf, never } from '../support/calls.js';

const limited = () => new RateLimitError('meta');

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('a method that returns an async iterable', () => {
  it('is called anew for each attempt, after 1 s, 2 s and 4 s', async () => {
    const startedAt = Date.now();
    const times: number[] = [];
    class Service {
      @Retryable({ platform: 'meta' })
      async *list(): AsyncGenerator<number> {
        times.push(Date.now() - startedAt);
        if (times.length < 5) throw limited();
        yield 1;
      }
    }
    const failed = failureOf(all(new Service().list()));
    await vi.runAllTimersAsync();
    expect(times).toEqual([0, 1000, 3000, 7000]);
    expect(retryReport(await failed)).toMatchObject({ attempts: 4, gaveUp: 'exhausted' });
  });

  it.each(['with', 'without'])('gives every item once, %s a declared type', async (declared) => {
    const numbers: (number | undefined)[] = [];
    async function* items(): AsyncGenerator<string> {
      numbers.push(currentAttempt()?.number);
      if (numbers.length < 3) throw limited();
      yield 'a';
      numbers.push(currentAttempt()?.number);
      yield 'b';
    }
    class Service {
      @Retryable({ backoff: constant(0) })
      async *declared(): AsyncGenerator<string> {
        yield* items();
      }
      @Retryable({ backoff: constant(0) })
      async *inferred() {
        yield* items();
      }
    }
    const service = new Service();
    const list = await all(declared === 'with' ? service.declared() : service.inferred());
    expect(list).toEqual(['a', 'b']);
    expect(numbers).toEqual([1, 2, 3, 3]);
  });

  it('may give nothing at all', async () => {
    class Service {
      @Retryable()
      async *list(): AsyncGenerator<never> {}
    }
    expect(await all(new Service().list())).toEqual([]);
  });

  it('starts nothing for a consumer who never iterates', async () => {
    const began = vi.fn();
    class Service {
      @Retryable()
      async *list(): AsyncGenerator<number> {
        began();
        yield 1;
      }
    }
    const items = new Service().list();
    await expect(items.return(undefined)).resolves.toEqual({ value: undefined, done: true });
    expect(began).not.toHaveBeenCalled();
  });

  it('is never repeated once it has given something, and its error is classified', async () => {
    const began = vi.fn();
    class Service {
      @Retryable({ platform: 'meta' })
      async *list(): AsyncGenerator<number> {
        began();
        yield 1;
        throw Object.assign(new Error('bad'), { response: { status: 502 } });
      }
    }
    const items = new Service().list();
    await expect(items.next()).resolves.toEqual({ value: 1, done: false });
    const error = await failureOf(items.next());
    expect(error).toBeInstanceOf(PlatformServiceError);
    expect(retryReport(error)).toMatchObject({ gaveUp: 'stream-started', attempts: 1 });
    expect(began).toHaveBeenCalledOnce();
    await expect(items.next()).resolves.toEqual({ value: undefined, done: true });
  });

  it('has its limit until the first item only', async () => {
    class Service {
      @Retryable({ timeout: 100, maxRetries: 0 })
      async *slow(): AsyncGenerator<number> {
        yield 1;
        await new Promise((resolve) => {
          setTimeout(resolve, 10_000);
        });
        yield 2;
      }
      @Retryable({ timeout: 100, maxRetries: 1 })
      async *hang(): AsyncGenerator<number> {
        yield never();
      }
    }
    const items = all(new Service().slow());
    const failed = failureOf(all(new Service().hang()));
    await vi.runAllTimersAsync();
    expect(await items).toEqual([1, 2]);
    expect(await failed).toBeInstanceOf(OperationTimeoutError);
    expect(retryReport(await failed)).toMatchObject({ attempts: 2 });
  });

  it('is closed where an attempt is given up before its first item', async () => {
    const closed: number[] = [];
    class Service {
      @Retryable({ timeout: 100, maxRetries: 1, backoff: constant(0) })
      list(): AsyncIterable<number> {
        const number = currentAttempt()?.number ?? 0;
        const iterator: AsyncIterator<number> = {
          next: () => never(),
          return: async () => {
            closed.push(number);
            return { value: undefined, done: true };
          },
        };
        return { [Symbol.asyncIterator]: () => iterator };
      }
    }
    const failed = failureOf(all(new Service().list()));
    await vi.runAllTimersAsync();
    await failed;
    expect(closed).toEqual([1, 2]);
  });
});
