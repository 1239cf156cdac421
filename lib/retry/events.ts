import type { ParkedTicket } from './parking.js';
import type { RetryPolicy } from './policy.js';
import type { Suppressed } from './retry-budget.js';
import type { RetryReport } from './retry-report.js';

/** An attempt has failed. */
export interface AttemptFailure {
  readonly policy: RetryPolicy;
  /** The number of the attempt: 1 for the first call. */
  readonly attempt: number;
  readonly error: unknown;
  /** When the call began, by the clock of `deadline-queue`. */
  readonly startedAt: number;
}

/** An operation that has failed for good. */
export interface FailedOperation {
  readonly context: string;
  readonly platform?: string | undefined;
  readonly retries: number;
  readonly elapsedMs?: number | undefined;
  readonly gaveUp?: string | undefined;
}

/** What is told about calls that do not go well; a call that succeeds at once tells nothing. */
export interface RetryObserver {
  /** An attempt of a call that is or was retried has failed. */
  attemptFailed(failure: AttemptFailure): void;
  /** A retry follows after the delay. */
  retryScheduled(failure: AttemptFailure, delayMs: number): void;
  /** A call has succeeded after at least one retry. */
  retrySucceeded(policy: RetryPolicy, retries: number, startedAt: number): void;
  /** What an attempt of an open outcome has done was found, or that it has done nothing. */
  reconciled(failure: AttemptFailure, isFound: boolean): void;
  /** What made an attempt fail was repaired: another one follows at once. */
  repaired(failure: AttemptFailure): void;
  /** An account is left alone for so many milliseconds, because its platform has asked for that. */
  cooldownBegan(account: string, ms: number): void;
  /** A call waits in a queue until its platform lets it through. */
  callParked(policy: RetryPolicy, ticket: ParkedTicket, error: unknown): void;
  /** A call was to wait in a queue and could not: it has failed as it would have without one. */
  callNotParked(policy: RetryPolicy, reason: unknown): void;
  /** So many retries were not made, because too many calls fail. */
  retriesSuppressed(who: Suppressed, count: number): void;
  /** All retries are used up. */
  retryExhausted(report: RetryReport, error: unknown): void;
  /** A call has failed for good; once per failed call. */
  operationFailed(operation: FailedOperation, error: unknown): void;
  /** A callback of the application has thrown. */
  callbackFailed(name: string, context: string, error: unknown): void;
}

/** Tells nobody. */
export const SILENT: RetryObserver = {
  attemptFailed: () => undefined,
  retryScheduled: () => undefined,
  retrySucceeded: () => undefined,
  reconciled: () => undefined,
  repaired: () => undefined,
  cooldownBegan: () => undefined,
  callParked: () => undefined,
  callNotParked: () => undefined,
  retriesSuppressed: () => undefined,
  retryExhausted: () => undefined,
  operationFailed: () => undefined,
  callbackFailed: () => undefined,
};
