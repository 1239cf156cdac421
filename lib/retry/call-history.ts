import { HttpExceptionError } from '../classify/http-exception.js';
import type { ServiceError } from '../errors/service-error.js';
import type { InnerFailure } from './attempt.js';
import { reportJson, type RetryReport } from './retry-report.js';
import type { RetryPolicy } from './policy.js';
import type { GaveUp } from './next-step.js';
import type { RunningAttempt } from './attempt.js';

/** Reports keep that many errors, and that many failures of inner calls wait to be told. */
const KEPT = 10;

/** What only few of the calls that succeed at once have to know. */
export class CallHistory {
  readonly delays: number[] = [];
  readonly errors: unknown[] = [];
  /** Attempts that still ran when the next one began. */
  overlaps = 0;
  endWait: ((elapsed: boolean) => void) | undefined = undefined;
  cancellation: Cancellation | undefined = undefined;
  idempotencyKey: string | undefined = undefined;
  /** The call ends with the attempt around it. */
  followsOuter = false;
  /** The failures of inner calls that nobody has been told of. */
  private inner: InnerFailure[] = [];
  private lastTold: unknown = undefined;

  constructor(readonly startedAt: number) {}

  /** Keeps what would leave the call: Nest's own exceptions and unrecognised values stay themselves. */
  addError(error: ServiceError | undefined, thrown: unknown): void {
    if (this.errors.length === KEPT) this.errors.shift();
    const isItself = error === undefined || error === thrown || error instanceof HttpExceptionError;
    this.errors.push(isItself ? thrown : error);
  }

  /**
   * An inner call has failed. Where that is why this call fails it is told once, so that it waits
   * until that is known; a stream may take hours to end, so that there it is told at once.
   */
  innerFailed(failure: InnerFailure, atOnce: boolean): void {
    if (this.inner.length === KEPT) tell(this.inner.shift());
    if (!atOnce) this.inner.push(failure);
    else {
      this.lastTold = failure.error;
      tell(failure);
    }
  }

  wasTold(error: unknown): boolean {
    return error !== undefined && error === this.lastTold;
  }

  /** What made an attempt fail is told as that attempt's failure. */
  forgetInner(error: unknown): void {
    if (this.inner.length === 0) return;
    this.inner = this.inner.filter((failure) => failure.error !== error);
  }

  /** What the operation caught and dealt with is a failed call too. */
  tellOfInner(): void {
    if (this.inner.length === 0) return;
    for (const failure of this.inner) tell(failure);
    this.inner = [];
  }

  /** How the call ends: with which error, and what is to be said of it. */
  conclude(
    policy: RetryPolicy,
    attempt: RunningAttempt | undefined,
    elapsedMs: number,
    gaveUp: GaveUp,
  ): Conclusion {
    const { cancellation } = this;
    const error = cancellation === undefined ? this.errors.at(-1) : cancellation.reason;
    const inner = this.inner.find((failure) => failure.error === error);
    const report = this.report(policy, attempt, elapsedMs, gaveUp);
    // A call that only passed on what an inner call reported has nothing to add to it.
    const passedOn = report.retries === 0 ? inner?.report : undefined;
    return { error, inner, report: passedOn ?? report };
  }

  private report(
    policy: RetryPolicy,
    attempt: RunningAttempt | undefined,
    elapsedMs: number,
    gaveUp: GaveUp,
  ): RetryReport {
    const { delays, errors } = this;
    const attempts = attempt?.number ?? 0;
    const overlaps = () => this.overlaps;
    const report = {
      context: policy.context,
      platform: policy.platform,
      attempts,
      retries: Math.max(0, attempts - 1),
      maxRetries: policy.maxRetries,
      elapsedMs: Math.round(elapsedMs),
      delays,
      gaveUp,
      // The last attempt may stop a moment after its limit: it counts for as long as it has not.
      get abandoned(): number {
        return overlaps() + (attempt?.settled === false ? 1 : 0);
      },
      errors,
      toJSON: () => reportJson(report),
    };
    return report;
  }
}

/** How a call has failed. */
export interface Conclusion {
  readonly error: unknown;
  readonly report: RetryReport;
  /** The call inside it whose failure this is. */
  readonly inner: InnerFailure | undefined;
}

/** Why a call was cancelled. */
export interface Cancellation {
  readonly reason: unknown;
  /** The attempt around the call was stopped: that is told of the call around it. */
  readonly fromOutside: boolean;
}

function tell(failure: InnerFailure | undefined): void {
  failure?.observer.operationFailed(failure.report, failure.error);
}
