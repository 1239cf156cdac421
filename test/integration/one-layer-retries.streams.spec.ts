import { from, lastValueFrom, Observable } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  constant,
  PlatformServiceError,
  Retryable,
  retryReport,
  retryWithBackoff$,
} from '../../lib/index.js';
import { failureOf, rejectWith } from '../support/calls.js';
import { watch } from '../support/outcomes.js';
import { failsLater, pass, stopTime } from '../support/time.js';

const open = () => new PlatformServiceError('meta');
const now = { backoff: constant(0) };
let requests = 0;

beforeEach(() => {
  requests = 0;
});

describe('of several layers of streams one retries', () => {
  class Inner {
    @Retryable({ context: 'inner' })
    promise(): Promise<number> {
      requests++;
      return failsLater(8000, open());
    }

    @Retryable({ context: 'inner' })
    observable(): Observable<number> {
      return new Observable((subscriber) => {
        requests++;
        const timer = setTimeout(() => subscriber.error(open()), 8000);
        return () => clearTimeout(timer);
      });
    }

    @Retryable({ context: 'inner' })
    async *iterable(): AsyncGenerator<number> {
      requests++;
      yield failsLater(8000, open());
    }
  }

  class Outer {
    private readonly inner = new Inner();

    @Retryable({ context: 'outer', timeout: 30_000 })
    promise(): Promise<number> {
      return this.inner.promise();
    }

    @Retryable({ context: 'outer', timeout: 30_000 })
    observable(): Observable<number> {
      return this.inner.observable();
    }

    @Retryable({ context: 'outer', timeout: 30_000 })
    async *iterable(): AsyncGenerator<number> {
      yield* this.inner.iterable();
    }
  }

  it.each([
    ['promises', () => new Outer().promise()],
    ['Observables', () => lastValueFrom(new Outer().observable())],
    ['async iterables', () => new Outer().iterable().next()],
  ])('whose limit is longer than that of the outer one: %s', async (_, start) => {
    stopTime();
    const call = watch<unknown>(start());
    await pass(300_000);
    expect(call.error).toBeInstanceOf(PlatformServiceError);
    expect(requests).toBe(4);
    expect(retryReport(call.error)).toMatchObject({ context: 'inner', gaveUp: 'exhausted' });
  });

  it('where a promise is around an Observable around an async iterable', async () => {
    class Service {
      @Retryable(now)
      async *iterable(): AsyncGenerator<number> {
        requests++;
        yield rejectWith(open());
      }

      @Retryable(now)
      observable(): Observable<number> {
        return from(this.iterable());
      }

      @Retryable(now)
      async promise(): Promise<number> {
        return lastValueFrom(this.observable());
      }
    }
    await failureOf(new Service().promise());
    expect(requests).toBe(4);
  });

  it('where the operator is there twice', async () => {
    const source = new Observable((subscriber) => {
      requests++;
      subscriber.error(open());
    });
    await failureOf(lastValueFrom(source.pipe(retryWithBackoff$(now), retryWithBackoff$(now))));
    expect(requests).toBe(4);
  });
});

describe('a stream that has started', () => {
  class Service {
    @Retryable(now)
    observable(): Observable<number> {
      return new Observable((subscriber) => {
        requests++;
        subscriber.next(1);
        subscriber.error(open());
      });
    }

    @Retryable(now)
    outerObservable(): Observable<number> {
      return this.observable();
    }

    @Retryable(now)
    async *iterable(): AsyncGenerator<number> {
      requests++;
      yield 1;
      throw open();
    }

    @Retryable(now)
    async consumer(): Promise<void> {
      for await (const item of this.iterable()) expect(item).toBe(1);
    }
  }

  it('is not run again by the layer around it', async () => {
    const items: number[] = [];
    await new Promise<void>((resolve) => {
      const error = () => resolve();
      new Service().outerObservable().subscribe({ next: (item) => items.push(item), error });
    });
    expect(items).toEqual([1]);
    expect(requests).toBe(1);
  });

  it('is run as often as the promise around it that consumes it', async () => {
    await failureOf(new Service().consumer());
    expect(requests).toBe(4);
  });
});
