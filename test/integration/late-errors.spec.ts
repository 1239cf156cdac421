import { Controller, Get, Header, Res, Sse } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { ServerResponse } from 'node:http';
import { concat, of, throwError } from 'rxjs';
import { expect, it } from 'vitest';
import { RateLimitError, TokenExpiredError } from '../../lib/index.js';
import { onBothAdapters, TestCase } from '../support/app.js';
import { failingRoute } from '../support/failing-route.js';
import { moment } from '../support/time.js';

type Response = ServerResponse | { raw: ServerResponse };

function rawOf(response: Response): ServerResponse {
  return 'raw' in response ? response.raw : response;
}

/** The headers without those of the connection and the moment; the context names the method. */
function lasting(headers: Headers): Record<string, string> {
  const others = ['connection', 'keep-alive', 'date', 'content-length'];
  return Object.fromEntries([...headers].filter(([name]) => !others.includes(name)));
}

@Controller()
class Streams {
  @Get('written')
  writeThenFail(@Res() response: Response) {
    rawOf(response).write('partial');
    throw new RateLimitError('meta');
  }

  @Get('ended')
  endThenFail(@Res() response: Response) {
    rawOf(response).end('complete');
    throw new RateLimitError('meta');
  }

  @Get('prepared')
  @Header('Content-Type', 'text/csv')
  @Header('Content-Length', '3')
  @Header('Cache-Control', 'public, max-age=3600')
  prepareThenFail() {
    throw new RateLimitError('meta');
  }

  @Sse('no-event')
  failAtOnce() {
    return throwError(() => new RateLimitError('meta', { retryAfter: 9 }));
  }

  @Sse('one-event')
  failAfterAnEvent() {
    return concat(
      of({ data: 'one' }),
      throwError(() => new RateLimitError('meta')),
    );
  }
}

onBothAdapters('an error when the answer has begun', (testCase) => {
  const start = () => testCase().controllers(Streams).start();

  it.each([
    ['/written', 'partial'],
    ['/ended', 'complete'],
  ])('adds nothing to it: %s', async (path, text) => {
    const app = await start();
    const reply = await app.get(path);
    expect(reply.status).toBe(200);
    expect(reply.text).toBe(text);
    expect(app.lines.only('operation_error')).toMatchObject({ type: 'API_RATE_LIMIT' });
  });

  it('replaces the headers of the answer that was only prepared', async () => {
    const app = await start();
    const { status, headers, body } = await app.get('/prepared');
    expect(status).toBe(429);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body.error.type).toBe('API_RATE_LIMIT');
  });

  it('is answered with JSON where an event stream has sent no event', async () => {
    const app = await start();
    const { status, headers, body } = await app.get('/no-event', {
      headers: { accept: 'text/event-stream' },
    });
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toBe('9');
    expect(body.error.type).toBe('API_RATE_LIMIT');
  });

  it('ends an event stream that has sent an event by one with the JSON', async () => {
    const app = await start();
    const { status, text } = await app.get('/one-event');
    expect(status).toBe(200);
    expect(text).toContain('data: one');
    expect(text).toMatch(/event: error\n(.+\n)*data: \{"status":"error",.*"API_RATE_LIMIT"/);
  });
});

it("an error when the answer has begun adds nothing to it where Nest 11's adapter of Fastify sees none", async () => {
  class Unseeing extends FastifyAdapter {
    override isHeadersSent = () => false;
  }
  const app = await new TestCase('fastify').on(new Unseeing()).controllers(Streams).start();
  expect((await app.get('/written')).text).toBe('partial');
});

onBothAdapters('HEAD', (testCase) => {
  it('gets the headers of the error and no body', async () => {
    const app = await testCase()
      .controllers(failingRoute(() => new TokenExpiredError('meta')))
      .start();
    const head = await app.get('/fail', { method: 'HEAD' });
    const get = await app.get('/fail');
    expect(head.text).toBe('');
    expect(head.status).toBe(get.status);
    expect(lasting(head.headers)).toEqual(lasting(get.headers));
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0);
  });
});

onBothAdapters('an error for a client that has gone', (testCase) => {
  it('is logged, and the server goes on', async () => {
    const entered = moment();
    const gone = moment();
    @Controller()
    class Slow {
      @Get('slow')
      async fail(@Res({ passthrough: true }) response: Response) {
        rawOf(response).once('close', () => gone.reach());
        entered.reach();
        await gone.reached;
        throw new RateLimitError('meta');
      }

      @Get('fine')
      fine() {
        return 'fine';
      }
    }
    const app = await testCase().controllers(Slow).start();
    const request = app.open('/slow');
    await entered.reached;
    request.destroy();
    await app.lines.until('operation_error');
    expect(app.lines.only('operation_error')).toMatchObject({ type: 'API_RATE_LIMIT' });
    expect((await app.get('/fine')).text).toBe('fine');
  });
});
