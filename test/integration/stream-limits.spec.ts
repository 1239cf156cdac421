import { lastValueFrom, Observable, of as just, tap, toArray } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import {
  constant,
  found,
  OutcomeUnknownError,
  PlatformServiceError,
  Retryable,
  retryReport,
  RetryStrategy,
} from '../../lib/index.js';
import { failureOf, limited } from '../support/calls.js';
import { context } from '../support/context.js';
import { watch } from '../support/outcomes.js';
import { later, pass, stopTime } from '../support/time.js';

const open = () => new PlatformServiceError('meta');

describe('the limit of a stream', () => {
  class Service {
    @Retryable({ timeout: 1000 })
    observable(): Observable<number> {
      return new Observable((subscriber) => {
        setTimeout(() => subscriber.next(1), 900);
        setTimeout(() => subscriber.next(2), 5000);
        setTimeout(() => subscriber.complete(), 100_000);
      });
    }

    @Retryable({ timeout: 1000 })
    async *iterable(): AsyncGenerator<number> {
      yield later(900, 1);
      yield later(50_000, 2);
    }
  }

  const collect = async (items: AsyncIterable<number>) => {
    const seen: number[] = [];
    for await (const item of items) seen.push(item);
    return seen;
  };

  it.each([
    ['an Observable', () => lastValueFrom(new Service().observable().pipe(toArray()))],
    ['an async iterable', () => collect(new Service().iterable())],
  ])('ends with its first item: %s', async (_, start) => {
    stopTime();
    const call = watch(start());
    await pass(200_000);
    expect(call.value).toEqual([1, 2]);
  });
});

describe('a stream that has started', () => {
  const failingAfter = (item: string) =>
    vi.fn(
      () =>
        new Observable<unknown>((subscriber) => {
          subscriber.next(item);
          subscriber.error(open());
        }),
    );

  it('says so where it fails and is not run again', async () => {
    const run = failingAfter('one');
    class Service {
      @Retryable({ backoff: constant(0) })
      watch() {
        return run();
      }
    }
    const error = await failureOf(lastValueFrom(new Service().watch()));
    expect(run).toHaveBeenCalledTimes(1);
    expect(retryReport(error)?.gaveUp).toBe('stream-started');
  });

  it('emits nothing of what its reconcile would find', async () => {
    const items: unknown[] = [];
    const run = failingAfter('one');
    class Service {
      @Retryable({ backoff: constant(0), reconcile: () => found('again') })
      create() {
        return run();
      }
    }
    const all = new Service().create().pipe(tap((item) => items.push(item)));
    expect(await failureOf(lastValueFrom(all))).toBeInstanceOf(OutcomeUnknownError);
    expect(items).toEqual(['one']);
  });
});

describe('a stream of an account that cools down', () => {
  const begun = vi.fn();
  class Service {
    @Retryable({ platform: 'meta', key: () => 'stream' })
    observable(): Observable<string> {
      return new Observable((subscriber) => {
        begun();
        subscriber.next('x');
      });
    }

    @Retryable({ platform: 'meta', key: () => 'stream' })
    async *iterable(): AsyncGenerator<string> {
      begun();
      yield 'x';
    }
  }

  const start = async () => {
    begun.mockClear();
    const { module } = await context({ retryBudget: false, shutdownGrace: 0 }, Service);
    stopTime();
    const strategy = module.get(RetryStrategy);
    const account = { platform: 'meta', key: 'stream' };
    await failureOf(strategy.retryWithBackoff(() => limited(10), { ...account, maxRetries: 0 }));
    return { service: module.get(Service), strategy, account };
  };

  it('begins the cooldown itself, and the next one waits', async () => {
    const fail = { status: 429, headers: { 'retry-after': '10' }, message: 'x' };
    let runs = 0;
    class Limited {
      @Retryable({ platform: 'meta', key: () => 'stream', maxRetries: 0 })
      watch(): Observable<unknown> {
        return ++runs === 1 ? new Observable((subscriber) => subscriber.error(fail)) : just('ok');
      }
    }
    const { module } = await context({ retryBudget: false }, Limited);
    stopTime();
    await failureOf(lastValueFrom(module.get(Limited).watch()));
    const call = watch(lastValueFrom(module.get(Limited).watch()));
    await pass(9000);
    expect(runs).toBe(1);
    await pass(1100);
    expect(call.value).toBe('ok');
  });

  it('requests nothing where its subscriber leaves meanwhile', async () => {
    const { service } = await start();
    const subscription = service.observable().subscribe();
    await pass(1000);
    subscription.unsubscribe();
    await pass(100_000);
    expect(begun).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('requests nothing where its iterator is returned meanwhile', async () => {
    const { service } = await start();
    const items = service.iterable();
    const next = watch(items.next());
    await pass(1000);
    await items.return(undefined);
    await pass(100_000);
    expect(next.done).toBe(true);
    expect(begun).not.toHaveBeenCalled();
  });

  it('holds up no other call although it never ends, where it was the first', async () => {
    const { service, strategy, account } = await start();
    const items: string[] = [];
    service.observable().subscribe({ next: (item) => items.push(item), error: () => undefined });
    const other = watch(strategy.retryWithBackoff(async () => 'ok', account));
    await pass(11_000);
    expect(items).toEqual(['x']);
    expect(other.value).toBe('ok');
  });
});
