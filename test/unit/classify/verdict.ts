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
