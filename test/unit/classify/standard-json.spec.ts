import { describe, expect, it } from 'vitest';
import {
  classifyError,
  createErrorResponse,
  RateLimitError,
  ServiceError,
  TokenExpiredError,
} from '../../../lib/index.js';

describe('the standard JSON of another service, as an error', () => {
  it.each([
    [new TokenExpiredError('meta'), 0, false],
    [new RateLimitError('tiktok', { retryAfter: 7 }), 0, true],
    [new RateLimitError('tiktok', { retryAfter: 7 }), 3, false],
  ])('is the error that it was: %s after %i retries', (error, retryCount, retryable) => {
    const json: unknown = JSON.parse(JSON.stringify(createErrorResponse({ error, retryCount })));
    const known = classifyError(json, { platform: 'other' });
    expect(known).toBeInstanceOf(error.constructor);
    const { type, code, platform, retryAfter } = error;
    expect(known).toMatchObject({ type, code, platform, retryAfter, retryable, cause: json });
  });

  it('keeps a type and a number that only that service knows', () => {
    const error = new ServiceError('LEDGER_CLOSED', { code: 7001 });
    const known = classifyError(createErrorResponse({ error }));
    expect(known).toBeInstanceOf(ServiceError);
    expect(known).toMatchObject({ type: 'LEDGER_CLOSED', code: '7001', retryable: false });
  });

  it('may be the cause of what a client throws', () => {
    const cause = createErrorResponse({ error: new TokenExpiredError('meta') });
    const thrown = new Error('remote', { cause });
    expect(classifyError(thrown)).toMatchObject({ type: 'TOKEN_EXPIRED', cause: thrown });
  });

  it.each([
    { status: 'error', error: { type: 'TOKEN_EXPIRED' }, retry_allowed: true },
    { status: 'error', error: { type: 'TOKEN_EXPIRED', code: '6001' } },
    { status: 'failed', error: { type: 'TOKEN_EXPIRED', code: '6001' }, retry_allowed: true },
    { status: 'error', error: { type: 5, code: '6001' }, retry_allowed: true },
    { status: 'error', error: 'TOKEN_EXPIRED', retry_allowed: true },
  ])('is nothing that only looks like it: %j', (json) => {
    expect(classifyError(json)).toBeUndefined();
  });
});
