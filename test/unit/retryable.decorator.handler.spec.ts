import { Test } from '@nestjs/testing';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { defer, lastValueFrom, of, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  RateLimitError,
  Retryable,
  RetryableModule,
  type RetryableModuleOptions,
  RetryInterceptor,
  retryReport,
} from '../../lib/index.js';
import { failureOf, never } from '../support/calls.js';

const limited = () => new RateLimitError('meta');

/** Calls a message handler the way Nest does: through the interceptor that stands on it. */
async function asHandler(
  module: RetryableModuleOptions = {},
): Promise<(instance: object, name: string, ...args: unknown[]) => Promise<unknown>> {
  const moduleRef = await Test.createTestingModule({
    imports: [RetryableModule.forRoot(module)],
  })
    .setLogger({ log: () => {}, warn: () => {}, error: () => {} })
    .compile();
  const interceptor = moduleRef.get(RetryInterceptor, { strict: false });
  return (instance, name, ...args) => {
    const handler = Reflect.get(instance, name) as (...args: unknown[]) => Promise<unknown>;
    const context = new ExecutionContextHost(args, instance.constructor as never, handler);
    context.setType('rpc');
    const handle = () => defer(() => handler.apply(instance, args));
    return lastValueFrom(interceptor.intercept(context, { handle }));
  };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('a decorated handler', () => {
  it('runs four times for three retries, not sixteen, and is told the number of its run', async () => {
    const handle = await asHandler();
    const run = vi.fn();
    class Controller {
      @Retryable({ context: 'create' })
      async create(_id: string): Promise<void> {
        run();
        throw limited();
      }
    }
    const failed = failureOf(handle(new Controller(), 'create', 'x'));
    await vi.runAllTimersAsync();
    expect(run).toHaveBeenCalledTimes(4);
    expect(retryReport(await failed)).toMatchObject({
      context: 'create',
      attempts: 4,
      delays: [1000, 2000, 4000],
    });
  });

  it('is retried by itself where another method calls it', async () => {
    const run = vi.fn();
    class Controller {
      @Retryable({ maxRetries: 1 })
      async create(): Promise<void> {
        run();
        throw limited();
      }
      async createAll(): Promise<void> {
        await this.create();
      }
    }
    const failed = failureOf(new Controller().createAll());
    await vi.runAllTimersAsync();
    await failed;
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('retries a decorated handler that it calls itself under that one’s own policy', async () => {
    const handle = await asHandler();
    const run = vi.fn();
    class Controller {
      @Retryable({ maxRetries: 0 })
      async outer(): Promise<void> {
        await this.inner();
      }
      @Retryable({ maxRetries: 2 })
      async inner(): Promise<void> {
        run();
        throw limited();
      }
    }
    const failed = failureOf(handle(new Controller(), 'outer'));
    await vi.runAllTimersAsync();
    expect(retryReport(await failed)).toMatchObject({ context: 'Controller.inner', attempts: 3 });
    expect(run).toHaveBeenCalledTimes(3);
  });

  it('has its callbacks called with the instance and the arguments of the handler', async () => {
    const handle = await asHandler();
    const seen: unknown[] = [];
    class Controller {
      @Retryable({
        maxRetries: 1,
        platform(this: unknown, id: string) {
          seen.push(['platform', this, id]);
          return 'meta';
        },
        signal(this: unknown, id: string) {
          seen.push(['signal', this, id]);
          return undefined;
        },
        backoff(this: unknown) {
          seen.push(['backoff', this]);
          return 0;
        },
        recover(this: unknown, _error: unknown, id: string) {
          seen.push(['recover', this, id]);
          return of('recovered');
        },
      })
      create(_id: string) {
        return throwError(limited);
      }
    }
    const controller = new Controller();
    await expect(handle(controller, 'create', 'x')).resolves.toBe('recovered');
    const inEachAttempt = [
      ['platform', controller, 'x'],
      ['signal', controller, 'x'],
    ];
    expect(seen).toEqual([
      ...inEachAttempt,
      ['backoff', controller],
      ...inEachAttempt,
      ['recover', controller, 'x'],
    ]);
  });

  it('is cancelled by the signal that its arguments give', async () => {
    const handle = await asHandler();
    const controller = new AbortController();
    class Controller {
      @Retryable({ signal: (signal: AbortSignal) => signal })
      async create(_signal: AbortSignal): Promise<void> {
        await never();
      }
    }
    const failed = failureOf(handle(new Controller(), 'create', controller.signal));
    controller.abort(new Error('gone'));
    expect(await failed).toBe(controller.signal.reason);
  });

  it.each([
    [{ timeout: 5000, totalTimeout: 800 }, 'total-timeout', 800],
    [{ timeout: 200, maxRetries: 0 }, 'exhausted', 200],
    [{ totalTimeout: 800 }, 'total-timeout', 800],
  ])(
    'has the limits %o of the platform that its arguments name',
    async (meta, gaveUp, elapsedMs) => {
      const handle = await asHandler({ platforms: { meta } });
      class Controller {
        @Retryable({ platform: (name: string) => name })
        async create(_name: string): Promise<void> {
          await never();
        }
      }
      const failed = failureOf(handle(new Controller(), 'create', 'meta'));
      await vi.runAllTimersAsync();
      expect(retryReport(await failed)).toMatchObject({ gaveUp, elapsedMs });
    },
  );
});
