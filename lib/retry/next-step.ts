import { renewedIn, type ServiceError } from '../errors/service-error.js';
import { withJitter } from './backoff.js';
import { describeValue } from './check-options.js';
import type { RetryPolicy } from './policy.js';
import { MAX_DELAY_MS } from './wait.js';

/** Why a call was given up. @publicApi */
export type GaveUp =
  | 'exhausted'
  | 'not-retryable'
  | 'retry-after-too-long'
  | 'total-timeout'
  | 'cancelled'
  | 'stream-started'
  | 'shutdown';

/** Wait that long and try again, or stop and why. */
export type NextStep =
  | { readonly retry: true; readonly delayMs: number }
  | { readonly retry: false; readonly gaveUp: GaveUp };

/** The caller does not want the result any more. */
export const CANCELLED: NextStep = { retry: false, gaveUp: 'cancelled' };

/** How far a call has come when an attempt has failed. */
export interface Progress {
  /** Retries made so far. */
  readonly retries: number;
  /** Milliseconds since the call began. */
  readonly elapsedMs: number;
  /** Something was already handed on: the caller would get it twice. */
  readonly emitted: boolean;
  /** The application is closing. */
  readonly closing: boolean;
}

/**
 * The decision: what follows a failed attempt. Pure, and the only retry arithmetic.
 *
 * @param error the failure, or undefined where nobody recognised it
 * @param self what the policy's callbacks are called with as `this`
 * @throws whatever a callback of the policy throws
 */
export function nextStep(
  policy: RetryPolicy,
  error: ServiceError | undefined,
  progress: Progress,
  random: () => number,
  self?: unknown,
): NextStep {
  if (error?.type === 'CANCELLED') return CANCELLED;
  if (error === undefined || !(policy.retryOn?.call(self, error) ?? error.retryable)) {
    return stop('not-retryable');
  }
  if (progress.emitted) return stop('stream-started');
  if (progress.retries >= policy.maxRetries) return stop('exhausted');
  const statedMs = (error.retryAfter ?? renewedIn(error) ?? 0) * 1000;
  if (statedMs > policy.maxRetryAfter) return stop('retry-after-too-long');
  const delayMs = Math.max(backoffMs(policy, progress.retries + 1, error, random, self), statedMs);
  if (isOverdue(policy, progress.elapsedMs + delayMs)) return stop('total-timeout');
  if (progress.closing) return stop('shutdown');
  return { retry: true, delayMs };
}

/** Whether an attempt that begins so long after the call would be too late. */
export function isOverdue(policy: RetryPolicy, elapsedMs: number): boolean {
  return elapsedMs >= policy.totalTimeout;
}

function backoffMs(
  policy: RetryPolicy,
  retry: number,
  error: ServiceError,
  random: () => number,
  self: unknown,
): number {
  const delayMs: unknown = policy.backoff.call(self, retry, error);
  if (typeof delayMs !== 'number' || Number.isNaN(delayMs)) {
    throw new TypeError(
      `Expected \`backoff\` to return milliseconds, got ${describeValue(delayMs)}.`,
    );
  }
  return withJitter(Math.min(Math.max(delayMs, 0), MAX_DELAY_MS), policy.jitter, random);
}

function stop(gaveUp: GaveUp): NextStep {
  return { retry: false, gaveUp };
}
