import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import {
  constant,
  currentAttempt,
  RateLimitError,
  retryWithBackoff,
  type Attempt,
} from '../../../lib/index.js';
import { failureOf, never, turnEnd } from '../../support/calls.js';

const options = { backoff: constant(0) };

describe('currentAttempt', () => {
  it('is undefined outside a call, before and after one', async () => {
    expect(currentAttempt()).toBeUndefined();
    const call = retryWithBackoff(async () => turnEnd());
    expect(currentAttempt()).toBeUndefined();
    await call;
    expect(currentAttempt()).toBeUndefined();
  });

  it('is the attempt that runs, behind any await of it', async () => {
    const numbers: (number | undefined)[] = [];
    await retryWithBackoff(async (attempt) => {
      expect(currentAttempt()).toBe(attempt);
      await turnEnd();
      numbers.push(currentAttempt()?.number);
      if (attempt.number < 3) throw new RateLimitError();
    }, options);
    expect(numbers).toEqual([1, 2, 3]);
  });

  it('is the caller’s again where a call ends, also after a failure', async () => {
    await retryWithBackoff(
      async (outer) => {
        await retryWithBackoff(async () => turnEnd(), { ...options, context: 'inner' });
        expect(currentAttempt()).toBe(outer);
        await failureOf(
          retryWithBackoff(
            () => {
              throw new RateLimitError();
            },
            { ...options, context: 'inner' },
          ),
        );
        expect(currentAttempt()).toBe(outer);
      },
      { context: 'outer' },
    );
  });

  it('is never mixed up between a thousand calls at once', async () => {
    const call = async (index: number) =>
      retryWithBackoff(
        async ({ number }) => {
          for (let turn = 0; turn < index % 5; turn++) await turnEnd();
          expect(currentAttempt()).toMatchObject({ context: `call ${index}`, number });
          if (number <= index % 3) throw new RateLimitError();
        },
        { ...options, context: `call ${index}` },
      );
    await Promise.all(Array.from({ length: 1000 }, (_, index) => call(index)));
    expect(currentAttempt()).toBeUndefined();
  });
});

describe('the asynchronous context of the application', () => {
  it('is that of the caller in every attempt and in every callback', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const look = () => seen.push(storage.getStore());
    await storage.run('request', async () => {
      await retryWithBackoff(
        async ({ number }) => {
          look();
          await turnEnd();
          look();
          if (number < 3) throw new RateLimitError();
        },
        {
          retryOn: () => look() > 0,
          backoff: () => Math.min(0, look()),
        },
      );
      look();
    });
    expect(seen).toEqual(Array.from({ length: 11 }, () => 'request'));
  });

  it('does not leak from one call into another', async () => {
    const storage = new AsyncLocalStorage<number>();
    const seen = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        storage.run(index, () =>
          retryWithBackoff(async ({ number }) => {
            await turnEnd();
            if (number === 1) throw new RateLimitError();
            return storage.getStore();
          }, options),
        ),
      ),
    );
    expect(seen).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });
});

describe('an attempt’s signal', () => {
  it('is already aborted where it is asked for after the limit', async () => {
    let running: Attempt | undefined;
    await failureOf(
      retryWithBackoff(
        (attempt) => {
          running = attempt;
          return never();
        },
        { timeout: 1, maxRetries: 0 },
      ),
    );
    expect(running?.signal.aborted).toBe(true);
  });

  it('is not aborted by a success', async () => {
    const signal = await retryWithBackoff((attempt) => attempt.signal);
    await turnEnd();
    expect(signal.aborted).toBe(false);
  });
});
