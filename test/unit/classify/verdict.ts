import { classifyError, type ErrorHint, type KnownErrorType } from '../../../lib/index.js';

/** What a caller learns from a classified error. */
export type Verdict = readonly [
  type: KnownErrorType,
  retryable: 'again' | 'final',
  mayHaveExecuted: 'may have executed' | 'not executed',
];

export const REFUSED: Verdict = ['CONNECTION_FAILED', 'again', 'not executed'];
export const BROKEN: Verdict = ['CONNECTION_FAILED', 'again', 'may have executed'];
export const TIMED_OUT: Verdict = ['TIMEOUT', 'again', 'may have executed'];
export const CANCELLED: Verdict = ['CANCELLED', 'final', 'may have executed'];

export const TOKEN_EXPIRED: Verdict = ['TOKEN_EXPIRED', 'final', 'not executed'];
export const TOKEN_INVALID: Verdict = ['TOKEN_INVALID', 'final', 'not executed'];
export const PERMISSION_DENIED: Verdict = ['PERMISSION_DENIED', 'final', 'not executed'];
export const INVALID_INPUT: Verdict = ['VALIDATION_ERROR', 'final', 'not executed'];
export const THROTTLED: Verdict = ['API_RATE_LIMIT', 'again', 'not executed'];
export const QUOTA_USED_UP: Verdict = ['API_RATE_LIMIT', 'final', 'not executed'];
export const SERVICE_FAILED: Verdict = ['PLATFORM_SERVICE_ERROR', 'again', 'may have executed'];
export const TOO_MUCH: Verdict = ['PLATFORM_SERVICE_ERROR', 'final', 'not executed'];
export const NO_BUDGET: Verdict = ['BUDGET_INSUFFICIENT', 'final', 'not executed'];
export const CREATIVE_REJECTED: Verdict = ['CREATIVE_REJECTED', 'final', 'not executed'];
export const UNLISTED: Verdict = ['AD_PLATFORM_ERROR', 'final', 'may have executed'];
export const FETCH: Verdict = ['VALIDATION_ERROR', 'again', 'not executed'];
export const SERVICE_BUSY: Verdict = ['PLATFORM_SERVICE_ERROR', 'again', 'not executed'];
export const NO_ANSWER: Verdict = ['PLATFORM_TIMEOUT', 'again', 'may have executed'];

/** The verdict on an error, or undefined where nobody recognises it. */
export function verdictOn(error: unknown, hint?: ErrorHint): Verdict | undefined {
  const known = classifyError(error, hint);
  if (known === undefined) return undefined;
  return [
    known.type as KnownErrorType,
    known.retryable ? 'again' : 'final',
    known.mayHaveExecuted ? 'may have executed' : 'not executed',
  ];
}
