import type { ServiceError } from '../errors/service-error.js';
import { checkOptions, requireOption, RULES, type OptionRules } from './check-options.js';

/** Milliseconds before retry number `retry` (1 is the first retry). @publicApi */
export type Backoff = (retry: number, error: ServiceError) => number;

/** How the backoff is scattered. `full`: 0…delay. `equal`: half the delay…delay. @publicApi */
export type Jitter = 'none' | 'full' | 'equal';

/** @publicApi */
export interface ExponentialBackoffOptions {
  /** Milliseconds before the first retry. Default 1000. */
  initialDelay?: number | undefined;
  /** What each delay is multiplied by for the next. Default 2. */
  factor?: number | undefined;
  /** The longest delay, in milliseconds. Default 30 000. */
  maxDelay?: number | undefined;
}

const EXPONENTIAL_RULES = {
  initialDelay: RULES.wait,
  factor: {
    allowed: 'a number of at least 1',
    accepts: (value) => typeof value === 'number' && Number.isFinite(value) && value >= 1,
  },
  maxDelay: RULES.wait,
} as const satisfies OptionRules<keyof ExponentialBackoffOptions>;

/**
 * Delays that grow by a factor: `initialDelay`, `initialDelay * factor`, … up to `maxDelay`.
 *
 * @example
 * backoff: exponential({ initialDelay: 500, factor: 2, maxDelay: 8_000 }) // 0.5 s, 1 s, 2 s, 4 s, 8 s, 8 s
 * @throws TypeError where a number is not allowed
 * @publicApi
 */
export function exponential(options: ExponentialBackoffOptions = {}): Backoff {
  checkOptions(options, EXPONENTIAL_RULES, 'in exponential');
  const { initialDelay = 1000, factor = 2, maxDelay = 30_000 } = options;
  if (initialDelay === 0) return () => 0; // which an overflow below would make NaN
  // From the power that exceeds it on the cap decides, so that an overflow to Infinity is harmless.
  return (retry) => Math.min(initialDelay * factor ** (retry - 1), maxDelay);
}

/**
 * The same delay before every retry.
 *
 * @example
 * backoff: constant(250)
 * @throws TypeError where the number is not allowed
 * @publicApi
 */
export function constant(delayMs: number): Backoff {
  requireOption('delayMs', delayMs, RULES.wait, 'in constant');
  return () => delayMs;
}

/** Scatters a delay; the result is never above it. */
export function withJitter(delayMs: number, jitter: Jitter, random: () => number): number {
  if (jitter === 'full') return delayMs * random();
  if (jitter === 'equal') return delayMs - (delayMs / 2) * random();
  return delayMs;
}
