import { DelayedError, UnrecoverableError } from 'bullmq';
import { chainOf } from '../classify/failure.js';
import { classifyError } from '../classify/classify-error.js';
import { read } from '../errors/safe-read.js';
import { isOfType } from '../errors/service-error.js';
import { createErrorResponse } from '../response/error-response.js';
import { passOn } from '../retry/passed-on.js';
import { DEFAULTS } from '../retry/retry-options.js';
import { retryReport, type RetryReport } from '../retry/retry-report.js';
import { freeWait, type LeftWait } from '../retry/work-queue.js';
import type { JobRun, RunEnd } from './job-run.js';

/** What becomes of a job whose run has failed. */
export type NextRun =
  /** The work speaks to BullMQ itself. */
  | { readonly kind: 'as-it-says'; readonly error: unknown }
  /** The platform has asked for the wait: it is no failure of the job. */
  | { readonly kind: 'delayed'; readonly ms: number }
  | {
      readonly kind: 'retried';
      readonly ms: number;
      readonly reason: string;
      readonly cause: unknown;
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly cause: unknown };

/** Whether nobody knows what the work has done; its error may have been wrapped. */
export function isOutcomeUnknown(error: unknown): boolean {
  return [...chainOf(error)].some((link) => isOfType(link, 'OUTCOME_UNKNOWN'));
}

/** Decides what becomes of a job whose run has failed, and tells of one that has failed for good. */
export function nextRun(run: JobRun, { error, hasWritten }: FailedEnd): NextRun {
  if (run.hasJob && isForBullMq(error)) return { kind: 'as-it-says', error };
  const report = reportIn(error);
  const asked = hasWritten ? undefined : waitAfter(error, report);
  const isTooLate = asked?.isFree === true && Date.now() + asked.ms > (run.until ?? Infinity);
  const left = isTooLate ? undefined : asked;
  if (left?.isFree === true) return { kind: 'delayed', ms: left.ms };
  if (left === undefined || run.queue.isLast) tell(run, report, error);
  const context = report?.context ?? run.context;
  const retryCount = run.queue.retries + (report?.retries ?? 0);
  const reason = JSON.stringify(createErrorResponse({ error, context, retryCount }));
  if (left === undefined) return { kind: 'failed', reason, cause: error };
  return { kind: 'retried', ms: left.ms, reason, cause: error };
}

type FailedEnd = Extract<RunEnd<unknown>, { error: unknown }>;

/**
 * Has the job go on so: moves it where it has to wait.
 *
 * @returns what the processor has to throw, for BullMQ
 */
export async function take({ job, token }: JobRun, next: NextRun): Promise<unknown> {
  if (next.kind === 'as-it-says') return passOn(next.error);
  if (next.kind === 'delayed') {
    await job.moveToDelayed(Date.now() + next.ms, token);
    return passOn(new DelayedError());
  }
  if (next.kind === 'failed') return caused(new UnrecoverableError(next.reason), next.cause);
  // BullMQ has no other way to say the wait of a single failure.
  if (next.ms > 0) job.opts.backoff = { type: 'fixed', delay: next.ms };
  return caused(new Error(next.reason), next.cause);
}

/** The report of the call that has failed, which the work may have wrapped in an error of its own. */
function reportIn(error: unknown): RetryReport | undefined {
  for (const link of chainOf(error)) {
    const report = retryReport(link);
    if (report !== undefined) return report;
  }
  return undefined;
}

/** After how long the job may be run again, and undefined where it must not be. */
function waitAfter(error: unknown, report: RetryReport | undefined): LeftWait | undefined {
  if (report !== undefined) return report.leftWait;
  // The work itself has thrown: no policy says that it may be repeated, whatever has become of it.
  const known = classifyError(error);
  if (known?.retryable !== true || known.mayHaveExecuted) return undefined;
  const ms = (known.retryAfter ?? 0) * 1000;
  return ms > DEFAULTS.maxRetryAfter ? freeWait(ms) : { ms, isFree: false };
}

/** The job has failed for good; calls that were given up have said so themselves. */
function tell(run: JobRun, report: RetryReport | undefined, error: unknown): void {
  if (report !== undefined && report.gaveUp !== 'left-to-queue') return;
  const failed = report ?? { context: run.context, retries: run.queue.retries };
  run.observer.operationFailed(failed, error);
}

const BULLMQ_NAMES: readonly unknown[] = [
  'DelayedError',
  'UnrecoverableError',
  'WaitingChildrenError',
  'WaitingError',
];

/** The work speaks to BullMQ itself. */
function isForBullMq(error: unknown): boolean {
  return (
    BULLMQ_NAMES.includes(read(error, 'name')) ||
    read(error, 'message') === 'bullmq:rateLimitExceeded'
  );
}

function caused(error: Error, cause: unknown): Error {
  return passOn(Object.defineProperty(error, 'cause', { value: cause, configurable: true }));
}
