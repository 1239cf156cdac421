import { Body, Controller, Get, GoneException, Post, VersioningType } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { TokenExpiredError } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';

@Controller('campaigns')
class Campaigns {
  @Post()
  create(@Body() campaign: unknown) {
    return campaign;
  }

  @Get(':id')
  read() {
    throw new GoneException();
  }
}

onBothAdapters('errors that no handler of the application throws', (testCase, adapter) => {
  const start = () => testCase().controllers(Campaigns).start();

  it('an unknown route is a NOT_FOUND', async () => {
    const app = await start();
    const { status, body } = await app.get('/nowhere');
    expect(status).toBe(404);
    expect(body).toMatchObject({
      status: 'error',
      error: {
        code: '5000',
        type: 'NOT_FOUND',
        message: 'Cannot GET /nowhere',
        context: 'GET (no route)',
      },
      retry_allowed: false,
    });
  });

  it('an unknown route gives away no secret of its URL', async () => {
    const app = await start();
    const { text } = await app.get('/nowhere?access_token=EAAB9secret&user=anna');
    expect(text + app.lines.text).not.toContain('EAAB9secret');
  });

  it('malformed JSON is a VALIDATION_ERROR', async () => {
    const app = await start();
    const { status, body } = await app.post('/campaigns', '{"name": "x"');
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: '1001', type: 'VALIDATION_ERROR' });
  });

  it('a body that is too large keeps its 413', async () => {
    const app = await start();
    const { status, body } = await app.post('/campaigns', { text: 'x'.repeat(2 ** 21) });
    expect(status).toBe(413);
    expect(body.error).toMatchObject({ code: '1001', type: 'BAD_REQUEST' });
  });

  // Express hands the handler an empty body instead.
  if (adapter === 'fastify') {
    it('a body of an unknown type keeps its 415', async () => {
      const app = await start();
      const { status, body } = await app.post('/campaigns', '<a/>', { 'content-type': 'text/xml' });
      expect(status).toBe(415);
      expect(body.error).toMatchObject({ code: '1001', type: 'BAD_REQUEST' });
    });
  }

  it('the route in the context is its pattern, prefix and version included, never the URL', async () => {
    const app = await testCase()
      .controllers(Campaigns)
      .prepare((nest) => {
        nest.setGlobalPrefix('api');
        nest.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
      })
      .start();
    const { body } = await app.get('/api/v1/campaigns/17?token=x');
    expect(body.error.context).toBe('GET /api/v1/campaigns/:id');
  });

  it('what a middleware hands to next is answered like what a handler throws', async () => {
    const app = await testCase()
      .controllers(Campaigns)
      .prepare((nest) =>
        nest.use((request: IncomingMessage, _: ServerResponse, next: (error: unknown) => void) =>
          next(
            request.url === '/token' ? new TokenExpiredError('meta') : new Error('db at 10.0.0.1'),
          ),
        ),
      )
      .start();
    const known = await app.get('/token');
    expect(known.status).toBe(401);
    expect(known.body.error).toMatchObject({ type: 'TOKEN_EXPIRED', platform: 'meta' });
    const unknown = await app.get('/campaigns');
    expect(unknown.status).toBe(500);
    expect(unknown.body.error).toMatchObject({ code: '1000', type: 'UNKNOWN_ERROR' });
    expect(unknown.text).not.toContain('10.0.0.1');
  });
});
