import {
  AdPlatformError,
  CreativeRejectedError,
  PermissionDeniedError,
  PlatformServiceError,
  RateLimitError,
  TokenExpiredError,
  TokenInvalidError,
  ValidationError,
  type ServiceErrorOptions,
} from 'nestjs-retryable';
import { HttpStatusError, type Reply } from '../http/exchange.js';

/** Every body of TikTok's API. A failure is HTTP 200 with a code that is not 0. */
export interface TikTokBody<Data = unknown> {
  readonly code: number;
  readonly message: string;
  readonly request_id: string;
  readonly data: Data;
}

/** By code: what it means to this application. */
const MEANINGS: Readonly<Record<number, (options: ServiceErrorOptions) => Error>> = {
  40_102: (options) => new TokenExpiredError('tiktok', options),
  40_105: (options) => new TokenInvalidError('tiktok', options),
  40_001: (options) => new PermissionDeniedError('tiktok', options),
  40_002: (options) => new ValidationError({ ...options, platform: 'tiktok' }),
  40_100: (options) => new RateLimitError('tiktok', options),
  40_133: (options) => new RateLimitError('tiktok', options),
  40_904: (options) => new CreativeRejectedError('tiktok', { ...options, reason: '40904' }),
  50_000: (options) => new PlatformServiceError('tiktok', options),
};

/** What TikTok's answer means as an error, or undefined where it is none. */
export function tiktokError(reply: Reply): Error | undefined {
  const { code, message, request_id } = reply.body as Partial<TikTokBody>;
  if (code === undefined) return new HttpStatusError(reply.status, reply.headers);
  if (code === 0) return undefined;
  const options: ServiceErrorOptions = {
    message,
    details: { platform_code: code, platform_request_id: request_id },
  };
  return MEANINGS[code]?.(options) ?? new AdPlatformError('tiktok', options);
}
