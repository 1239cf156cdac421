import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  currentAttempt,
  PlatformServiceError,
  Retryable,
  retryReport,
  type Attempt,
} from '../../../lib/index.js';
import { never } from '../../support/calls.js';
import { unhandled, watch } from '../../support/outcomes.js';
import { failsLater, later, pass, stopTime } from '../../support/time.js';

const open = () => new PlatformServiceError('meta');
const policy = { platform: 'meta', timeout: 1000, backoff: constant(1000) } as const;

beforeEach(stopTime);

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** An async iterable of one item, whose iterator has no more than `next`. */
const bare = (next: () => Promise<IteratorResult<string>>) => ({
  [Symbol.asyncIterator]: () => ({ next }),
});

describe('what a first attempt gives after its limit', () => {
  it.each<[string, () => Promise<IteratorResult<string>>]>([
    ['an item', () => later(1500, { done: false, value: 'late' })],
    ['its end', () => later(1500, { done: true, value: undefined })],
    ['an error', () => failsLater(1500, open())],
    ['an item of the next attempt’s time', () => later(2500, { done: false, value: 'late' })],
    ['its end in the next attempt’s time', () => later(2500, { done: true, value: undefined })],
    ['an error in the next attempt’s time', () => failsLater(2500, open())],
  ])('does not count: %s', async (_, first) => {
    const numbers: (number | undefined)[] = [];
    class Feed {
      @Retryable(policy)
      items(): AsyncIterable<string> {
        numbers.push(currentAttempt()?.number);
        if (numbers.length === 1) return bare(first);
        const steps = [
          () => later(900, { done: false as const, value: 'second' }),
          async () => ({ done: true as const, value: undefined }),
        ];
        return bare(() => (steps.shift() ?? never)());
      }
    }
    const items = watch(all(new Feed().items()));
    await pass(10_000);
    expect(items.value).toEqual(['second']);
    expect(numbers).toEqual([1, 2]);
  });
});

describe('an iterable that is left', () => {
  it('tells its attempt and its source, also before the first item', async () => {
    const closed = vi.fn(async () => ({ done: true as const, value: undefined }));
    let attempt: Attempt | undefined;
    class Feed {
      @Retryable(policy)
      items(): AsyncIterable<string> {
        attempt = currentAttempt();
        return { [Symbol.asyncIterator]: () => ({ next: never, return: closed }) };
      }
    }
    const items = new Feed().items()[Symbol.asyncIterator]();
    const first = watch(items.next());
    await pass(10);
    await items.return?.();
    expect(first.value).toEqual({ done: true, value: undefined });
    expect(attempt?.signal.aborted).toBe(true);
    expect(closed).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may have a source that cannot be told', async () => {
    const rejections = unhandled();
    class Feed {
      @Retryable(policy)
      items(): AsyncIterable<string> {
        return bare(async () => ({ done: false, value: 'item' }));
      }
    }
    for await (const item of new Feed().items()) {
      expect(item).toBe('item');
      break;
    }
    await pass(0);
    expect(rejections).toEqual([]);
  });
});

describe('a signal that aborts while the consumer is busy with an item', () => {
  it('is what the consumer hears next, and the source is closed', async () => {
    const controller = new AbortController();
    const reason = new Error('gone');
    const closed = vi.fn();
    class Feed {
      @Retryable({ ...policy, signal: () => controller.signal })
      async *items(): AsyncGenerator<string> {
        try {
          yield 'a';
          yield 'b';
        } finally {
          closed();
        }
      }
    }
    const items = new Feed().items();
    expect((await items.next()).value).toBe('a');
    controller.abort(reason);
    await expect(items.next()).rejects.toBe(reason);
    expect(closed).toHaveBeenCalledTimes(1);
    expect(retryReport(reason)).toMatchObject({ gaveUp: 'cancelled', emitted: 1 });
  });
});

describe('what a consumer throws into an iterable', () => {
  class Feed {
    @Retryable(policy)
    async *items(): AsyncGenerator<string> {
      yield 'a';
      yield 'b';
    }

    @Retryable(policy)
    async *translates(): AsyncGenerator<string> {
      try {
        yield 'a';
      } catch {
        throw open();
      }
    }
  }

  it('comes back as it is, without a report, where the source does nothing about it', async () => {
    const items = new Feed().items();
    await items.next();
    const own = open();
    await expect(items.throw(own)).rejects.toBe(own);
    expect(retryReport(own)).toBeUndefined();
  });

  it('is a failure of the operation where that makes another error of it', async () => {
    const items = new Feed().translates();
    await items.next();
    const failed = watch(items.throw(new Error('own')));
    await pass(0);
    expect(failed.error).toBeInstanceOf(PlatformServiceError);
    expect(retryReport(failed.error)).toMatchObject({ gaveUp: 'stream-started', emitted: 1 });
  });
});
