import { createRequire } from 'node:module';
import { Controller, Get, Injectable, UseInterceptors, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import * as imported from 'nestjs-retryable';
import { afterEach, describe, expect, it } from 'vitest';
import { failureOf } from '../support/calls.js';
import { partsOf } from '../support/log-lines.js';

type Package = typeof imported;
const required = createRequire(import.meta.url)('nestjs-retryable') as Package;

const noWait = { backoff: imported.constant(0) };

/** One error of each class of a copy. */
function errorsOf(api: Package): imported.ServiceError[] {
  return [
    new api.ServiceError('LEDGER_CLOSED'),
    new api.AdPlatformError('meta'),
    new api.TokenExpiredError('meta'),
    new api.TokenInvalidError('meta'),
    new api.PermissionDeniedError('meta'),
    new api.RateLimitError('meta'),
    new api.PlatformServiceError('meta'),
    new api.PlatformTimeoutError('meta'),
    new api.BudgetInsufficientError('meta'),
    new api.CreativeRejectedError('meta', { reason: 'text' }),
    new api.McpConnectionError(),
    new api.McpTimeoutError(),
    new api.McpToolError(),
    new api.InsufficientCreditsError({}),
    new api.AiModelError(),
    new api.AiModelTimeoutError(),
    new api.AiModelQuotaError({}),
    new api.ConnectionFailedError(),
    new api.OperationTimeoutError(),
    new api.ServiceUnavailableError(),
    new api.ValidationError({}),
    new api.OperationCancelledError(),
  ];
}

/** The names of a copy's error classes that a value is an instance of. */
function classNames(api: Package, value: unknown): string[] {
  return errorsOf(api)
    .map(({ constructor }) => constructor)
    .filter((errorClass) => value instanceof errorClass)
    .map(({ name }) => name);
}

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Starts an application with the module of a copy, and returns where it listens and its events. */
async function start(
  api: Package,
  controllers: (new (...args: never[]) => object)[],
  providers = controllers,
) {
  const events: string[] = [];
  const record = (text: unknown, ...rest: unknown[]) =>
    void events.push(partsOf(String(text), rest).event);
  const logger: LoggerService = { log: record, warn: record, error: record };
  class AppModule {}
  const app = await NestFactory.create(
    {
      module: AppModule,
      imports: [api.RetryableModule.forRoot({ retry: { maxRetries: 1, ...noWait } })],
      controllers,
      providers,
    },
    { logger },
  );
  closing.push(() => app.close());
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl(), events };
}

it('import and require give two copies of the package', () => {
  expect(imported.ServiceError).not.toBe(required.ServiceError);
  expect(imported.RetryableModule).not.toBe(required.RetryableModule);
});

describe.each([
  ['require', 'import', required, imported],
  ['import', 'require', imported, required],
] as const)('what comes from the copy of %s is known to that of %s', (_from, _to, theirs, ours) => {
  it('as an error of the same classes and no others', () => {
    for (const error of errorsOf(theirs)) {
      expect(classNames(ours, error)).toEqual(classNames(theirs, error));
      expect(ours.isServiceError(error)).toBe(true);
      expect(ours.classifyError(error)).toBe(error);
    }
  });

  it('as an error class to retry on', async () => {
    let calls = 0;
    const call = ours.retryWithBackoff(
      () => {
        if (++calls === 1) throw new ours.TokenExpiredError('meta');
        return calls;
      },
      { ...noWait, retryOn: [theirs.TokenExpiredError] },
    );
    expect(await call).toBe(2);
  });

  it('as the attempt that the code runs in', async () => {
    const seen = await theirs.retryWithBackoff(async (attempt) => {
      await Promise.resolve();
      return ours.currentAttempt() === attempt;
    });
    expect(seen).toBe(true);
  });

  it('as the report and the response of an error', async () => {
    const fail = () => Promise.reject(new theirs.RateLimitError('meta'));
    const options = { ...noWait, maxRetries: 2, context: 'list' };
    const error = await failureOf(theirs.retryWithBackoff(fail, options));
    expect(ours.retryReport(error)).toBe(theirs.retryReport(error));
    expect(ours.retryReport(error)).toMatchObject({ context: 'list', retries: 2 });
    const response = ours.createErrorResponse({ error });
    expect(response).toMatchObject({ error: { context: 'list' }, retry_allowed: false });
  });

  it('as the only application alive in the process', async () => {
    await start(theirs, []);
    const fail = () => Promise.reject(new ours.RateLimitError('meta'));
    const error = await failureOf(ours.retryWithBackoff(fail));
    expect(ours.retryReport(error)?.maxRetries).toBe(1);
  });

  it('as the module of a decorated service, whose failure it answers and logs once', async () => {
    @Injectable()
    class Service {
      calls = 0;

      @ours.Retryable({ context: 'create', platform: 'meta', ...noWait })
      async create(): Promise<string> {
        this.calls++;
        return Promise.reject(new ours.RateLimitError());
      }
    }
    @Controller()
    class Routes {
      constructor(private readonly service: Service) {}

      @Get()
      create(): Promise<string> {
        return this.service.create();
      }
    }
    await start(theirs, []); // so that which module it is can only be known by injection
    const { app, url, events } = await start(theirs, [Routes], [Service]);
    const response = await fetch(url);
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({
      error: { type: 'API_RATE_LIMIT', context: 'create', platform: 'meta' },
      retry_allowed: false,
    });
    expect(app.get(Service).calls).toBe(2);
    expect(events.filter((event) => event === 'operation_error')).toHaveLength(1);
  });

  it('as the interceptor around a decorated handler, which runs no more often for it', async () => {
    let calls = 0;
    @Controller()
    class Routes {
      @ours.Retryable()
      @UseInterceptors(theirs.RetryInterceptor)
      @Get()
      async list(): Promise<string> {
        calls++;
        return Promise.reject(new ours.RateLimitError());
      }
    }
    const { url } = await start(theirs, [Routes], []);
    expect((await fetch(url)).status).toBe(429);
    expect(calls).toBe(2);
  });

  it('as the call around a failed call, which is logged once', async () => {
    const { events } = await start(theirs, []);
    const inner = () =>
      ours.retryWithBackoff(() => Promise.reject(new ours.TokenExpiredError('meta')));
    await failureOf(theirs.retryWithBackoff(inner));
    expect(events.filter((event) => event === 'operation_error')).toHaveLength(1);
  });
});
