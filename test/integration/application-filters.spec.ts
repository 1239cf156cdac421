import {
  Catch,
  Controller,
  Get,
  HttpException,
  Inject,
  NotFoundException,
  UseFilters,
  type ArgumentsHost,
  type ExceptionFilter,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { expect, it } from 'vitest';
import {
  constant,
  createErrorResponse,
  RateLimitError,
  Retryable,
  RetryableModule,
  retryReport,
  ServiceError,
} from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { rejectWith } from '../support/calls.js';
import { failingRoute } from '../support/failing-route.js';

/** A filter of the application that answers with its own name. */
abstract class OwnFilter implements ExceptionFilter {
  constructor(@Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost) {}

  catch(_: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    httpAdapter.reply(host.switchToHttp().getResponse(), { by: this.constructor.name }, 418);
  }
}

@Catch()
class CatchAll extends OwnFilter {}

@Catch(HttpException)
class CatchHttp extends OwnFilter {}

@Catch(ServiceError)
class CatchService implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: ServiceError, host: ArgumentsHost): void {
    const body = { report: retryReport(error), json: createErrorResponse({ error }) };
    this.adapterHost.httpAdapter.reply(host.switchToHttp().getResponse(), body, 418);
  }
}

@Controller()
class Retried {
  @Get('fail')
  @Retryable({ context: 'read', platform: 'meta', maxRetries: 2, backoff: constant(0) })
  fail() {
    return rejectWith(new RateLimitError('meta'));
  }
}

@Controller()
@UseFilters(CatchAll)
class WithOwnFilter {
  @Get('fail')
  fail() {
    throw new RateLimitError();
  }
}

const rateLimit = failingRoute(() => new RateLimitError('meta'));
const notFound = failingRoute(() => new NotFoundException('No campaign 17'));

onBothAdapters('the filters of an application', (testCase) => {
  const byAppFilter = (filter: Type, controller: Type) =>
    testCase().providers({ provide: APP_FILTER, useClass: filter }).controllers(controller).start();

  it('win where AppModule provides them', async () => {
    const app = await byAppFilter(CatchAll, rateLimit);
    expect((await app.get('/fail')).body).toEqual({ by: 'CatchAll' });
    expect((await app.get('/nowhere')).body).toEqual({ by: 'CatchAll' });
  });

  it('win for what they catch and leave the rest to ours', async () => {
    const app = await byAppFilter(CatchHttp, notFound);
    expect((await app.get('/fail')).body).toEqual({ by: 'CatchHttp' });
    expect((await app.get('/nowhere')).body).toEqual({ by: 'CatchHttp' });
    const other = await byAppFilter(CatchHttp, rateLimit);
    expect((await other.get('/fail')).body).toMatchObject({ error: { type: 'API_RATE_LIMIT' } });
  });

  it.each([
    ['a catch-all', CatchAll, rateLimit],
    ['one for HttpException alone', CatchHttp, notFound],
  ])('win with useGlobalFilters: %s', async (_, filter, controller) => {
    const app = await testCase()
      .controllers(controller)
      .prepare((nest) => nest.useGlobalFilters(new filter(nest.get(HttpAdapterHost))))
      .start();
    expect((await app.get('/fail')).body).toEqual({ by: filter.name });
  });

  it('win with UseFilters', async () => {
    const app = await testCase().controllers(WithOwnFilter).start();
    expect((await app.get('/fail')).body).toEqual({ by: 'CatchAll' });
    expect((await app.get('/nowhere')).body).toMatchObject({ error: { type: 'NOT_FOUND' } });
  });

  it('can ask the error what happened on the way, and for the standard JSON', async () => {
    const app = await byAppFilter(CatchService, Retried);
    expect((await app.get('/fail')).body).toMatchObject({
      report: {
        context: 'read',
        platform: 'meta',
        attempts: 3,
        retries: 2,
        delays: [0, 0],
        gaveUp: 'exhausted',
        abandoned: 0,
        errors: [{ type: 'API_RATE_LIMIT' }, {}, {}],
      },
      json: { error: { context: 'read', platform: 'meta' }, retry_allowed: false },
    });
  });

  it('win wherever the module stands among the imports', async () => {
    class FeatureModule {}
    const app = await testCase()
      .register(undefined)
      .modules(
        { module: FeatureModule, providers: [{ provide: APP_FILTER, useClass: CatchAll }] },
        RetryableModule.forRoot(),
      )
      .controllers(rateLimit)
      .start();
    expect((await app.get('/fail')).body).toEqual({ by: 'CatchAll' });
  });
});
