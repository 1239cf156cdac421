import type { ServiceError } from '../errors/service-error.js';

/** The longest delay a Node timer keeps: a longer one would fire after 1 ms. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

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

/**
 * Delays that grow by a factor: `initialDelay`, `initialDelay * factor`, … up to `maxDelay`.
 *
 * @example
 * backoff: exponential({ initialDelay: 500, factor: 2, maxDelay: 8_000 }) // 0.5 s, 1 s, 2 s, 4 s, 8 s, 8 s
 * @throws TypeError where a number is not allowed
 * @publicApi
 */
export function exponential(options: ExponentialBackoffOptions = {}): Backoff {
  checkKeys(options);
  const { initialDelay = 1000, factor = 2, maxDelay = 30_000 } = options;
  checkDelay('initialDelay', initialDelay);
  checkDelay('maxDelay', maxDelay);
  if (!(Number.isFinite(factor) && factor >= 1)) {
    throw new TypeError(`Expected \`factor\` to be a number of at least 1, got ${shown(factor)}.`);
  }
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
  checkDelay('delayMs', delayMs);
  return () => delayMs;
}

/** Scatters a delay; the result is never above it. */
export function withJitter(delayMs: number, jitter: Jitter, random: () => number): number {
  if (jitter === 'full') return delayMs * random();
  if (jitter === 'equal') return delayMs - (delayMs / 2) * random();
  return delayMs;
}

function checkDelay(name: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_DELAY_MS)) {
    throw new TypeError(
      `Expected \`${name}\` to be a number of milliseconds from 0 to ${MAX_DELAY_MS}, got ${shown(value)}.`,
    );
  }
}

const KEYS = ['initialDelay', 'factor', 'maxDelay'];

function checkKeys(options: unknown): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(
      `Expected the options of \`exponential\` to be an object, got ${shown(options)}.`,
    );
  }
  const unknown = Object.keys(options).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    throw new TypeError(
      `Unknown option \`${unknown}\` of \`exponential\`. Known are: ${KEYS.join(', ')}.`,
    );
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
