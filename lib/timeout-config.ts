import { Inject, Injectable } from '@nestjs/common';
import type { Operation } from './retry/retry-options.js';
import type { RetryRuntime } from './retry/retry-runtime.js';
import { RUNTIME } from './retryable.tokens.js';

/**
 * The application's time limits per operation.
 *
 * @example
 * timeouts.getTimeout('api_call') // 30000
 * @publicApi
 */
@Injectable()
export class TimeoutConfig {
  constructor(@Inject(RUNTIME) private readonly runtime: RetryRuntime) {}

  /** The limit in milliseconds; an operation nobody configured gets that of `default`. */
  getTimeout(operation: Operation = 'default'): number {
    return this.runtime.timeoutOf(operation);
  }
}
