import { renewedIn, type ServiceError } from '../errors/service-error.js';
import type { GaveUp, NextStep } from './next-step.js';
import type { ResumedCall } from './parking.js';

/** A queue whose job the calls are made in: it waits, so that no call has to. */
export interface WorkQueue {
  /** How often the job has failed before. */
  readonly retries: number;
  /** The queue does not run the job again after a failure. */
  readonly isLast: boolean;
  /** The default key of a call, which is the same in every run of the job; undefined where it has none. */
  readonly idempotencyKey: ((context: string) => string) | undefined;
  /** The call that was parked before and that the job is there to make. */
  readonly resumed?: ResumedCall | undefined;
  /** Calls of the job that have done, or may have, what must not be done twice. */
  readonly writes: number;
}

/** A wait that is left to the queue. */
export interface LeftWait {
  readonly ms: number;
  /** The platform has asked for a long wait: the job's next run is no further attempt. */
  readonly isFree: boolean;
}

/** Where there is no token for a retry, the job may come again after so long. */
const BUDGET_MS = 60_000;

/** A worker that is being closed may take the job again itself. */
const SHUTDOWN_MS = 5000;

/** A parked call whose quota is renewed nobody knows when is tried again after an hour. */
export const QUOTA_MS = 3_600_000;

/** A week: whatever a platform asks for, it is asked again after that. */
export const MAX_WAIT_MS = 604_800_000;

/**
 * What a decision becomes inside a job, where nobody waits and what is too long for a call is not.
 *
 * @param isCut the closing application has ended the attempt itself
 */
export function inJob(
  queue: WorkQueue,
  step: NextStep,
  error: ServiceError | undefined,
  isCut = false,
): NextStep {
  if (step.retry) {
    if (step.delayMs === 0) return step;
    return queue.isLast ? EXHAUSTED : left(step.delayMs);
  }
  const { gaveUp } = step;
  if (gaveUp === 'shutdown' || (isCut && gaveUp === 'exhausted')) return leftFree(SHUTDOWN_MS);
  if (gaveUp === 'budget') return queue.isLast ? step : left(BUDGET_MS);
  const longMs = longWaitMs(gaveUp, error, queue.resumed === undefined ? undefined : QUOTA_MS);
  return longMs === undefined ? step : leftFree(longMs);
}

/**
 * Milliseconds until a call is worth making again that its process cannot wait for: a long wait that
 * the platform has asked for, or the renewal of a quota that is used up. Undefined where there is none.
 *
 * @param quotaMs where nobody knows when the quota is renewed
 */
export function longWaitMs(
  gaveUp: GaveUp,
  error: ServiceError | undefined,
  quotaMs: number | undefined,
): number | undefined {
  if (error === undefined || !LONG.has(gaveUp)) return undefined;
  const seconds = error.retryAfter ?? renewedIn(error);
  const statedMs = seconds === undefined ? undefined : Math.min(seconds * 1000, MAX_WAIT_MS);
  if (gaveUp === 'retry-after-too-long') return statedMs;
  // Nothing to retry for a call, but a job can wait for its renewal; unless the policy refuses.
  if (error.mayHaveExecuted || error.retryable) return undefined;
  if (error.type === 'AI_MODEL_QUOTA_EXCEEDED') return statedMs ?? quotaMs;
  return error.type === 'API_RATE_LIMIT' ? statedMs : undefined;
}

const LONG: ReadonlySet<GaveUp> = new Set<GaveUp>(['retry-after-too-long', 'not-retryable']);

const EXHAUSTED: NextStep = { retry: false, gaveUp: 'exhausted' };

function left(ms: number): NextStep {
  return { retry: false, gaveUp: 'left-to-queue', leftWait: { ms, isFree: false } };
}

function leftFree(ms: number): NextStep {
  return { retry: false, gaveUp: 'left-to-queue', leftWait: freeWait(ms) };
}

/** A wait that the platform has asked for. */
export function freeWait(ms: number): LeftWait {
  return { ms: Math.min(ms, MAX_WAIT_MS), isFree: true };
}
