import { RequestMethod } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { expect, it } from 'vitest';
import { PlatformServiceError, RetryableModule } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { failingRoute } from '../support/failing-route.js';

let text = '';
const stream = {
  write: (line: string) => {
    text += line;
  },
};

// nestjs-pino keeps the options it was first given, hence a file of its own.
onBothAdapters('what a client sends', (testCase) => {
  it('is in no line where pino-http is told to write method and path alone', async () => {
    text = '';
    const logger = LoggerModule.forRoot({
      pinoHttp: [
        {
          serializers: {
            req: ({ id, method, url }: { id: unknown; method: string; url: string }) => ({
              id,
              method,
              path: url.split('?')[0],
            }),
            res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
          },
        },
        stream,
      ],
      forRoutes: [{ path: '/{*splat}', method: RequestMethod.ALL }],
    });
    const app = await testCase()
      .register(undefined)
      .modules(logger, RetryableModule.forRoot())
      .controllers(failingRoute(() => new PlatformServiceError('meta')))
      .start();
    const headers = {
      authorization: 'Bearer SECRET',
      cookie: 'sid=SECRET',
      'x-api-key': 'SECRET',
    };
    const { body } = await app.get('/fail?access_token=SECRET', { headers });
    expect(body.error.type).toBe('PLATFORM_SERVICE_ERROR');
    expect(text).toContain('operation_error');
    expect(text).toContain(body.error.request_id);
    expect(text).not.toContain('SECRET');
  });
});
