import { concat, lastValueFrom, NEVER, Observable, of, Subject, throwError, toArray } from 'rxjs';
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
import { failureOf } from '../support/calls.js';

const limited = () => new RateLimitError('meta');

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('a method that returns an Observable', () => {
  it('is called anew for each attempt, after 1 s, 2 s and 4 s', async () => {
    const startedAt = Date.now();
    const times: number[] = [];
    class Service {
      @Retryable({ platform: 'meta' })
      watch(): Observable<string> {
        times.push(Date.now() - startedAt);
        return throwError(limited);
      }
    }
    const failed = failureOf(lastValueFrom(new Service().watch()));
    await vi.runAllTimersAsync();
    expect(times).toEqual([0, 1000, 3000, 7000]);
    expect(retryReport(await failed)).toMatchObject({ platform: 'meta', attempts: 4 });
  });

  it.each(['with', 'without'])(
    'is one call for each subscription, %s a declared type',
    async (declared) => {
      const numbers: (number | undefined)[] = [];
      const emit = () => {
        const attempt = currentAttempt();
        numbers.push(attempt?.number);
        return attempt?.number === 1 ? throwError(limited) : of(attempt?.number);
      };
      class Service {
        @Retryable({ backoff: constant(0) })
        declared(): Observable<number | undefined> {
          return emit();
        }
        @Retryable({ backoff: constant(0) })
        inferred() {
          return emit();
        }
      }
      const service = new Service();
      const items = declared === 'with' ? service.declared() : service.inferred();
      await expect(lastValueFrom(items)).resolves.toBe(2);
      await expect(lastValueFrom(items)).resolves.toBe(2);
      expect(numbers).toEqual([1, 2, 1, 2]);
    },
  );

  it('is not called at all before somebody subscribes, where its type is declared', () => {
    const watch = vi.fn(() => NEVER);
    class Service {
      @Retryable()
      watch(): Observable<never> {
        return watch();
      }
    }
    new Service().watch();
    expect(watch).not.toHaveBeenCalled();
  });

  it('that throws instead is a failed attempt, and the subscriber is told', async () => {
    let calls = 0;
    class Service {
      @Retryable({ backoff: constant(0) })
      watch(): Observable<number> {
        if (++calls < 3) throw limited();
        return of(calls);
      }
    }
    await expect(lastValueFrom(new Service().watch())).resolves.toBe(3);
  });

  it('is never repeated once it has given something: nobody gets an item twice', async () => {
    const watch = vi.fn(() => concat(of(1, 2), throwError(limited)));
    class Service {
      @Retryable()
      watch(): Observable<number> {
        return watch();
      }
    }
    const items: number[] = [];
    const failed = new Promise((error) => {
      new Service().watch().subscribe({ next: (item) => items.push(item), error });
    });
    expect(retryReport(await failed)).toMatchObject({ gaveUp: 'stream-started', attempts: 1 });
    expect(items).toEqual([1, 2]);
    expect(watch).toHaveBeenCalledOnce();
  });

  it('has its error classified also after an item', async () => {
    class Service {
      @Retryable({ platform: 'meta' })
      watch(): Observable<number> {
        return concat(
          of(1),
          throwError(() => Object.assign(new Error('bad'), { response: { status: 502 } })),
        );
      }
    }
    const error = await failureOf(lastValueFrom(new Service().watch()));
    expect(error).toBeInstanceOf(PlatformServiceError);
  });

  it('has its limit until the first item only', async () => {
    const items = new Subject<number>();
    class Service {
      @Retryable({ timeout: 100, maxRetries: 0 })
      watch(): Observable<number> {
        return items;
      }
      @Retryable({ timeout: 100, maxRetries: 0 })
      hang(): Observable<never> {
        return NEVER;
      }
    }
    const all = lastValueFrom(new Service().watch().pipe(toArray()));
    const failed = failureOf(lastValueFrom(new Service().hang()));
    await vi.advanceTimersByTimeAsync(99);
    items.next(1);
    await vi.advanceTimersByTimeAsync(10_000);
    items.next(2);
    items.complete();
    expect(await all).toEqual([1, 2]);
    expect(await failed).toBeInstanceOf(OperationTimeoutError);
  });
});
