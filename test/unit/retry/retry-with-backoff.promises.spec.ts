import { AsyncLocalStorage } from 'node:async_hooks';
import { lastValueFrom, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  constant,
  currentAttempt,
  RateLimitError,
  retryReport,
  retryWithBackoff,
  retryWithBackoff$,
} from '../../../lib/index.js';
import { failureOf } from '../../support/calls.js';

/** Asks to be followed in a context of its own, as pools and queues do. */
class Pooled<T> extends Promise<T> {
  static readonly outside = AsyncLocalStorage.snapshot();

  override then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return Pooled.outside(() => super.then(onValue, onError));
  }
}

describe('an operation that returns a promise of another make', () => {
  it('ends its call with the result, whatever context that comes in', async () => {
    const call = retryWithBackoff(() => Pooled.resolve('a result'));
    expect(await call).toBe('a result');
  });

  it('is tried again where it fails', async () => {
    const numbers: (number | undefined)[] = [];
    const call = retryWithBackoff(
      () => {
        numbers.push(currentAttempt()?.number);
        return numbers.length < 3 ? Pooled.reject(new RateLimitError('meta')) : Pooled.resolve(1);
      },
      { backoff: constant(0) },
    );
    expect(await call).toBe(1);
    expect(numbers).toEqual([1, 2, 3]);
  });

  it('does in its attempt what it only does when it is asked for its result', async () => {
    const query = () => ({
      then: (onValue: (value: unknown) => void) => onValue(currentAttempt()?.number),
    });
    expect(await retryWithBackoff(query as unknown as () => Promise<unknown>)).toBe(1);
  });

  it('leaves the caller its own context', async () => {
    const call = retryWithBackoff(() => Pooled.resolve('a result'));
    await call;
    expect(currentAttempt()).toBeUndefined();
  });
});

describe('a promise that cannot be followed', () => {
  it('is a failed attempt, and its call is over', async () => {
    let calls = 0;
    const call = retryWithBackoff(
      () => {
        calls++;
        return new Proxy(Promise.resolve(1), {});
      },
      { timeout: 1, backoff: constant(0) },
    );
    const error = await failureOf(call);
    expect(error).toBeInstanceOf(TypeError);
    expect(retryReport(error)).toMatchObject({ attempts: 1, gaveUp: 'not-retryable' });
    expect(calls).toBe(1);
  });
});

describe('an attempt that stops as soon as its signal aborts', () => {
  it('is over when the next one begins, also where that waits no time', async () => {
    const stops = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const options = { timeout: 1, maxRetries: 2, backoff: constant(0) };
    const error = await failureOf(retryWithBackoff(({ signal }) => stops(signal), options));
    expect(retryReport(error)).toMatchObject({ attempts: 3, abandoned: 0 });
  });
});

describe('thousands of retries without a wait, one out of the other', () => {
  const options = { backoff: constant(0), maxRetries: 20_000, jitter: 'none' } as const;
  const limited = new RateLimitError('meta');
  const rejecting = () => Promise.reject(limited);
  const throwing = () => {
    throw limited;
  };

  it.each([
    ['rejects', () => retryWithBackoff(rejecting, options)],
    ['throws', () => retryWithBackoff(throwing, options)],
    [
      'is an Observable that errors at once',
      () => lastValueFrom(throwError(throwing).pipe(retryWithBackoff$(options))),
    ],
  ])('need no deeper stack where the operation %s', async (_, call) => {
    const error = await failureOf(call());
    expect(error).toBe(limited);
    expect(retryReport(error)).toMatchObject({ attempts: 20_001, gaveUp: 'exhausted' });
  });
});
