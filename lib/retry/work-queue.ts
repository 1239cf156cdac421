import { renewedIn, type ServiceError } from '../errors/service-error.js';
import type { NextStep } from './next-step.js';

/** A queue whose job the calls are made in: it waits, so that no call has to. */
export interface WorkQueue {
  /** How often the job has failed before. */
  readonly retries: number;
  /** The queue does not run the job again after a failure. */
  readonly isLast: boolean;
  /** The default key of a call, which is the same in every run of the job; undefined where it has none. */
  readonly idempotencyKey: ((context: string) => string) | undefined;
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

/** A week: whatever a platform asks for, it is asked again after that. */
const MAX_WAIT_MS = 604_800_000;

/** What a decision becomes inside a job, where nobody waits and what is too long for a call is not. */
export function inJob(queue: WorkQueue, step: NextStep, error: ServiceError | undefined): NextStep {
  if (step.retry) {
    if (step.delayMs === 0) return step;
    return queue.isLast ? EXHAUSTED : left(step.delayMs);
  }
  const { gaveUp } = step;
  const statedMs = error === undefined ? undefined : waitOf(error);
  if (gaveUp === 'retry-after-too-long' && statedMs !== undefined) return leftFree(statedMs);
  if (gaveUp === 'shutdown') return leftFree(SHUTDOWN_MS);
  if (gaveUp === 'budget') return queue.isLast ? step : left(BUDGET_MS);
  // A quota that is used up: nothing to retry for a call, but a job can wait for its renewal.
  const isQuota = error?.mayHaveExecuted === false && QUOTAS.has(error.type);
  if (gaveUp === 'not-retryable' && isQuota && statedMs !== undefined) return leftFree(statedMs);
  return step;
}

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

const QUOTAS: ReadonlySet<string> = new Set(['API_RATE_LIMIT', 'AI_MODEL_QUOTA_EXCEEDED']);

function waitOf(error: ServiceError): number | undefined {
  const seconds = error.retryAfter ?? renewedIn(error);
  return seconds === undefined ? undefined : seconds * 1000;
}
