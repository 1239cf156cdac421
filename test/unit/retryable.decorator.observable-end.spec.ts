import { concat, from, lastValueFrom, Observable, of, take, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { currentAttempt, RateLimitError, Retryable, retryReport } from '../../lib/index.js';
import { failureOf } from '../support/calls.js';

const limited = () => new RateLimitError('meta');

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('a subscriber that leaves', () => {
  const teardown = vi.fn();
  const signals: (AbortSignal | undefined)[] = [];
  class Service {
    calls = 0;
    @Retryable()
    hang(): Observable<never> {
      signals.push(currentAttempt()?.signal);
      return new Observable(() => teardown);
    }
    @Retryable()
    fail(): Observable<never> {
      this.calls++;
      return throwError(limited);
    }
    @Retryable()
    emit(): Observable<number> {
      signals.push(currentAttempt()?.signal);
      return concat(of(1), new Observable<number>(() => teardown));
    }
  }

  it('in an attempt ends it and aborts its signal, at once', () => {
    new Service().hang().subscribe().unsubscribe();
    expect(teardown).toHaveBeenCalledOnce();
    expect(signals.pop()?.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('in a wait ends it, and nothing is called any more', async () => {
    const service = new Service();
    const subscription = service.fail().subscribe();
    await vi.advanceTimersByTimeAsync(500);
    subscription.unsubscribe();
    expect(vi.getTimerCount()).toBe(0);
    await vi.runAllTimersAsync();
    expect(service.calls).toBe(1);
  });

  it('after an item ends the source and aborts the signal of its attempt', () => {
    teardown.mockClear();
    const items: number[] = [];
    const subscription = new Service().emit().subscribe((item) => items.push(item));
    subscription.unsubscribe();
    expect(items).toEqual([1]);
    expect(teardown).toHaveBeenCalledOnce();
    expect(signals.pop()?.aborted).toBe(true);
  });

  it('after enough items ends a source that emits on and on while it is subscribed to', async () => {
    let item = 0;
    class Endless {
      @Retryable()
      watch(): Observable<number> {
        return new Observable((subscriber) => {
          while (!subscriber.closed && item < 1000) subscriber.next(++item);
        });
      }
    }
    await expect(lastValueFrom(new Endless().watch().pipe(take(3)))).resolves.toBe(3);
    expect(item).toBe(3);
  });

  it('while a callback decides about a retry stops that retry', async () => {
    let leave: () => void = () => undefined;
    const watch = vi.fn(() => from(Promise.reject(limited())));
    class Leaving {
      @Retryable({
        retryOn: () => {
          leave();
          return true;
        },
      })
      watch(): Observable<never> {
        return watch();
      }
    }
    const subscription = new Leaving().watch().subscribe();
    leave = () => subscription.unsubscribe();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
    await vi.runAllTimersAsync();
    expect(watch).toHaveBeenCalledOnce();
  });
});

describe('a signal that aborts', () => {
  const reason = new Error('gone');

  it('after an item ends the stream with its reason, at once', async () => {
    const controller = new AbortController();
    const teardown = vi.fn();
    class Service {
      @Retryable({ signal: () => controller.signal })
      watch(): Observable<number> {
        return concat(of(1), new Observable<number>(() => teardown));
      }
    }
    const items: number[] = [];
    const error = vi.fn();
    new Service().watch().subscribe({ next: (item) => items.push(item), error });
    controller.abort(reason);
    expect(error).toHaveBeenCalledExactlyOnceWith(reason);
    expect(items).toEqual([1]);
    expect(teardown).toHaveBeenCalledOnce();
    expect(retryReport(reason)?.gaveUp).toBe('cancelled');
  });
});

describe('a signal that aborts in a teardown', () => {
  it('stops the retry that would follow', async () => {
    const controller = new AbortController();
    const reason = new Error('gone');
    const watch = vi.fn(
      () =>
        new Observable<never>((subscriber) => {
          subscriber.add(() => controller.abort(reason));
          subscriber.error(limited());
        }),
    );
    class Service {
      @Retryable({ signal: () => controller.signal })
      watch(): Observable<never> {
        return watch();
      }
    }
    await expect(lastValueFrom(new Service().watch())).rejects.toBe(reason);
    await vi.runAllTimersAsync();
    expect(watch).toHaveBeenCalledOnce();
  });
});

describe('a source that cannot be left without an error', () => {
  it('is left all the same: its call and the calls beside it come to their end', async () => {
    class Service {
      @Retryable({ timeout: 100, maxRetries: 1 })
      watch(): Observable<never> {
        return new Observable(() => () => {
          throw new Error('mistake in a teardown');
        });
      }
    }
    const failed = [1, 2].map(() => failureOf(lastValueFrom(new Service().watch())));
    await vi.runAllTimersAsync();
    for (const error of await Promise.all(failed)) {
      expect(retryReport(error)).toMatchObject({ attempts: 2, gaveUp: 'exhausted' });
    }
  });
});
