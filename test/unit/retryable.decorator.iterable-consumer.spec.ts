import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { currentAttempt, RateLimitError, Retryable, retryReport } from '../../lib/index.js';
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
