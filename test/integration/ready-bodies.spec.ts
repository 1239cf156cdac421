import { BadRequestException, HttpException, ServiceUnavailableException } from '@nestjs/common';
import { expect, it } from 'vitest';
import { createErrorResponse, RateLimitError } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { failingRoute } from '../support/failing-route.js';

/** What @nestjs/terminus puts into its ServiceUnavailableException. */
const unhealthy = {
  status: 'error',
  info: { db: { status: 'up' } },
  error: { queue: { status: 'down', message: 'timeout' } },
  details: { db: { status: 'up' }, queue: { status: 'down', message: 'timeout' } },
};

onBothAdapters('a body that the application has made itself', (testCase) => {
  const answerTo = async (thrown: unknown) => {
    const app = await testCase()
      .controllers(failingRoute(() => thrown))
      .start();
    return app.get('/fail');
  };

  it.each([
    ['a health result', unhealthy],
    ['a health result while shutting down', { ...unhealthy, status: 'shutting_down' }],
  ])('reaches the client untouched: %s', async (_, body) => {
    const reply = await answerTo(new ServiceUnavailableException(body));
    expect(reply.status).toBe(503);
    expect(reply.body).toEqual(body);
  });

  it('reaches the client untouched where it is the standard JSON already', async () => {
    const body = createErrorResponse({
      error: new RateLimitError('meta', { retryAfter: 7 }),
      context: 'create_campaign',
      locale: 'en',
    });
    const reply = await answerTo(new HttpException(body, 503));
    expect(reply.status).toBe(503);
    expect(reply.body).toEqual(body);
  });

  it.each([
    ['a field named status', { status: 'error', message: 'Taken' }],
    ['half of a health result', { status: 'error', error: {}, message: 'Taken' }],
    ['half of the standard JSON', { status: 'error', error: { code: '1' }, message: 'Taken' }],
  ])('is answered as any exception where it only looks similar: %s', async (_, body) => {
    const reply = await answerTo(new BadRequestException(body));
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({
      error: { type: 'VALIDATION_ERROR', message: 'Taken' },
      retry_allowed: false,
    });
  });
});
