import { HttpException, ServiceUnavailableException } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { expect, it } from 'vitest';
import { RateLimitError, TokenExpiredError } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { failingRoute } from '../support/failing-route.js';

interface Response {
  header(name: string, value: unknown): void;
}

onBothAdapters('a Retry-After that the application has set itself', (testCase) => {
  // As a throttling guard does: it states the wait and throws.
  const refuse = async (retryAfter: unknown, error: Error) => {
    const canActivate = (context: ExecutionContext) => {
      context.switchToHttp().getResponse<Response>().header('Retry-After', retryAfter);
      throw error;
    };
    const app = await testCase()
      .controllers(failingRoute(() => 'never reached'))
      .prepare((nest) => nest.useGlobalGuards({ canActivate }))
      .start();
    const { headers, body } = await app.get('/fail');
    return { header: headers.get('retry-after'), body };
  };

  it.each(['17', 17])('is told in the JSON too: %o', async (retryAfter) => {
    const { header, body } = await refuse(retryAfter, new HttpException('Too many', 429));
    expect(header).toBe('17');
    expect(body).toMatchObject({ retry_after: 17, error: { details: { retry_after: 17 } } });
  });

  it('counts for an error without an advice', async () => {
    const { header, body } = await refuse('17', new ServiceUnavailableException());
    expect(header).toBe('17');
    expect(body.retry_after).toBe(17);
  });

  it.each([
    ['the error states a wait itself', '17', new RateLimitError('meta', { retryAfter: 40 }), 40],
    ['nobody can read it', 'soon', new RateLimitError('meta'), 60],
  ])('does not count where %s', async (_, retryAfter, error, expected) => {
    const { header, body } = await refuse(retryAfter, error);
    expect(header).toBe(String(expected));
    expect(body.retry_after).toBe(expected);
  });

  it('is left alone where coming back does not help', async () => {
    const { header, body } = await refuse('17', new TokenExpiredError('meta'));
    expect(header).toBe('17');
    expect(body).not.toHaveProperty('retry_after');
  });
});
