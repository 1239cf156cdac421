import { describeError, type ErrorDescription } from '../errors/describe-error.js';
import { redactName } from '../errors/redact-name.js';
import type { Platform } from '../errors/service-error.js';
import type { GaveUp } from './next-step.js';
import { shared } from './shared-state.js';
import type { LeftWait } from './work-queue.js';

/** What happened on the way to an error. @publicApi */
export interface RetryReport {
  readonly context: string;
  readonly platform: Platform | undefined;
  /** Calls made, the first included. */
  readonly attempts: number;
  /** Calls made after the first. */
  readonly retries: number;
  /** Retries that were allowed. */
  readonly maxRetries: number;
  /** Milliseconds from the first call to the end. */
  readonly elapsedMs: number;
  /** Milliseconds waited before each retry. */
  readonly delays: readonly number[];
  readonly gaveUp: GaveUp;
  /** The wait that a queue takes over, where `gaveUp` says `left-to-queue`. */
  readonly leftWait: LeftWait | undefined;
  /** Attempts whose operation went on after their limit, at the time of reading. */
  readonly abandoned: number;
  /** Items that a stream had given before it failed. */
  readonly emitted: number;
  /** The error of each attempt, the last ten at most. */
  readonly errors: readonly unknown[];
  /** The report with the errors reduced to what is safe to print. */
  toJSON(): RetryReportJson;
}

/** A report without anything that is not safe to print. @publicApi */
export type RetryReportJson = Omit<RetryReport, 'errors' | 'leftWait' | 'toJSON'> & {
  readonly errors: readonly ErrorDescription[];
  readonly leftWait?: LeftWait;
};

const reports = shared('reports', () => new WeakMap<object, RetryReport>());

/**
 * What happened on the way to an error that left a retried call; undefined for any other value.
 *
 * @example
 * catch (error) { console.log(retryReport(error)?.delays) } // [1000, 2000, 4000]
 * @publicApi
 */
export function retryReport(error: unknown): RetryReport | undefined {
  return isKey(error) ? reports.get(error) : undefined;
}

export function attachReport(error: unknown, report: RetryReport): void {
  if (isKey(error)) reports.set(error, report);
}

export function reportJson(report: Omit<RetryReport, 'toJSON'>): RetryReportJson {
  return {
    context: redactName(report.context),
    platform: report.platform === undefined ? undefined : redactName(report.platform),
    attempts: report.attempts,
    retries: report.retries,
    maxRetries: report.maxRetries,
    elapsedMs: report.elapsedMs,
    delays: [...report.delays],
    gaveUp: report.gaveUp,
    ...(report.leftWait && { leftWait: report.leftWait }),
    abandoned: report.abandoned,
    emitted: report.emitted,
    errors: report.errors.map((error) => describeError(error)),
  };
}

function isKey(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
