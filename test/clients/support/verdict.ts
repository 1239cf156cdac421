import { expect } from 'vitest';
import { classifyError, type Platform } from '../../../lib/index.js';
import { verdictOn, type Verdict } from '../../unit/classify/verdict.js';

export * from '../../unit/classify/verdict.js';

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
