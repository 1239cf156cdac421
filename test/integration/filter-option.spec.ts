import {
  Catch,
  NotFoundException,
  UseFilters,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { ErrorResponseFilter, RateLimitError } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { failingRoute } from '../support/failing-route.js';

@Catch(NotFoundException)
class NotFoundFilter implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(_: NotFoundException, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<unknown>();
    this.adapterHost.httpAdapter.reply(response, { by: 'NotFoundFilter' }, 404);
  }
}

const rateLimit = failingRoute(() => new RateLimitError('meta'));
const notFound = failingRoute(() => new NotFoundException('No campaign 17'));
const mistake = failingRoute(() => new TypeError('x is not a function'));

onBothAdapters('the filter of the module', (testCase) => {
  describe('with filter: false', () => {
    it('answers nothing', async () => {
      const app = await testCase().options({ filter: false }).controllers(notFound).start();
      expect((await app.get('/fail')).body).toEqual({
        statusCode: 404,
        error: 'Not Found',
        message: 'No campaign 17',
      });
    });

    it('can be registered by hand, before a filter of the application', async () => {
      const app = await testCase()
        .options({ filter: false })
        .providers(
          { provide: APP_FILTER, useExisting: ErrorResponseFilter },
          { provide: APP_FILTER, useClass: NotFoundFilter },
        )
        .controllers(rateLimit)
        .start();
      expect((await app.get('/fail')).body).toMatchObject({ error: { type: 'API_RATE_LIMIT' } });
      expect((await app.get('/nowhere')).body).toEqual({ by: 'NotFoundFilter' });
    });

    it('can be set with useGlobalFilters', async () => {
      const app = await testCase()
        .options({ filter: false })
        .controllers(rateLimit)
        .prepare((nest) => nest.useGlobalFilters(nest.get(ErrorResponseFilter)))
        .start();
      expect((await app.get('/fail')).body).toMatchObject({ error: { type: 'API_RATE_LIMIT' } });
    });

    it('can be put on a single controller', async () => {
      const controller = failingRoute(() => new RateLimitError('meta'));
      UseFilters(ErrorResponseFilter)(controller);
      const app = await testCase().options({ filter: false }).controllers(controller).start();
      expect((await app.get('/fail')).body).toMatchObject({ error: { type: 'API_RATE_LIMIT' } });
      expect((await app.get('/nowhere')).body).toMatchObject({ statusCode: 404 });
    });
  });

  describe("with filter: 'service-errors'", () => {
    it.each([
      ['an HttpException', notFound, 404],
      ['a mistake', mistake, 500],
    ])('leaves %s to Nest', async (_, controller, statusCode) => {
      const app = await testCase()
        .options({ filter: 'service-errors' })
        .controllers(controller)
        .start();
      const { status, body } = await app.get('/fail');
      expect(status).toBe(statusCode);
      expect(body).toMatchObject({ statusCode });
      expect(body).not.toHaveProperty('error.type');
    });

    it('answers the errors of this package', async () => {
      const app = await testCase()
        .options({ filter: 'service-errors' })
        .controllers(rateLimit)
        .start();
      expect((await app.get('/fail')).body).toMatchObject({ error: { type: 'API_RATE_LIMIT' } });
    });
  });
});
