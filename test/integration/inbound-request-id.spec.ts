import { RequestMethod } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { LoggerModule } from 'nestjs-pino';
import { expect, it } from 'vitest';
import { RetryableModule } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import type { LogLine } from '../support/log-lines.js';

const HEADER = 'x-request-id';

let lines: LogLine[] = [];
const stream = {
  write: (line: string) => {
    lines.push(JSON.parse(line) as LogLine);
  },
};

// nestjs-pino keeps the options it was first given, hence a file of its own.
onBothAdapters('an inbound request id', (testCase, adapter) => {
  it('is in the log and in the JSON where the application says that it is to be used', async () => {
    lines = [];
    const logger = LoggerModule.forRoot({
      pinoHttp: [{ genReqId: ({ headers }) => headers[HEADER] ?? 'none' }, stream],
      forRoutes: [{ path: '/{*splat}', method: RequestMethod.ALL }],
    });
    // Fastify has numbered the request before pino-http sees it.
    const server =
      adapter === 'express'
        ? new ExpressAdapter()
        : new FastifyAdapter({ requestIdHeader: HEADER });
    const app = await testCase()
      .on(server)
      .register(undefined)
      .modules(logger, RetryableModule.forRoot())
      .start();
    const { body } = await app.get('/nowhere', { headers: { [HEADER]: 'edge-17' } });
    expect(body.error.request_id).toBe('edge-17');
    expect(lines.find(({ msg }) => msg === 'operation_error')).toMatchObject({
      req: { id: 'edge-17' },
    });
  });
});
