import { lastValueFrom, Observable, of } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { RateLimitError, Retryable, retryReport } from '../../lib/index.js';
import { failureOf, never, rejectWith } from '../support/calls.js';

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
