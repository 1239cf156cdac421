import { from, lastValueFrom, Observable, of, throwError, toArray } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import {
  constant,
  OperationCancelledError,
  PlatformTimeoutError,
  RateLimitError,
  Retryable,
  retryReport,
  TokenExpiredError,
} from '../../lib/index.js';
import { failing, failureOf, never, rejectWith } from '../support/calls.js';

const limited = () => new RateLimitError('meta');

describe('the callbacks of a decorated method', () => {
  it('are called with the instance as `this` and with the arguments of the method', async () => {
    const seen = new Map<string, unknown[]>();
    const look = (name: string, self: unknown, ...args: unknown[]) =>
      seen.set(name, [self, ...args]);
    class Service {
      @Retryable({
        maxRetries: 1,
        platform(this: unknown, id: string) {
          look('platform', this, id);
          return 'meta';
        },
        signal(this: unknown, id: string) {
          look('signal', this, id);
          return undefined;
        },
        retryOn(this: unknown, error) {
          look('retryOn', this, error);
          return true;
        },
        backoff(this: unknown, retry, error) {
          look('backoff', this, retry, error);
          return 0;
        },
        recover(this: unknown, error: unknown, id: string) {
          look('recover', this, error, id);
          return Promise.resolve('recovered');
        },
      })
      create(_id: string): Promise<string> {
        return rejectWith(error);
      }
    }
    const error = limited();
    const service = new Service();
    await expect(service.create('x')).resolves.toBe('recovered');
    expect(Object.fromEntries(seen)).toEqual({
      platform: [service, 'x'],
      signal: [service, 'x'],
      retryOn: [service, error],
      backoff: [service, 1, error],
      recover: [service, error, 'x'],
    });
    expect([...seen.values()].every(([self]) => self === service)).toBe(true);
  });

  it('are asked for each call anew', async () => {
    class Router {
      @Retryable({ maxRetries: 0, platform: (name: string) => name })
      async create(_name: string): Promise<void> {
        throw limited();
      }
    }
    for (const name of ['meta', 'tiktok', 'meta', undefined as unknown as string]) {
      const error = await failureOf(new Router().create(name));
      expect(retryReport(error)?.platform).toBe(name);
    }
  });
});

describe('a callback that is mistaken', () => {
  const mistake = new Error('mistake in a callback');
  const throwing = () => {
    throw mistake;
  };

  it('about retries leaves the failure of the method as it is, and nothing is retried', async () => {
    const calls = vi.fn();
    const error = limited();
    class Service {
      @Retryable({ retryOn: throwing })
      async first(): Promise<void> {
        calls();
        throw error;
      }
      @Retryable({ backoff: throwing })
      async second(): Promise<void> {
        calls();
        throw error;
      }
    }
    expect(await failureOf(new Service().first())).toBe(error);
    expect(await failureOf(new Service().second())).toBe(error);
    expect(calls).toHaveBeenCalledTimes(2);
  });

  it.each([{ platform: throwing }, { signal: throwing }])(
    'about the call, like %o, fails the call before the method is called',
    async (options) => {
      const calls = vi.fn();
      class Service {
        @Retryable(options)
        async promise(): Promise<void> {
          calls();
        }
        @Retryable(options)
        observable(): Observable<number> {
          calls();
          return of(1);
        }
      }
      await expect(new Service().promise()).rejects.toBe(mistake);
      await expect(lastValueFrom(new Service().observable())).rejects.toBe(mistake);
      expect(calls).not.toHaveBeenCalled();
    },
  );

  it.each([5, '', {}, [['meta']], null])(
    'gives %o for a platform and is told so',
    async (given) => {
      class Service {
        @Retryable({ platform: () => given as string })
        async create(): Promise<void> {}
      }
      await expect(new Service().create()).rejects.toThrow(
        /^Expected `platform` to be a non-empty string, got .+ \(in @Retryable on Service\.create\)\.$/,
      );
    },
  );

  it.each([5, {}, new AbortController(), null])('gives %o for a signal', async (given) => {
    class Service {
      @Retryable({ signal: () => given as AbortSignal })
      async create(): Promise<void> {}
    }
    await expect(new Service().create()).rejects.toThrow(
      /^Expected `signal` to be an AbortSignal, got .+ \(in @Retryable on Service\.create\)\.$/,
    );
  });
});

