import { expect, it } from 'vitest';
import { constant, RateLimitError, retryReport, retryWithBackoff } from '../../../lib/index.js';
import { failing, failureOf } from '../../support/calls.js';

it('a report as JSON holds what an operator needs and no secret', async () => {
  const limited = () =>
    new RateLimitError('meta', { message: 'slow down: access_token=EAAB123456' });
  const options = { platform: 'meta', context: 'load', maxRetries: 1, backoff: constant(0) };
  const error = await failureOf(retryWithBackoff(failing([limited(), limited()], 0), options));
  const json = JSON.stringify(retryReport(error));
  expect(JSON.parse(json)).toMatchObject({
    context: 'load',
    platform: 'meta',
    attempts: 2,
    retries: 1,
    maxRetries: 1,
    delays: [0],
    gaveUp: 'exhausted',
    abandoned: 0,
    emitted: 0,
    errors: [{ error_type: 'RateLimitError' }, { error_type: 'RateLimitError' }],
  });
  expect(json).not.toContain('EAAB123456');
});
