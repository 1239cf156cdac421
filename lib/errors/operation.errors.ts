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

/**
 * The platform asks for a wait that no request can last, and the call waits in a queue: it will be made
 * without its caller. Clients see `job_id` and `resumes_at` in `details`; `ParkedCalls` of
 * `nestjs-retryable/bullmq` tells what has become of it.
 *
 * @publicApi
 */
export class ParkedError extends ServiceError {
  static {
    brand(this, 'ParkedError');
  }

  static override readonly publicDetails: readonly string[] = [
    ...ServiceError.publicDetails,
    'job_id',
    'resumes_at',
  ];

  constructor(options: ParkedErrorOptions = {}) {
    const { jobId, resumesAt } = options;
    super('PARKED', withDetails(options, { job_id: jobId, resumes_at: isoTime(resumesAt) }));
  }
}

/** @publicApi */
export interface ParkedErrorOptions extends ServiceErrorOptions {
  /** Which job of the queue the call is. */
  jobId?: string | undefined;
  /** When it is made, in milliseconds since 1970. */
  resumesAt?: number | undefined;
}

function isoTime(ms: number | undefined): string | undefined {
  const date = new Date(ms ?? NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
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
