import { describe, expect, it } from 'vitest';
import {
  AiModelError,
  constant,
  createErrorResponse,
  OperationCancelledError,
  PlatformServiceError,
  RateLimitError,
  retryWithBackoff,
  TokenExpiredError,
  TokenInvalidError,
  type ErrorResponseInput,
} from '../../../lib/index.js';
import { failureOf, rejectWith } from '../../support/calls.js';

const answer = (error: unknown, input: Partial<ErrorResponseInput> = {}) =>
  createErrorResponse({ error, ...input });

describe('retry_allowed', () => {
  const allowed = (error: unknown, input: Partial<ErrorResponseInput> = {}) =>
    answer(error, input).retry_allowed;

  it('is false once the retries are used up', () => {
    const verdicts = [0, 1, 2, 3, 4].map((retryCount) =>
      allowed(new RateLimitError(), { retryCount }),
    );
    expect(verdicts).toEqual([true, true, true, false, false]);
    expect(allowed(new RateLimitError(), { retryCount: 3, maxRetries: 5 })).toBe(true);
    expect(allowed(new RateLimitError(), { retryCount: 0, maxRetries: 0 })).toBe(false);
  });

  it('is false where trying again cannot help', () => {
    expect(allowed(new TokenExpiredError('meta'))).toBe(false);
    expect(allowed(new OperationCancelledError())).toBe(false);
    expect(allowed(new Error('x'))).toBe(false);
    expect(allowed(new AiModelError({ retryable: false }))).toBe(false);
    expect(allowed(new TokenExpiredError('meta', { retryable: true }))).toBe(true);
  });

  it('follows what happened in the call that the error left', async () => {
    const exhausted = await failureOf(
      retryWithBackoff(() => rejectWith(new RateLimitError('meta')), {
        backoff: constant(0),
        maxRetries: 2,
        context: 'update_budget',
      }),
    );
    expect(createErrorResponse({ error: exhausted })).toMatchObject({
      error: { context: 'update_budget' },
      retry_allowed: false,
      retry_after: 60,
    });
    const early = await failureOf(
      retryWithBackoff(() => rejectWith(new RateLimitError('meta', { retryAfter: 3600 }))),
    );
    expect(createErrorResponse({ error: early })).toMatchObject({
      retry_allowed: true,
      retry_after: 3600,
    });
  });

  it.each([Number.NaN, Infinity])('is false after %d retries', (retryCount) => {
    expect(allowed(new RateLimitError(), { retryCount })).toBe(false);
  });
});

describe('retry_after', () => {
  it.each([-5, 0, Number.NaN, Infinity, 'soon'])(
    'is the advice where the renewal of a quota is told to be in %j',
    (retryAfter) => {
      const error = new RateLimitError('meta', { details: { retry_after: retryAfter } });
      expect(createErrorResponse({ error }).retry_after).toBe(60);
    },
  );

  it.each([
    [120, 120],
    [0.2, 1],
    [59.01, 60],
    [Number.MAX_VALUE, Number.MAX_SAFE_INTEGER],
  ])('of a stated wait of %d s is %d whole seconds', (retryAfter, seconds) => {
    expect(answer(new RateLimitError('meta', { retryAfter }))).toMatchObject({
      retry_after: seconds,
      error: { details: { retry_after: seconds } },
    });
  });

  it('is not sent where the error is final', () => {
    const final = new PlatformServiceError('meta', { retryAfter: 7, retryable: false });
    expect(answer(final)).not.toHaveProperty('retry_after');
    expect(answer(new TokenInvalidError('meta', { retryAfter: 7 }))).not.toHaveProperty(
      'retry_after',
    );
  });
});