describe('signal', () => {
  it('cancels the attempt of the call whose arguments gave it, and no other', async () => {
    class Service {
      @Retryable({ signal: (signal: AbortSignal) => signal })
      async create(_signal: AbortSignal): Promise<void> {
        await never();
      }
    }
    const [first, second] = [new AbortController(), new AbortController()];
    const failed = failureOf(new Service().create(first.signal));
    const other = failureOf(new Service().create(second.signal));
    const reason = new Error('gone');
    first.abort(reason);
    expect(await failed).toBe(reason);
    second.abort();
    expect(await other).toBe(second.signal.reason);
  });
});

describe('recover', () => {
  it('gives the result by a method’s name, also of a subclass, with the report at hand', async () => {
    class Service {
      @Retryable({ backoff: constant(0), maxRetries: 2, recover: 'cached' })
      async create(_name: string): Promise<string> {
        throw limited();
      }
      async cached(error: unknown, name: string): Promise<string> {
        return `${name} after ${retryReport(error)?.attempts}`;
      }
    }
    class Extended extends Service {
      override async cached(error: unknown, name: string): Promise<string> {
        return `extended ${await super.cached(error, name)}`;
      }
    }
    await expect(new Service().create('x')).resolves.toBe('x after 3');
    await expect(new Extended().create('x')).resolves.toBe('extended x after 3');
  });

  it.each([undefined, null, 0, '', false])('may give %o', async (value) => {
    class Service {
      @Retryable({ maxRetries: 0, recover: () => value })
      create(): Promise<unknown> {
        return rejectWith(limited());
      }
    }
    await expect(new Service().create()).resolves.toBe(value);
  });

  it('gives an Observable, a promise or a value to a method that returns an Observable', async () => {
    const results: unknown[] = [from([1, 2]), Promise.resolve(3), 4];
    class Service {
      @Retryable({ maxRetries: 0, recover: () => results.shift() })
      watch(): Observable<number> {
        return throwError(limited);
      }
    }
    const items = () => lastValueFrom(new Service().watch().pipe(toArray()));
    expect([await items(), await items(), await items()]).toEqual([[1, 2], [3], [4]]);
  });

  it('that fails fails the call with its own error', async () => {
    const own = new TokenExpiredError('meta');
    const recoveries = [
      () => {
        throw own;
      },
      () => rejectWith(own),
      () => throwError(() => own),
    ];
    for (const recover of recoveries) {
      class Service {
        @Retryable({ maxRetries: 0, recover })
        watch(): Observable<number> {
          return throwError(limited);
        }
      }
      await expect(lastValueFrom(new Service().watch())).rejects.toBe(own);
    }
    for (const recover of recoveries.slice(0, 2)) {
      class Service {
        @Retryable({ maxRetries: 0, recover })
        async create(): Promise<number> {
          throw limited();
        }
      }
      await expect(new Service().create()).rejects.toBe(own);
    }
  });

  it('is not asked where the call was cancelled, by the caller or by the method', async () => {
    const recover = vi.fn();
    const controller = new AbortController();
    class Service {
      @Retryable({ recover, signal: () => controller.signal })
      async byCaller(): Promise<void> {
        await never();
      }
      @Retryable({ recover })
      async byMethod(): Promise<void> {
        throw new OperationCancelledError();
      }
      @Retryable({ recover })
      async byFetch(): Promise<void> {
        await rejectWith(new DOMException('This operation was aborted', 'AbortError'));
      }
    }
    const failed = failureOf(new Service().byCaller());
    controller.abort();
    expect(await failed).toBe(controller.signal.reason);
    expect(await failureOf(new Service().byMethod())).toBeInstanceOf(OperationCancelledError);
    expect(await failureOf(new Service().byFetch())).toBeInstanceOf(OperationCancelledError);
    expect(recover).not.toHaveBeenCalled();
  });

  it('is asked after the last attempt only, with the classified error', async () => {
    const recover = vi.fn(() => 'recovered');
    const create = failing([limited()], 'done');
    class Service {
      @Retryable({ backoff: constant(0), recover })
      create(): Promise<string> {
        return create();
      }
      @Retryable({ recover, maxRetries: 0, timeout: 1, platform: 'meta' })
      hang(): Promise<string> {
        return never();
      }
    }
    await expect(new Service().create()).resolves.toBe('done');
    expect(recover).not.toHaveBeenCalled();
    await expect(new Service().hang()).resolves.toBe('recovered');
    expect(recover).toHaveBeenCalledExactlyOnceWith(expect.any(PlatformTimeoutError));
  });
});
