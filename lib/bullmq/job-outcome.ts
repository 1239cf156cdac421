import { DelayedError, UnrecoverableError } from 'bullmq';
import { chainOf } from '../classify/failure.js';
import { classifyError } from '../classify/classify-error.js';
import { read } from '../errors/safe-read.js';
import { createErrorResponse } from '../response/error-response.js';
import { passOn } from '../retry/passed-on.js';
import { DEFAULTS } from '../retry/retry-options.js';
import { retryReport, type RetryReport } from '../retry/retry-report.js';
import { ambientRuntime } from '../retry/retry-runtime.js';
import { freeWait, type LeftWait } from '../retry/work-queue.js';
import type { RetriedJob } from './run-job.js';

/** How a run of a job has failed. */
export interface FailedRun {
  readonly job: RetriedJob;
  readonly token: string | undefined;
  readonly isLast: boolean;
  /** It has done, or may have, what must not be done twice. */
  readonly hasWritten: boolean;
}

/** What tells BullMQ how the job goes on; the job itself is moved where it has to wait. */
export async function outcomeOf(run: FailedRun, error: unknown): Promise<unknown> {
  if (isForBullMq(error)) return passOn(error);
  const { job, token } = run;
  const report = reportIn(error);
  const left = run.hasWritten ? undefined : waitAfter(error, report);
  if (left?.isFree === true) {
    await job.moveToDelayed(Date.now() + left.ms, token);
    return passOn(new DelayedError());
  }
  if (left === undefined || run.isLast) tell(job, report, error);
  const context = report?.context ?? job.name;
  const reason = JSON.stringify(createErrorResponse({ error, context }));
  if (left === undefined) return caused(new UnrecoverableError(reason), error);
  // BullMQ has no other way to say the wait of a single failure.
  if (left.ms > 0) job.opts.backoff = { type: 'fixed', delay: left.ms };
  return caused(new Error(reason), error);
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
function tell(job: RetriedJob, report: RetryReport | undefined, error: unknown): void {
  if (report !== undefined && report.gaveUp !== 'left-to-queue') return;
  const failed = report ?? { context: job.name, retries: job.attemptsMade };
  ambientRuntime().observer.operationFailed(failed, error);
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
