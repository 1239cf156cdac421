import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  PlatformServiceError,
  Retryable,
  retryReport,
  retryWithBackoff,
} from '../../../lib/index.js';
import { failureOf, never } from '../../support/calls.js';

const down = () => new PlatformServiceError('gemini', { statusCode: 503 });

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function settle<T>(promise: Promise<T>): Promise<T> {
  await vi.runAllTimersAsync();
  return promise;
}

/** What each call gives in turn: items, and errors that are thrown where they stand. */
function streams(...calls: readonly (readonly unknown[])[]) {
  let made = 0;
  const open = async function* (): AsyncGenerator<string> {
    for (const item of calls[made++] ?? []) {
      if (item instanceof Error) throw item;
      yield item as string;
    }
  };
  return vi.fn(async () => open());
}

describe('a promise of an async iterable', () => {
  it('is repeated until the first item is there', async () => {
    const func = streams([down()], [down()], ['Summer', 'sale']);
    const items = await settle(retryWithBackoff(func));
    expect(await settle(collect(items))).toEqual(['Summer', 'sale']);
    expect(func).toHaveBeenCalledTimes(3);
  });

  it('is not repeated once it has given something', async () => {
    const error = down();
    const func = streams(['Summer', error], ['Winter']);
    const items = await settle(retryWithBackoff(func));
    const iterator = items[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: 'Summer' });
    expect(await settle(failureOf(iterator.next()))).toBe(error);
    expect(retryReport(error)).toMatchObject({ gaveUp: 'stream-started', emitted: 1 });
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('has its limit until the first item only, from when somebody asks for it', async () => {
    const hanging = { [Symbol.asyncIterator]: () => ({ next: never }) };
    const items = await settle(
      retryWithBackoff(async () => hanging, { timeout: 50, maxRetries: 1 }),
    );
    await vi.advanceTimersByTimeAsync(60_000);
    const error = await settle(failureOf(items[Symbol.asyncIterator]().next()));
    expect(error).toMatchObject({ type: 'TIMEOUT' });
    expect(retryReport(error)).toMatchObject({ attempts: 2 });
  });

  it('stays the object that it is where that is more than its items', async () => {
    class Stream {
      readonly controller = new AbortController();
      constructor(private readonly items: readonly unknown[]) {}
      async *[Symbol.asyncIterator]() {
        for (const item of this.items) {
          if (item instanceof Error) throw item;
          yield item;
        }
      }
    }
    const given = [new Stream([down()]), new Stream(['Summer', 'sale'])];
    let made = 0;
    class Model {
      @Retryable({ platform: 'gemini' })
      async words(): Promise<Stream> {
        return given[made++] as Stream;
      }
    }
    const stream = await new Model().words();
    expect(stream).toBe(given[0]);
    expect(stream.controller).toBeInstanceOf(AbortController);
    expect(await settle(collect(stream))).toEqual(['Summer', 'sale']);
    expect(made).toBe(2);
  });

  it('fails where a further call does', async () => {
    const func = vi.fn(streams([down()]));
    const refused = new TypeError('not a function');
    func.mockImplementationOnce(streams([down()])).mockRejectedValueOnce(refused);
    const items = await settle(retryWithBackoff(func));
    expect(await settle(failureOf(collect(items)))).toBe(refused);
  });

  it('may give nothing at all', async () => {
    expect(await settle(collect(await settle(retryWithBackoff(streams([])))))).toEqual([]);
  });
});
