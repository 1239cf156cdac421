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
import { failureOf, never, rejectWith } from '../support/calls.js';

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

describe('what a consumer says to the iterator', () => {
  it('reaches the method: next(value), throw(error) and return(value)', async () => {
    const heard: unknown[] = [];
    class Service {
      @Retryable()
      async *talk(): AsyncGenerator<string, string, string> {
        try {
          heard.push(yield 'a');
          try {
            yield 'b';
          } catch (thrown) {
            heard.push(thrown);
          }
          yield 'c';
        } finally {
          heard.push('closed');
        }
        return 'end';
      }
    }
    const items = new Service().talk();
    await items.next('ignored');
    await expect(items.next('hello')).resolves.toEqual({ value: 'b', done: false });
    await expect(items.throw('oops')).resolves.toEqual({ value: 'c', done: false });
    await expect(items.return('enough')).resolves.toEqual({ value: 'enough', done: true });
    expect(heard).toEqual(['hello', 'oops', 'closed']);
  });

  it('is the end of the source where a loop is left early', async () => {
    const closed = vi.fn();
    let signal: AbortSignal | undefined;
    class Service {
      @Retryable()
      async *list(): AsyncGenerator<number> {
        signal = currentAttempt()?.signal;
        try {
          yield 1;
          yield 2;
        } finally {
          closed(signal?.aborted);
        }
      }
    }
    for await (const item of new Service().list()) {
      expect(item).toBe(1);
      break;
    }
    expect(closed).toHaveBeenCalledExactlyOnceWith(true);
  });

  it('ends attempts and waits at once where it leaves before the first item', async () => {
    const began = vi.fn();
    class Service {
      @Retryable()
      async *list(): AsyncGenerator<number> {
        began();
        yield rejectWith(limited());
      }
    }
    const items = new Service().list();
    const first = items.next();
    await vi.advanceTimersByTimeAsync(500);
    await expect(items.return('gone')).resolves.toEqual({ value: 'gone', done: true });
    await expect(first).resolves.toEqual({ value: undefined, done: true });
    expect(vi.getTimerCount()).toBe(0);
    expect(began).toHaveBeenCalledOnce();
  });

  it('is thrown back where the source has no throw(), after it was closed', async () => {
    const closed = vi.fn(async () => ({ value: undefined, done: true as const }));
    class Service {
      @Retryable()
      list(): AsyncIterable<number> {
        const iterator = { next: async () => ({ value: 1, done: false }), return: closed };
        return { [Symbol.asyncIterator]: () => iterator };
      }
    }
    const items = new Service().list() as AsyncGenerator<number>;
    await items.next();
    await expect(items.throw('oops')).rejects.toBe('oops');
    expect(closed).toHaveBeenCalledOnce();
  });
});

describe('a signal that aborts', () => {
  it('ends the iteration with its reason and the source with it, also after an item', async () => {
    const controller = new AbortController();
    const reason = new Error('gone');
    let signal: AbortSignal | undefined;
    class Service {
      @Retryable({ signal: () => controller.signal })
      async *list(): AsyncGenerator<number> {
        signal = currentAttempt()?.signal;
        yield 1;
        yield never();
      }
    }
    const items = new Service().list();
    await items.next();
    const failed = failureOf(items.next());
    controller.abort(reason);
    expect(await failed).toBe(reason);
    expect(signal?.reason).toBe(reason);
    expect(retryReport(reason)?.gaveUp).toBe('cancelled');
  });
});

describe('recover', () => {
  it('gives the items of its iterable, or its value as the only one', async () => {
    class Service {
      @Retryable({ maxRetries: 0, recover: 'cached' })
      async *list(): AsyncGenerator<number> {
        yield rejectWith(limited());
      }
      async *cached() {
        yield 1;
        yield 2;
      }
      @Retryable({ maxRetries: 0, recover: () => 5 })
      async *count(): AsyncGenerator<number> {
        yield rejectWith(limited());
      }
    }
    expect(await all(new Service().list())).toEqual([1, 2]);
    expect(await all(new Service().count())).toEqual([5]);
  });
});
