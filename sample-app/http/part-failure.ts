import {
  createErrorResponse,
  isServiceError,
  retryReport,
  type ErrorResponse,
} from 'nestjs-retryable';
import type { RequestInfo } from './request-info.js';

/** What became of one part of a request whose other parts may have gone well. */
export interface PartFailure {
  /** `failed`: surely not done. `unconfirmed`: nobody knows. */
  readonly status: 'failed' | 'unconfirmed';
  readonly error: ErrorResponse;
}

/** The failure of a part with its standard JSON. */
export function partFailure(error: unknown, { locale, requestId }: RequestInfo): PartFailure {
  return {
    status: mayHaveHappened(error) ? 'unconfirmed' : 'failed',
    error: createErrorResponse({ error, locale, requestId }),
  };
}

/** One attempt with an open outcome is enough, however the last one failed. */
function mayHaveHappened(error: unknown): boolean {
  const attempts = retryReport(error)?.errors ?? [error];
  return attempts.some((each) => !isServiceError(each) || each.mayHaveExecuted);
}
