import { Controller, Get, RequestMethod } from '@nestjs/common';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import { expect, it } from 'vitest';
import { constant, PlatformServiceError, Retryable, RetryableModule } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { rejectWith } from '../support/calls.js';

let text = '';
const stream = {
  write: (line: string) => {
    text += line;
  },
};

const EVENTS = ['retry_attempt_failed', 'retry_scheduled', 'retry_exhausted', 'operation_error'];

@Controller()
class Campaigns {
  constructor(private readonly pino: PinoLogger) {}

  @Get('campaigns/:id')
  @Retryable({ maxRetries: 1, backoff: constant(0) })
  create() {
    this.pino.assign({ tenant: 'blue' });
    return rejectWith(new PlatformServiceError('meta'));
  }
}

function ourLines(): Record<string, unknown>[] {
  const lines = text.trim().split('\n');
  return lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => EVENTS.includes(String(msg)));
}

// nestjs-pino keeps the options it was first given, hence a file of its own.
onBothAdapters('what a client sends', (testCase) => {
  it('is in no line of ours, with all that nestjs-pino does by default', async () => {
    text = '';
    const logger = LoggerModule.forRoot({
      pinoHttp: [{}, stream],
      // The default route matches no path on Fastify.
      forRoutes: [{ path: '/{*splat}', method: RequestMethod.ALL }],
    });
    const app = await testCase()
      .register(undefined)
      .modules(logger, RetryableModule.forRoot())
      .controllers(Campaigns)
      .start();
    const headers = {
      authorization: 'Bearer SECRET',
      cookie: 'sid=SECRET',
      'x-api-key': 'SECRET',
    };
    const { body } = await app.get('/campaigns/17?access_token=SECRET', { headers });
    expect(body.error.type).toBe('PLATFORM_SERVICE_ERROR');
    const lines = ourLines();
    expect(new Set(lines.map(({ msg }) => msg))).toEqual(new Set(EVENTS));
    for (const { req, tenant } of lines) {
      expect(req).toEqual({ id: expect.anything(), method: 'GET', url: '/campaigns/17' });
      expect(String((req as { id: unknown }).id)).toBe(body.error.request_id);
      expect(tenant).toBe('blue');
    }
    expect(JSON.stringify(lines)).not.toContain('SECRET');
  });
});
