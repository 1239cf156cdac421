import { describe, expect, it, vi } from 'vitest';
import {
  constant,
  currentAttempt,
  PlatformServiceError,
  RateLimitError,
  Retryable,
  retryReport,
} from '../../../lib/index.js';
import { failureOf, rejectWith, turnEnd } from '../../support/calls.js';

async function itemsOf<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

const policy = { platform: 'gemini', backoff: constant(0) };

describe('a decorated async generator', () => {
  class Model {
    calls = 0;
    closed = 0;
    readonly signals: (AbortSignal | undefined)[] = [];

    /** Fails that often, then gives the words and fails again where it is told to. */
    @Retryable(policy)
    async *words(failures: number, then?: Error): AsyncGenerator<string> {
      this.calls++;
      this.signals.push(currentAttempt()?.signal);
      await turnEnd();
      if (this.calls <= failures) throw new RateLimitError('gemini');
      try {
        yield 'buy';
        this.signals.push(currentAttempt()?.signal);
        yield 'now';
        if (then !== undefined) throw then;
      } finally {
        this.closed++;
      }
    }

    @Retryable({ ...policy, recover: 'standIn', maxRetries: 0 })
    async *hopeless(): AsyncGenerator<string> {
      yield await rejectWith(new RateLimitError('gemini'));
    }

    protected async *standIn(): AsyncGenerator<string> {
      await turnEnd();
      yield* ['stand', 'in'];
    }

    @Retryable({ ...policy, recover: () => 'one word', maxRetries: 0 })
    async *spare(): AsyncGenerator<string> {
      yield await rejectWith(new RateLimitError('gemini'));
    }

    @Retryable({ ...policy, timeout: 50, maxRetries: 1 })
    async *silent(): AsyncGenerator<string> {
      this.calls++;
      this.signals.push(currentAttempt()?.signal);
      await new Promise(() => undefined);
      yield 'never';
    }

    @Retryable<[AbortSignal]>({ ...policy, signal: (signal) => signal })
    async *endless(_signal: AbortSignal): AsyncGenerator<number> {
      this.signals.push(currentAttempt()?.signal);
      for (let number = 0; ; number++) {
        yield number;
        await turnEnd();
      }
    }
  }

  it('is asked anew until it gives its first item', async () => {
    const model = new Model();
    await expect(itemsOf(model.words(2))).resolves.toEqual(['buy', 'now']);
    expect(model.calls).toBe(3);
  });

  it('is not asked anew after its first item, and its failure is understood all the same', async () => {
    const model = new Model();
    const items: string[] = [];
    const error = await failureOf(
      (async () => {
        const broken = Object.assign(new Error('broken off'), { code: 'ECONNRESET' });
        for await (const item of model.words(0, broken)) items.push(item);
      })(),
    );
    expect(items).toEqual(['buy', 'now']);
    expect(model.calls).toBe(1);
    expect(error).toMatchObject({ type: 'AI_MODEL_FAILED', cause: { message: 'broken off' } });
    expect(retryReport(error)).toMatchObject({ gaveUp: 'stream-started', attempts: 1 });
  });

  it('does not call the method before its first item is asked for', async () => {
    const model = new Model();
    const words = model.words(0);
    await turnEnd();
    expect(model.signals).toEqual([]);
    await words.return(undefined);
  });

  it('runs in its attempt for every item', async () => {
    const model = new Model();
    await itemsOf(model.words(1));
    const [first, second, later] = model.signals;
    expect(second).toBeDefined();
    expect(later).toBe(second);
    expect(first).not.toBe(second);
  });

  it('is closed, and its signal aborted, where the consumer leaves early', async () => {
    const model = new Model();
    for await (const word of model.words(0)) {
      expect(word).toBe('buy');
      break;
    }
    expect(model.closed).toBe(1);
    expect(model.signals[0]?.aborted).toBe(true);
  });

  it('is cancelled by a signal also after its first item', async () => {
    const model = new Model();
    const controller = new AbortController();
    const reason = new Error('enough');
    const numbers: number[] = [];
    const error = await failureOf(
      (async () => {
        for await (const number of model.endless(controller.signal)) {
          numbers.push(number);
          if (number === 3) controller.abort(reason);
        }
      })(),
    );
    expect(error).toBe(reason);
    expect(numbers).toEqual([0, 1, 2, 3]);
    expect(model.signals[0]?.aborted).toBe(true);
  });

  it('goes on with what recover gives, items or a single value', async () => {
    await expect(itemsOf(new Model().hopeless())).resolves.toEqual(['stand', 'in']);
    await expect(itemsOf(new Model().spare())).resolves.toEqual(['one word']);
  });

  it('is limited until its first item', async () => {
    vi.useFakeTimers();
    const model = new Model();
    const failed = failureOf(itemsOf(model.silent()));
    await vi.advanceTimersByTimeAsync(100);
    expect(await failed).toBeInstanceOf(Error);
    expect(model.calls).toBe(2);
    expect(model.signals.map((signal) => signal?.aborted)).toEqual([true, true]);
    vi.useRealTimers();
  });
});

describe('an object with an async iterator of its own', () => {
  it('may throw at once, and its return may be missing or throw', async () => {
    let opened = 0;
    class Source {
      @Retryable({ ...policy, maxRetries: 3 })
      items(): AsyncIterable<number> {
        return {
          [Symbol.asyncIterator]: () => {
            opened++;
            if (opened === 1) throw new PlatformServiceError('meta');
            const iterator = {
              next: async () => {
                if (opened === 2) throw new PlatformServiceError('meta');
                return { done: true as const, value: undefined };
              },
            };
            const badReturn = () => {
              throw new Error('no');
            };
            return opened === 2 ? { ...iterator, return: badReturn } : iterator;
          },
        };
      }
    }
    await expect(itemsOf(new Source().items())).resolves.toEqual([]);
    expect(opened).toBe(3);
  });
});
