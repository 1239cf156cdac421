import {
  concat,
  defer,
  EMPTY,
  lastValueFrom,
  NEVER,
  Observable,
  of,
  Subject,
  throwError,
  toArray,
} from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  currentAttempt,
  OperationTimeoutError,
  RateLimitError,
  retryReport,
  retryWithBackoff$,
  TokenExpiredError,
} from '../../../lib/index.js';
import { failureOf } from '../../support/calls.js';

const limited = () => new RateLimitError('meta');

/** An Observable that fails at its first subscriptions and emits at the next. */
function failingSource(failures: number, values: readonly number[] = [1, 2]) {
  let subscriptions = 0;
  const teardown = vi.fn();
  const source = new Observable<number>((subscriber) => {
    if (++subscriptions <= failures) subscriber.error(limited());
    else {
      for (const value of values) subscriber.next(value);
      subscriber.complete();
    }
    return teardown;
  });
  return { source, teardown, subscriptions: () => subscriptions };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('the operator', () => {
  it('subscribes again after 1 s, 2 s and 4 s and then passes the error on', async () => {
    const startedAt = Date.now();
    const times: number[] = [];
    const source = defer(() => {
      times.push(Date.now() - startedAt);
      return throwError(limited);
    });
    const failed = failureOf(lastValueFrom(source.pipe(retryWithBackoff$())));
    await vi.runAllTimersAsync();
    expect(times).toEqual([0, 1000, 3000, 7000]);
    expect(retryReport(await failed)).toMatchObject({ delays: [1000, 2000, 4000] });
  });

  it('passes every value on after a success', async () => {
    const { source, subscriptions } = failingSource(2);
    const values = lastValueFrom(source.pipe(retryWithBackoff$(), toArray()));
    await vi.runAllTimersAsync();
    expect(await values).toEqual([1, 2]);
    expect(subscriptions()).toBe(3);
  });

  it('completes where the source completes without a value', async () => {
    await expect(lastValueFrom(EMPTY.pipe(retryWithBackoff$(), toArray()))).resolves.toEqual([]);
  });

  it('never gives a value twice: what has emitted is not subscribed to again', async () => {
    let subscriptions = 0;
    const source = defer(() => {
      subscriptions++;
      return concat(of('first'), throwError(limited));
    });
    const values: string[] = [];
    const failed = new Promise((resolve) => {
      source
        .pipe(retryWithBackoff$())
        .subscribe({ next: (value) => values.push(value), error: resolve });
    });
    expect(retryReport(await failed)).toMatchObject({ gaveUp: 'stream-started', attempts: 1 });
    expect(values).toEqual(['first']);
    expect(subscriptions).toBe(1);
  });

  it('limits the time until the first value, not that between values', async () => {
    const subject = new Subject<string>();
    const values: string[] = [];
    const ended = vi.fn();
    subject
      .pipe(retryWithBackoff$({ timeout: 1000 }))
      .subscribe({ next: (value) => values.push(value), complete: ended });
    await vi.advanceTimersByTimeAsync(999);
    subject.next('first');
    await vi.advanceTimersByTimeAsync(60_000);
    subject.next('second');
    subject.complete();
    expect(values).toEqual(['first', 'second']);
    expect(ended).toHaveBeenCalledOnce();
  });

  it('leaves a source that gives nothing within its limit', async () => {
    const teardown = vi.fn();
    const source = new Observable<never>(() => teardown);
    const failed = failureOf(
      lastValueFrom(source.pipe(retryWithBackoff$({ timeout: 1000, maxRetries: 0 }))),
    );
    await vi.runAllTimersAsync();
    expect(await failed).toBeInstanceOf(OperationTimeoutError);
    expect(teardown).toHaveBeenCalledOnce();
  });

  it('leaves everything at once where its subscriber leaves, in an attempt and in a wait', async () => {
    const teardown = vi.fn();
    const inAttempt = new Observable<never>(() => teardown).pipe(retryWithBackoff$()).subscribe();
    inAttempt.unsubscribe();
    expect(teardown).toHaveBeenCalledOnce();
    const { source, subscriptions } = failingSource(9);
    const inWait = source.pipe(retryWithBackoff$()).subscribe();
    await vi.advanceTimersByTimeAsync(10);
    inWait.unsubscribe();
    expect(vi.getTimerCount()).toBe(0);
    await vi.runAllTimersAsync();
    expect(subscriptions()).toBe(1);
  });

  it('unsubscribes from a source that emits at once where one value is enough', async () => {
    const { source, teardown } = failingSource(0, [1, 2, 3]);
    const first = await new Promise((resolve) => {
      const subscription = source.pipe(retryWithBackoff$()).subscribe((value) => {
        resolve(value);
        queueMicrotask(() => subscription.unsubscribe());
      });
    });
    expect(first).toBe(1);
    expect(teardown).toHaveBeenCalledOnce();
  });

  it('rejects with the caller’s reason where its signal aborts', async () => {
    const controller = new AbortController();
    const reason = new Error('gone');
    const failed = failureOf(
      lastValueFrom(NEVER.pipe(retryWithBackoff$({ signal: controller.signal }))),
    );
    controller.abort(reason);
    expect(await failed).toBe(reason);
  });

  it('counts the attempts of each subscription by itself', async () => {
    const numbers: (number | undefined)[] = [];
    const source = defer(() => {
      numbers.push(currentAttempt()?.number);
      return currentAttempt()?.number === 2 ? of('done') : throwError(limited);
    }).pipe(retryWithBackoff$({ backoff: constant(0) }));
    await Promise.all([lastValueFrom(source), lastValueFrom(source)]);
    expect(numbers).toEqual([1, 1, 2, 2]);
  });

  it('does not retry what is not retryable', async () => {
    let subscriptions = 0;
    const error = new TokenExpiredError('meta');
    const source = defer(() => {
      subscriptions++;
      return throwError(() => error);
    });
    await expect(lastValueFrom(source.pipe(retryWithBackoff$()))).rejects.toBe(error);
    expect(subscriptions).toBe(1);
  });

  it('refuses a wrong option where it is made', () => {
    expect(() => retryWithBackoff$({ maxRetries: -1 })).toThrow(
      'Expected `maxRetries` to be a non-negative integer, got -1 (in retryWithBackoff$).',
    );
  });
});
