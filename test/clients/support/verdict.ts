import { expect } from 'vitest';
import { classifyError, type Platform } from '../../../lib/index.js';
import { verdictOn, type Verdict } from '../../unit/classify/verdict.js';

export type { Verdict } from '../../unit/classify/verdict.js';

/** Verdicts that the specs of several clients have in common. */
export const TOKEN_EXPIRED: Verdict = ['TOKEN_EXPIRED', 'final', 'not executed'];
export const TOKEN_INVALID: Verdict = ['TOKEN_INVALID', 'final', 'not executed'];
export const PERMISSION_DENIED: Verdict = ['PERMISSION_DENIED', 'final', 'not executed'];
export const INVALID_INPUT: Verdict = ['VALIDATION_ERROR', 'final', 'not executed'];
export const NO_BUDGET: Verdict = ['BUDGET_INSUFFICIENT', 'final', 'not executed'];
export const CREATIVE_REJECTED: Verdict = ['CREATIVE_REJECTED', 'final', 'not executed'];
export const THROTTLED: Verdict = ['API_RATE_LIMIT', 'again', 'not executed'];
export const QUOTA_USED_UP: Verdict = ['API_RATE_LIMIT', 'final', 'not executed'];
export const SERVICE_FAILED: Verdict = ['PLATFORM_SERVICE_ERROR', 'again', 'may have executed'];
export const SERVICE_BUSY: Verdict = ['PLATFORM_SERVICE_ERROR', 'again', 'not executed'];
export const NO_ANSWER: Verdict = ['PLATFORM_TIMEOUT', 'again', 'may have executed'];

/** A verdict, with the seconds that the platform asks to wait. */
export type Expected = Verdict | readonly [...Verdict, retryAfter: number];

export function after(seconds: number, verdict: Verdict): Expected {
  return [...verdict, seconds];
}

export function expectVerdict(error: unknown, platform: Platform, expected: Expected): void {
  const [type, retryable, mayHaveExecuted, retryAfter] = expected;
  expect(verdictOn(error, { platform })).toEqual([type, retryable, mayHaveExecuted]);
  expect(classifyError(error, { platform })?.retryAfter).toBe(retryAfter);
}
