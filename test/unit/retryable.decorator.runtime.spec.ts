import {
  Injectable,
  Module,
  Scope,
  type INestApplicationContext,
  type LoggerService,
  type Type,
} from '@nestjs/common';
import { ContextIdFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { lastValueFrom, throwError } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  RateLimitError,
  Retryable,
  RetryableModule,
  retryReport,
  RetryStrategy,
  retryWithBackoff,
  retryWithBackoff$,
  TimeoutConfig,
} from '../../lib/index.js';
import { failureOf, turnEnd } from '../support/calls.js';

const applications: INestApplicationContext[] = [];
const silent: LoggerService = { log: () => {}, warn: () => {}, error: () => {} };

/** An application in which a call is retried that many times. */
async function application(maxRetries: number, ...providers: Type[]) {
  const retry = { maxRetries, backoff: () => 0 };
  const moduleRef = await Test.createTestingModule({
    imports: [RetryableModule.forRoot({ retry })],
    providers,
  })
    .setLogger(silent)
    .compile();
  await moduleRef.init();
  applications.push(moduleRef);
  return moduleRef;
}

afterEach(async () => {
  await Promise.all(applications.splice(0).map((each) => each.close()));
  vi.useRealTimers();
});

class Service {
  @Retryable()
  async create(): Promise<void> {
    throw new RateLimitError('meta');
  }
}

const retriesOf = async (call: Promise<unknown>) => retryReport(await failureOf(call))?.retries;

describe('the runtime that Nest injects', () => {
  it('is the one of the application that built the instance', async () => {
    @Injectable()
    class Provider extends Service {}
    const [one, two] = [await application(1, Provider), await application(2, Provider)];
    expect(await retriesOf(one.get(Provider).create())).toBe(1);
    expect(await retriesOf(two.get(Provider).create())).toBe(2);
  });

  it('serves request-scoped and transient instances too', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class OfRequest extends Service {}
    @Injectable({ scope: Scope.TRANSIENT })
    class Transient extends Service {}
    const app = await application(1, OfRequest, Transient);
    await application(2);
    const ofRequest = await app.resolve(OfRequest, ContextIdFactory.create());
    expect(await retriesOf(ofRequest.create())).toBe(1);
    expect(await retriesOf((await app.resolve(Transient)).create())).toBe(1);
  });

  it('serves a subclass with decorated methods of its own', async () => {
    @Injectable()
    class Extended extends Service {
      @Retryable()
      async remove(): Promise<void> {
        throw new RateLimitError('meta');
      }
    }
    const app = await application(1, Extended);
    await application(2);
    expect(await retriesOf(app.get(Extended).create())).toBe(1);
    expect(await retriesOf(app.get(Extended).remove())).toBe(1);
  });

  it('is not asked for where the module is absent: the application starts all the same', async () => {
    @Injectable()
    class Provider extends Service {}
    const moduleRef = await Test.createTestingModule({ providers: [Provider] }).compile();
    expect(moduleRef.get(Provider)).toBeInstanceOf(Provider);
    await moduleRef.close();
  });

  it('cannot be seen in what an instance shows of itself', async () => {
    @Injectable()
    class Provider extends Service {}
    const provider = (await application(1, Provider)).get(Provider);
    expect(Object.keys(provider)).toEqual([]);
    expect(JSON.stringify(provider)).toBe('{}');
  });
});

describe('without an injected runtime', () => {
  it('the only application that is alive serves an instance made with `new`', async () => {
    await application(1);
    expect(await retriesOf(new Service().create())).toBe(1);
    expect(await retriesOf(retryWithBackoff(() => new Service().create()))).toBe(1);
    const source = throwError(() => new RateLimitError()).pipe(retryWithBackoff$());
    expect(await retriesOf(lastValueFrom(source))).toBe(1);
  });

  it('the defaults serve where no application is alive, none of those that were closed', async () => {
    const closed = await application(1);
    await closed.close();
    vi.useFakeTimers();
    const retries = retriesOf(new Service().create());
    await vi.runAllTimersAsync();
    expect(await retries).toBe(3);
  });

  it('a call with wrong options is refused where several are alive too', async () => {
    await application(1);
    await application(2);
    const error = await failureOf(retryWithBackoff(async () => 'no', null as unknown as object));
    expect((error as Error).message).toContain('Expected the options to be an object, got null');
  });

  it('the defaults serve where several are alive, with one warning that names the method', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    await application(1);
    await application(2);
    class Ambiguous extends Service {
      @Retryable()
      override async create(): Promise<void> {
        throw new RateLimitError('meta');
      }
    }
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    for (const instance of [new Ambiguous(), new Ambiguous()]) {
      const retries = retriesOf(instance.create());
      await vi.runAllTimersAsync();
      expect(await retries).toBe(3);
    }
    vi.useRealTimers();
    await turnEnd();
    process.off('warning', listen);
    expect(warnings.map(({ message }) => message)).toEqual([
      'Ambiguous.create was not created by Nest and several applications are alive: it runs with the default retry options.',
    ]);
  });
});

describe('RetryStrategy and TimeoutConfig', () => {
  it('have the configuration of their application', async () => {
    @Module({
      imports: [
        RetryableModule.forRoot({
          retry: { maxRetries: 0 },
          platforms: { meta: { maxRetries: 1, backoff: () => 0 } },
          timeouts: { api_call: 5_000, reporting: 60_000 },
        }),
      ],
    })
    class AppModule {}
    const app = await Test.createTestingModule({ imports: [AppModule] })
      .setLogger(silent)
      .compile();
    await app.init();
    applications.push(app);
    await application(5);
    const strategy = app.get(RetryStrategy, { strict: false });
    const fail = async () => {
      throw new RateLimitError('meta');
    };
    expect(await retriesOf(strategy.retryWithBackoff(fail))).toBe(0);
    expect(await retriesOf(strategy.retryWithBackoff(fail, { platform: 'meta' }))).toBe(1);
    const limits = app.get(TimeoutConfig, { strict: false });
    expect(
      ['api_call', 'reporting', 'mcp_call', 'unheard_of', undefined].map((operation) =>
        limits.getTimeout(operation),
      ),
    ).toEqual([5_000, 60_000, 30_000, 30_000, 30_000]);
  });
});
