import { brand } from './brand.js';
import { ServiceError, withDetails, type ServiceErrorOptions } from './service-error.js';

/** The AI model failed. @publicApi */
export class AiModelError extends ServiceError {
  static {
    brand(this, 'AiModelError');
  }

  constructor(options?: ServiceErrorOptions) {
    super('AI_MODEL_FAILED', options);
  }
}

/** The AI model did not answer in time. @publicApi */
export class AiModelTimeoutError extends ServiceError {
  static {
    brand(this, 'AiModelTimeoutError');
  }

  constructor(options?: ServiceErrorOptions) {
    super('AI_MODEL_TIMEOUT', options);
  }
}

/** The quota of the AI model is used up; a burst limit is a `RateLimitError`. `retryAfter`: seconds until it is renewed. @publicApi */
export class AiModelQuotaError extends ServiceError {
  static {
    brand(this, 'AiModelQuotaError');
  }

  constructor(options?: ServiceErrorOptions) {
    super('AI_MODEL_QUOTA_EXCEEDED', options);
  }
}

/** The application's own credits do not cover the operation. @publicApi */
export class InsufficientCreditsError extends ServiceError {
  static {
    brand(this, 'InsufficientCreditsError');
  }

  constructor(
    options: ServiceErrorOptions & {
      required?: number | undefined;
      available?: number | undefined;
    } = {},
  ) {
    super(
      'INSUFFICIENT_CREDITS',
      withDetails(options, { required: options.required, available: options.available }),
    );
  }
}
