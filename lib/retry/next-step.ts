import { renewedIn, type ServiceError } from '../errors/service-error.js';
import { withJitter } from './backoff.js';
import { describeValue } from './check-options.js';
import type { RetryPolicy } from './policy.js';
import { MAX_DELAY_MS } from './wait.js';
import type { LeftWait } from './work-queue.js';

/** Why a call was given up. @publicApi */
export type GaveUp =
  | 'exhausted'
  | 'not-retryable'
  | 'retry-after-too-long'
  | 'total-timeout'
  | 'cancelled'
  | 'stream-started'
  | 'may-have-executed'
  | 'reconcile-failed'
  | 'repair-failed'
  | 'nested'
  | 'budget'
  | 'cooldown'
  | 'rejected-by-policy'
  | 'left-to-queue'
  | 'parked'
  | 'shutdown';

/** Whether the call is made later, from a queue: it has not failed. */
export function isForQueue(gaveUp: GaveUp): boolean {
  return gaveUp === 'left-to-queue' || gaveUp === 'parked';
}

/** Wait that long and try again, or stop and why. */
export type NextStep =
  | {
      readonly retry: true;
      readonly delayMs: number;
      /** The platform has asked for that wait, so that the retry comes when it is wanted. */
      readonly isStated: boolean;
    }
  | {
      readonly retry: false;
      readonly gaveUp: GaveUp;
      /** The wait that the queue takes over whose job the call is made in. */
      readonly leftWait?: LeftWait;
    };

/** The caller does not want the result any more. */
export const CANCELLED: NextStep = { retry: false, gaveUp: 'cancelled' };

/** The application is closing: the call is not made again here. */
export const CLOSING: NextStep = { retry: false, gaveUp: 'shutdown' };

/** How far a call has come when an attempt has failed. */
export interface Progress {
  /** Retries made so far. */
  readonly retries: number;
  /** Milliseconds until the call has to be over. */
  readonly remainingMs: number;
  /** Something was already handed on: the caller would get it twice. */
  readonly emitted: boolean;
  /** What the attempt was to run through has refused to run it. */
  readonly isRefused: boolean;
  /** Nobody knows whether the attempt did its work, which must not be done twice. */
  readonly isUnknown: boolean;
  /** A call inside the attempt is responsible for its retries. */
  readonly isNested: boolean;
  /** A call inside the attempt has done what must not be done twice. */
  readonly hasWritten: boolean;
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
  if (progress.isUnknown) return stop('may-have-executed');
  if (error === undefined || error.type === 'OUTCOME_UNKNOWN') return stop('not-retryable');
  if (!(policy.retryOn?.call(self, error) ?? error.retryable)) return stop('not-retryable');
  if (progress.isRefused) return stop('rejected-by-policy');
  if (progress.isNested) return stop('nested');
  if (progress.emitted) return stop('stream-started');
  if (progress.retries >= policy.maxRetries) return stop('exhausted');
  if (progress.hasWritten) return stop('may-have-executed');
  const statedMs = (error.retryAfter ?? renewedIn(error) ?? 0) * 1000;
  if (statedMs > policy.maxRetryAfter) return stop('retry-after-too-long');
  const delayMs = Math.max(backoffMs(policy, progress.retries + 1, error, random, self), statedMs);
  if (delayMs >= progress.remainingMs) return stop('total-timeout');
  if (progress.closing) return stop('shutdown');
  return { retry: true, delayMs, isStated: statedMs > 0 };
}

/** The decision after something was waited for: its own wait has to end in time all the same. */
export function inTime(step: NextStep, remainingMs: number): NextStep {
  return step.retry && step.delayMs >= remainingMs ? stop('total-timeout') : step;
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
