import { ServiceUnavailableException } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  currentAttempt,
  PlatformServiceError,
  PlatformTimeoutError,
  Retryable,
  retryReport,
  retryWithBackoff,
  type RetryWithBackoffOptions,
} from '../../lib/index.js';
import { failing, failureOf, hangs, rejectWith } from '../support/calls.js';
import { watch } from '../support/outcomes.js';
import { failsLater, pass, stopTime } from '../support/time.js';

const open = () => new PlatformServiceError('meta');
const now = { backoff: constant(0) };
const request = vi.fn(() => rejectWith(open()));
const layer = (context: string, func: () => Promise<unknown>, options?: RetryWithBackoffOptions) =>
  retryWithBackoff(func, { ...now, context, ...options });

beforeEach(() => {
  request.mockClear();
});

describe('of several layers one retries', () => {
  class Base {
    @Retryable(now)
    async call(): Promise<void> {
      return request();
    }
  }

  class Sub extends Base {
    @Retryable(now)
    override async call(): Promise<void> {
      return super.call();
    }
  }

  @Retryable(now)
  class DecoratedBase {
    async call(): Promise<void> {
      return request();
    }
  }

  @Retryable(now)
  class DecoratedSub extends DecoratedBase {
    override async call(): Promise<void> {
      return super.call();
    }
  }

  @Retryable(now)
  class Twice {
    @Retryable()
    async call(): Promise<void> {
      return request();
    }
  }

  class Outer {
    private readonly inner = new Base();

    @Retryable(now)
    async call(): Promise<void> {
      return this.inner.call();
    }
  }

  it.each([
    ['service in service', () => new Outer().call()],
    ['class and method', () => new Twice().call()],
    ['super calls of methods', () => new Sub().call()],
    ['super calls of classes', () => new DecoratedSub().call()],
    [
      'an error around the inner one',
      () =>
        layer('outer', async () => {
          try {
            await layer('inner', request);
          } catch (cause) {
            throw new PlatformServiceError('meta', { cause });
          }
        }),
    ],
    [
      'an inner layer without retries',
      () => layer('outer', () => layer('inner', request, { maxRetries: 0 })),
    ],
  ])('where they are: %s', async (_, call) => {
    expect(await failureOf(call())).toBeInstanceOf(PlatformServiceError);
    expect(request).toHaveBeenCalledTimes(4);
  });

  it('which is the innermost', async () => {
    const error = await failureOf(layer('a', () => layer('b', () => layer('c', request))));
    expect(request).toHaveBeenCalledTimes(4);
    expect(retryReport(error)).toMatchObject({ context: 'c', gaveUp: 'exhausted' });
  });

  it('while calls beside each other or one after the other have their own retries', async () => {
    const first = failing([open(), open()], 'a');
    const outer = vi.fn(async () => {
      await layer('a', first);
      await layer('b', request);
    });
    const error = await failureOf(layer('outer', outer));
    expect(retryReport(error)?.context).toBe('b');
    expect(first).toHaveBeenCalledTimes(3);
    expect(request).toHaveBeenCalledTimes(4);
    expect(outer).toHaveBeenCalledTimes(1);
  });

  it('and a call beside the one that failed runs on', async () => {
    stopTime();
    const beside = failing([open(), open()], 'a');
    const outer = vi.fn(() =>
      Promise.all([retryWithBackoff(beside), retryWithBackoff(request, { maxRetries: 1 })]),
    );
    const call = watch(layer('outer', outer));
    await pass(60_000);
    expect(call.error).toBeInstanceOf(PlatformServiceError);
    expect(beside).toHaveBeenCalledTimes(3);
    expect(request).toHaveBeenCalledTimes(2);
    expect(outer).toHaveBeenCalledTimes(1);
  });
});

describe('an exception of Nest that an outer layer throws', () => {
  const unavailable = () => new ServiceUnavailableException('in our own words');

  it('is not retried where an inner layer has given up in the same attempt', async () => {
    const outer = layer('outer', () =>
      layer('inner', request).catch(() => rejectWith(unavailable())),
    );
    expect(retryReport(await failureOf(outer))).toMatchObject({
      context: 'outer',
      gaveUp: 'nested',
      retries: 0,
    });
    expect(request).toHaveBeenCalledTimes(4);
  });

  it('is retried where an inner layer had given up in an earlier attempt', async () => {
    const outer = layer('outer', async () => {
      if (currentAttempt()?.number === 1) {
        await failureOf(layer('inner', request));
        throw open();
      }
      await layer('inner', async () => 'well');
      throw unavailable();
    });
    expect(retryReport(await failureOf(outer))).toMatchObject({ gaveUp: 'exhausted', retries: 3 });
    expect(request).toHaveBeenCalledTimes(4);
  });
});

describe('the outer layer retries its own failure', () => {
  it('after an inner call that succeeded in a retry', async () => {
    let calls = 0;
    const inner = async () => {
      if (++calls % 2 === 1) throw open();
    };
    const outer = vi.fn(async () => {
      await layer('inner', inner);
      throw open();
    });
    await failureOf(layer('outer', outer));
    expect(outer).toHaveBeenCalledTimes(4);
  });

  it('after an inner failure that it has caught', async () => {
    const outer = vi.fn(async () => {
      await layer('inner', request, { maxRetries: 1 }).catch(() => undefined);
      throw new PlatformTimeoutError('tiktok');
    });
    await failureOf(layer('outer', outer));
    expect(outer).toHaveBeenCalledTimes(4);
    expect(request).toHaveBeenCalledTimes(8);
  });
});

describe('the limit of the outer layer', () => {
  it('holds for what comes after an inner call that has succeeded in a retry', async () => {
    stopTime();
    const call = watch(
      retryWithBackoff(
        async ({ signal }) => {
          await retryWithBackoff(failing([open(), open()], 'done'));
          await hangs(signal);
        },
        { timeout: 10_000, maxRetries: 0 },
      ),
    );
    await pass(60_000);
    expect(call.error).toMatchObject({ type: 'TIMEOUT' });
  });

  it('holds for the first attempt of an inner call', async () => {
    stopTime();
    const inner = vi.fn(({ signal }: { signal: AbortSignal }) => hangs(signal));
    const call = watch(
      retryWithBackoff(() => retryWithBackoff(inner, { timeout: 60_000 }), {
        timeout: 10_000,
        maxRetries: 0,
      }),
    );
    await pass(9999);
    expect(call.done).toBe(false);
    await pass(1);
    expect(call.done).toBe(true);
    await pass(100_000);
    expect(inner).toHaveBeenCalledTimes(1);
  });

  it('holds as totalTimeout whether or not an inner call retries', async () => {
    stopTime();
    const slow = vi.fn(() => failsLater(8000, open()));
    const call = watch(retryWithBackoff(() => retryWithBackoff(slow), { totalTimeout: 20_000 }));
    await pass(20_000);
    expect(call.done).toBe(true);
    const requests = slow.mock.calls.length;
    await pass(100_000);
    expect(slow).toHaveBeenCalledTimes(requests);
  });
});
