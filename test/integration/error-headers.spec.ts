import { describe, expect, it } from 'vitest';
import {
  BudgetInsufficientError,
  PermissionDeniedError,
  RateLimitError,
  TokenExpiredError,
  TokenInvalidError,
} from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { failingRoute } from '../support/failing-route.js';
import {
  Controller,
  Get,
  Header,
  UnauthorizedException,
  type INestApplication,
} from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The entries of a list header, whatever the order and the spaces. */
function listed(value: string | null): string[] {
  return (value ?? '')
    .split(',')
    .map((item) => item.trim().toLowerCase())
    .toSorted();
}

onBothAdapters('the headers of an error', (testCase) => {
  const start = (thrown: () => unknown, prepare: (app: INestApplication) => unknown = () => null) =>
    testCase().controllers(failingRoute(thrown)).prepare(prepare).start();

  it('say that it is JSON, in which language, and that nobody may store it', async () => {
    const app = await start(() => new BudgetInsufficientError('meta'));
    const { headers, text } = await app.get('/fail');
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('vary')).toBe('Accept-Language');
    expect(headers.get('content-language')).toBe('zh-CN');
    expect(headers.get('retry-after')).toBeNull();
    expect(headers.get('www-authenticate')).toBeNull();
    expect(headers.get('etag')).toBeNull();
  });

  it('say nothing of the file that would have been', async () => {
    @Controller()
    class Reports {
      @Get('fail')
      @Header('Content-Type', 'text/csv')
      @Header('Content-Disposition', 'attachment; filename="report.csv"')
      @Header('Content-Encoding', 'gzip')
      @Header('ETag', '"report"')
      @Header('X-Report', 'kept')
      report(): never {
        throw new BudgetInsufficientError('meta');
      }
    }
    const app = await testCase().controllers(Reports).start();
    const { headers, body } = await app.get('/fail');
    expect(body.error.type).toBe('BUDGET_INSUFFICIENT');
    for (const name of ['content-disposition', 'content-encoding', 'etag']) {
      expect([name, headers.get(name)]).toEqual([name, null]);
    }
    expect(headers.get('x-report')).toBe('kept');
  });

  it.each([
    ['the stated wait, rounded up', new RateLimitError('meta', { retryAfter: 12.5 }), '13'],
    ['the advice where none was stated', new RateLimitError('meta'), '60'],
    ['no wait where it would not help', new BudgetInsufficientError('meta'), null],
  ])('Retry-After is %s', async (_, error, expected) => {
    const app = await start(() => error);
    const { headers, body } = await app.get('/fail');
    expect(headers.get('retry-after')).toBe(expected);
    expect(body.retry_after ?? null).toBe(expected === null ? null : Number(expected));
  });

  describe('WWW-Authenticate', () => {
    it.each([
      ['an expired token', new TokenExpiredError('meta')],
      ['an invalid token', new TokenInvalidError('meta')],
    ])('names the platform of %s, so that it is no end of a session', async (_, error) => {
      const app = await start(() => error);
      const { status, headers } = await app.get('/fail');
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toBe('Bearer realm="meta", error="invalid_token"');
    });

    it('takes nothing from a platform name that could end the header', async () => {
      const app = await start(() => new TokenExpiredError('me"ta\r\nx-evil: 1'));
      const { status, headers } = await app.get('/fail');
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toBe(
        'Bearer realm="me_ta_x-evil__1", error="invalid_token"',
      );
      expect(headers.get('x-evil')).toBeNull();
    });

    it.each([
      ['a denied permission', new PermissionDeniedError('meta')],
      ["the application's own 401", new UnauthorizedException()],
    ])('is not there for %s', async (_, error) => {
      const app = await start(() => error);
      const { headers } = await app.get('/fail');
      expect(headers.get('www-authenticate')).toBeNull();
    });

    it('is not there where the application answers with another status', async () => {
      const app = await testCase()
        .options({ errors: { httpStatus: { TOKEN_EXPIRED: 424, TOKEN_INVALID: 424 } } })
        .controllers(failingRoute(() => new TokenExpiredError('meta')))
        .start();
      const { status, headers, body } = await app.get('/fail');
      expect(status).toBe(424);
      expect(body.error.type).toBe('TOKEN_EXPIRED');
      expect(headers.get('www-authenticate')).toBeNull();
    });
  });

  describe('Vary', () => {
    const error = () => new BudgetInsufficientError('meta');

    it('keeps what CORS has put there', async () => {
      const app = await start(error, (nest) =>
        nest.enableCors({ origin: ['https://a.test', 'https://b.test'] }),
      );
      const { headers } = await app.get('/fail', { headers: { origin: 'https://b.test' } });
      expect(headers.get('access-control-allow-origin')).toBe('https://b.test');
      expect(listed(headers.get('vary'))).toEqual(['accept-language', 'origin']);
    });

    it.each([
      ['one', 'Origin', ['accept-language', 'origin']],
      [
        'a list of',
        ['Origin', 'Accept-Encoding'],
        ['accept-encoding', 'accept-language', 'origin'],
      ],
      ['our own', 'accept-language', ['accept-language']],
    ])('keeps %s that a middleware has put there', async (_, value, expected) => {
      const app = await start(error, (nest) =>
        nest.use((_request: IncomingMessage, response: ServerResponse, next: () => void) => {
          response.setHeader('Vary', value);
          next();
        }),
      );
      const { headers } = await app.get('/fail');
      expect(listed(headers.get('vary'))).toEqual(expected);
    });
  });
});
