import { Readable } from 'node:stream';
import { isObservable, of } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { constant, RateLimitError, Retryable, retryReport } from '../../lib/index.js';
import { failing, failureOf, rejectWith } from '../support/calls.js';

const options = { backoff: constant(0) };
const limited = () => new RateLimitError('meta');

describe('what a decorated method returns', () => {
  it('stays a promise, an Observable or an async iterable', async () => {
    class Service {
      @Retryable()
      async promise() {
        return 1;
      }
      @Retryable()
      observable() {
        return of(1);
      }
      @Retryable()
      async *generator() {
        yield 1;
      }
      @Retryable()
      iterable(): AsyncIterable<number> {
        return this.generator();
      }
    }
    const service = new Service();
    expect(service.promise()).toBeInstanceOf(Promise);
    expect(isObservable(service.observable())).toBe(true);
    for (const items of [service.generator(), service.iterable()]) {
      expect(items).not.toHaveProperty('then');
      expect(typeof items[Symbol.asyncIterator]).toBe('function');
    }
  });

  it.each([undefined, null, 0, '', false, Number.NaN, [], 'text'])(
    'may be a promise of %o',
    async (value) => {
      class Service {
        @Retryable()
        async create() {
          return value;
        }
      }
      await expect(new Service().create()).resolves.toBe(value);
    },
  );

  it('may be any thenable, which is followed and retried like a promise', async () => {
    let calls = 0;
    class Service {
      @Retryable(options)
      query(): PromiseLike<string> {
        const then: PromiseLike<string>['then'] = (resolve, reject) =>
          (++calls < 3 ? rejectWith(limited()) : Promise.resolve('rows')).then(resolve, reject);
        return { then };
      }
    }
    await expect(new Service().query()).resolves.toBe('rows');
    expect(calls).toBe(3);
  });

  it('is passed through untouched where it is none of these, after a single call', () => {
    const result = Object.freeze({ id: 1 });
    const create = vi.fn(() => result);
    @Retryable(options)
    class Service {
      create() {
        return create();
      }
    }
    expect(new Service().create()).toBe(result);
    expect(create).toHaveBeenCalledOnce();
  });

  it('is passed through where it is a stream, which is more than an async iterable', () => {
    class Service {
      @Retryable(options)
      report<S extends AsyncIterable<unknown>>(stream: S): S {
        return stream;
      }
    }
    for (const stream of [Readable.from(['a']), new ReadableStream()]) {
      expect(new Service().report(stream)).toBe(stream);
    }
  });

  it('may differ from attempt to attempt', async () => {
    const results = [() => rejectWith(limited()), () => Promise.resolve('done')];
    class Service {
      @Retryable(options)
      create(): Promise<string> {
        return results.shift()?.() ?? Promise.resolve('nothing left');
      }
    }
    await expect(new Service().create()).resolves.toBe('done');
    expect(results).toHaveLength(0);
  });
});

describe('what a decorated method throws', () => {
  it('before it returns anything is a failed attempt like any other', async () => {
    let calls = 0;
    class Service {
      @Retryable(options)
      create(): Promise<string> {
        if (++calls < 3) throw limited();
        return Promise.resolve('done');
      }
    }
    await expect(new Service().create()).resolves.toBe('done');
    expect(calls).toBe(3);
  });

  it('in a later attempt before it returns anything is a failed attempt too', async () => {
    let calls = 0;
    class Service {
      @Retryable(options)
      create(): Promise<string> {
        if (++calls === 2) throw limited();
        return calls === 1 ? rejectWith(limited()) : Promise.resolve('done');
      }
    }
    await expect(new Service().create()).resolves.toBe('done');
    expect(calls).toBe(3);
  });

  it.each([
    undefined,
    null,
    0,
    '',
    false,
    'text',
    Symbol('thrown'),
    10n,
    () => 'function',
    Object.freeze(new Error('frozen')),
    Object.freeze({ a: 1 }),
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('trap');
        },
      },
    ),
  ])('is rejected with as it is where nobody recognises it (case %#)', async (thrown) => {
    const synchronous = vi.fn();
    class Service {
      @Retryable(options)
      async create(): Promise<void> {
        await rejectWith(thrown);
      }
      @Retryable(options)
      throwing(): Promise<void> {
        synchronous();
        throw thrown;
      }
    }
    const rejected = (promise: Promise<void>) => promise.catch((error: unknown) => [error]);
    const [byPromise, byThrow] = [new Service().create(), new Service().throwing()];
    for (const result of await Promise.all([byPromise, byThrow].map(rejected))) {
      expect(Object.is((result as unknown[])[0], thrown)).toBe(true);
    }
    expect(synchronous).toHaveBeenCalledOnce();
  });

  it('is the error of the last attempt, as the very same object', async () => {
    const errors = [limited(), Object.freeze(limited())];
    const create = failing(errors, 'done');
    class Service {
      @Retryable({ ...options, maxRetries: 1 })
      async create() {
        return create();
      }
    }
    const error = await failureOf(new Service().create());
    expect(error).toBe(errors[1]);
    expect(retryReport(error)).toMatchObject({ attempts: 2, errors });
  });
});
