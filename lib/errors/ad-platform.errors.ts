import { brand } from './brand.js';
import type { ErrorType } from './error-types.js';
import {
  ServiceError,
  withDetails,
  type Platform,
  type ServiceErrorOptions,
} from './service-error.js';

/** An advertising platform reported an error that none of the classes below names. @publicApi */
export class AdPlatformError extends ServiceError {
  static {
    brand(this, 'AdPlatformError');
  }

  constructor(
    platform?: Platform,
    options: ServiceErrorOptions = {},
    type: ErrorType = 'AD_PLATFORM_ERROR',
  ) {
    super(type, platform === undefined ? options : { ...options, platform });
  }
}

/** The access token has expired: the person has to authorise again. @publicApi */
export class TokenExpiredError extends AdPlatformError {
  static {
    brand(this, 'TokenExpiredError');
  }

  constructor(platform?: Platform, options?: ServiceErrorOptions) {
    super(platform, options, 'TOKEN_EXPIRED');
  }
}

/** The access token was revoked or never was valid. @publicApi */
export class TokenInvalidError extends AdPlatformError {
  static {
    brand(this, 'TokenInvalidError');
  }

  constructor(platform?: Platform, options?: ServiceErrorOptions) {
    super(platform, options, 'TOKEN_INVALID');
  }
}

/** The token is good, but its account may not do this. @publicApi */
export class PermissionDeniedError extends AdPlatformError {
  static {
    brand(this, 'PermissionDeniedError');
  }

  constructor(platform?: Platform, options?: ServiceErrorOptions) {
    super(platform, options, 'PERMISSION_DENIED');
  }
}

/**
 * The platform throttles. `retryAfter` is the wait it stated, in seconds; leave it out where it
 * stated none.
 *
 * @example
 * throw new RateLimitError('meta', { retryAfter: 120 });
 * @publicApi
 */
export class RateLimitError extends AdPlatformError {
  static {
    brand(this, 'RateLimitError');
  }

  constructor(platform?: Platform, options?: ServiceErrorOptions) {
    super(platform, options, 'API_RATE_LIMIT');
  }
}

/** The platform answered with a failure of its own. `statusCode` is its HTTP status. @publicApi */
export class PlatformServiceError extends AdPlatformError {
  static {
    brand(this, 'PlatformServiceError');
  }

  constructor(
    platform?: Platform,
    options: ServiceErrorOptions & { statusCode?: number | undefined } = {},
  ) {
    super(
      platform,
      withDetails(options, { status_code: options.statusCode }),
      'PLATFORM_SERVICE_ERROR',
    );
  }
}

/** The platform did not answer in time: the operation may have happened. @publicApi */
export class PlatformTimeoutError extends AdPlatformError {
  static {
    brand(this, 'PlatformTimeoutError');
  }

  constructor(platform?: Platform, options?: ServiceErrorOptions) {
    super(platform, options, 'PLATFORM_TIMEOUT');
  }
}

/** The account has no money or no payment method for this. @publicApi */
export class BudgetInsufficientError extends AdPlatformError {
  static {
    brand(this, 'BudgetInsufficientError');
  }

  constructor(platform?: Platform, options?: ServiceErrorOptions) {
    super(platform, options, 'BUDGET_INSUFFICIENT');
  }
}

/** The platform's policy refused the creative. `reason` is its code or a short text. @publicApi */
export class CreativeRejectedError extends AdPlatformError {
  static {
    brand(this, 'CreativeRejectedError');
  }

  constructor(
    platform?: Platform,
    options: ServiceErrorOptions & { reason?: string | undefined } = {},
  ) {
    super(platform, withDetails(options, { reason: options.reason }), 'CREATIVE_REJECTED');
  }
}
