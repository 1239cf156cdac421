import { brand } from './brand.js';
import { ServiceError, withDetails, type ServiceErrorOptions } from './service-error.js';

/** The connection failed, or broke before the answer was there. @publicApi */
export class ConnectionFailedError extends ServiceError {
  static {
    brand(this, 'ConnectionFailedError');
  }

  constructor(options?: ServiceErrorOptions) {
    super('CONNECTION_FAILED', options);
  }
}

/** The operation did not end in time: it may have happened. @publicApi */
export class OperationTimeoutError extends ServiceError {
  static {
    brand(this, 'OperationTimeoutError');
  }

  constructor(options?: ServiceErrorOptions) {
    super('TIMEOUT', options);
  }
}

/** A service that no platform names answered with a failure. @publicApi */
export class ServiceUnavailableError extends ServiceError {
  static {
    brand(this, 'ServiceUnavailableError');
  }

  constructor(options?: ServiceErrorOptions) {
    super('SERVICE_UNAVAILABLE', options);
  }
}

/** The client has gone, or the application ended the call without a reason of its own. @publicApi */
export class OperationCancelledError extends ServiceError {
  static {
    brand(this, 'OperationCancelledError');
  }

  constructor(options?: ServiceErrorOptions) {
    super('CANCELLED', options);
  }
}

/**
 * What was to happen once may have happened or not: it is never repeated, and a person has to look.
 * The cause is the failure that left it open.
 *
 * @publicApi
 */
export class OutcomeUnknownError extends ServiceError {
  static {
    brand(this, 'OutcomeUnknownError');
  }

  constructor(options: ServiceErrorOptions = {}) {
    super('OUTCOME_UNKNOWN', options);
  }
}

/** The input is wrong. `field` names the input, `errors` lists what is wrong with it. @publicApi */
export class ValidationError extends ServiceError {
  static {
    brand(this, 'ValidationError');
  }

  constructor(
    options: ServiceErrorOptions & {
      field?: string | undefined;
      errors?: readonly unknown[] | undefined;
    } = {},
  ) {
    super(
      'VALIDATION_ERROR',
      withDetails(options, { field: options.field, errors: options.errors }),
    );
  }
}
