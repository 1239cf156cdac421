import { from, lastValueFrom, Observable, throwError, toArray } from 'rxjs';
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
