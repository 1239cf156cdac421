import { describe, expect, it } from 'vitest';
import {
  AdPlatformError,
  CreativeRejectedError,
  McpToolError,
  PlatformServiceError,
  RateLimitError,
} from '../../../lib/index.js';
import { promisesOf } from './class-promises.js';
import { PLATFORM_ROWS } from './error-table.js';

describe('the errors of advertising platforms', () => {
  promisesOf(PLATFORM_ROWS);

  it.each(PLATFORM_ROWS)('$name is an AdPlatformError that knows its platform', ({ create }) => {
    expect(create()).toBeInstanceOf(AdPlatformError);
    expect(create().platform).toBe('meta');
    expect(create({ platform: 'tiktok' }).platform).toBe('meta');
  });

  it('take the platform from the options where none is named', () => {
    expect(new RateLimitError(undefined, { platform: 'tiktok' }).platform).toBe('tiktok');
    expect(new RateLimitError().platform).toBeUndefined();
  });

  it('are no other errors', () => {
    expect(new McpToolError()).not.toBeInstanceOf(AdPlatformError);
    expect(new AdPlatformError('meta')).not.toBeInstanceOf(RateLimitError);
  });

  it('keep the wait that a platform stated', () => {
    expect(new RateLimitError('meta', { retryAfter: 120 }).retryAfter).toBe(120);
  });

  it('keep the status that a platform answered with', () => {
    const error = new PlatformServiceError('meta', { statusCode: 503, details: { reason: 'x' } });
    expect(error.details).toEqual({ reason: 'x', status_code: 503 });
    expect(new PlatformServiceError('meta').details).toEqual({});
  });

  it('keep why a creative was rejected', () => {
    expect(new CreativeRejectedError('meta', { reason: 'TEXT_TOO_LONG' }).details).toEqual({
      reason: 'TEXT_TOO_LONG',
    });
    expect(new CreativeRejectedError('meta').details).toEqual({});
  });
});
