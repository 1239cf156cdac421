import { HttpExceptionError } from '../classify/http-exception.js';
import {
  OutcomeUnknownError,
  ServiceUnavailableError,
  type ParkedError,
} from '../errors/operation.errors.js';
import { read, readString } from '../errors/safe-read.js';
import { withoutStack, type ServiceError } from '../errors/service-error.js';
import type { LateEnd, RunningAttempt } from './attempt.js';
import { now, startOf } from './deadline-queue.js';
import type { InnerFailure } from './inner-failure.js';
import { reportJson, type RetryReport } from './retry-report.js';
import type { RetryPolicy } from './policy.js';
import type { ResumedCall } from './parking.js';
import type { GaveUp } from './next-step.js';
import type { LeftWait } from './work-queue.js';

/** Reports keep that many errors, and that many failures of inner calls wait to be told. */
const KEPT = 10;

/** Of so many calls inside an attempt it is known that they have taken care of their retries. */
const MAX_OWNED = 100;

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
  /** The limit of the attempt around the call stands back until the call is over. */
  holdsOuter = false;
  /** Calls inside the attempt that its limit stands back for, and what is left of it. */
  holders = 0;
  heldMs = 0;
  /** When the attempt began whose limit has stood back. */
  heldStart: number | undefined = undefined;
  /** The failures of calls inside an attempt that have taken care of their retries. */
  owned:
    { readonly attempt: RunningAttempt | undefined; readonly errors: Set<unknown> } | undefined =
    undefined;
  /** Calls inside the present attempt that have done, or may have, what must not be done twice. */
  innerWrites = 0;
  /** The calls around it know that it writes. */
  tellsOfWrite = false;
  /** It has surely done nothing so far. */
  wroteNothing = false;
  /** The attempt that a policy has let begin. */
  begun: RunningAttempt | undefined = undefined;
  /** Attempts made at once after a repair; they are no retries. */
  repairs = 0;
  /** The retry that is waited for or under way has cost a token. */
  holdsToken = false;
  /** The attempt is the first one after a cooldown: the others of the account wait for its end. */
  isProbe = false;
  /** An attempt that had ended before has come to its end too. */
  onStopped: ((end: LateEnd) => void) | undefined = undefined;
  /** The call was parked before, and is made now. */
  resumed: ResumedCall | undefined = undefined;
  /** The call is parked. */
  parked: ParkedError | undefined = undefined;
  /** The failures of inner calls that nobody has been told of. */
  private inner: InnerFailure[] = [];
  private lastTold: unknown = undefined;

  constructor(readonly startedAt: number) {}

  /** What is known of one attempt does not hold for the next one. */
  nextAttempt(): void {
    this.innerWrites = 0;
    this.heldStart = undefined;
  }

  /** Milliseconds since the present attempt began. */
  ageOf(attempt: RunningAttempt): number {
    const time = now();
    return Math.max(0, time - (this.heldStart ?? startOf(attempt, time)));
  }

  own(attempt: RunningAttempt | undefined, error: unknown): void {
    if (this.owned?.attempt !== attempt) this.owned = { attempt, errors: new Set() };
    if (this.owned && this.owned.errors.size < MAX_OWNED) this.owned.errors.add(error);
  }

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
    emitted: number,
    leftWait?: LeftWait,
  ): Conclusion {
    const { cancellation } = this;
    const error =
      cancellation === undefined ? this.finalError(policy, gaveUp) : cancellation.reason;
    const inner = this.inner.find((failure) => failure.error === error);
    const report = this.report(policy, attempt, elapsedMs, gaveUp, emitted, leftWait);
    // A call that only passed on what an inner call reported has nothing to add to it.
    const passedOn = report.retries === 0 ? inner?.report : undefined;
    return { error, inner, report: passedOn ?? report };
  }

  /** The last attempt's error, unless there is more to be said than that. */
  private finalError({ platform }: RetryPolicy, gaveUp: GaveUp): unknown {
    const cause = this.errors.at(-1);
    if (gaveUp === 'parked') return this.parked ?? cause;
    if (gaveUp === 'may-have-executed' || gaveUp === 'reconcile-failed') {
      const message = `Nobody knows whether it has happened: ${messageOf(cause)}`;
      return withoutStack(() => new OutcomeUnknownError({ cause, platform, message }));
    }
    if (gaveUp !== 'shutdown' || read(cause, 'type') === 'SERVICE_UNAVAILABLE') return cause;
    const message = 'The application is closing';
    // Without an error nothing was sent.
    const mayHaveExecuted = this.errors.length > 0 && read(cause, 'mayHaveExecuted') !== false;
    const options = { cause, platform, message, mayHaveExecuted };
    return withoutStack(() => new ServiceUnavailableError(options));
  }

  private report(
    policy: RetryPolicy,
    attempt: RunningAttempt | undefined,
    elapsedMs: number,
    gaveUp: GaveUp,
    emitted: number,
    leftWait?: LeftWait,
  ): RetryReport {
    const { delays, errors } = this;
    const attempts = attempt?.number ?? 0;
    const overlaps = () => this.overlaps;
    const report = {
      context: policy.context,
      platform: policy.platform,
      attempts,
      retries: Math.max(0, attempts - 1 - this.repairs),
      maxRetries: policy.maxRetries,
      elapsedMs: Math.round(elapsedMs),
      delays,
      gaveUp,
      leftWait,
      // The last attempt may stop a moment after its limit: it counts for as long as it has not.
      get abandoned(): number {
        return overlaps() + (attempt?.settled === false ? 1 : 0);
      },
      emitted,
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

function messageOf(error: unknown): string {
  return readString(error, 'message') ?? 'an error without a message';
}

function tell(failure: InnerFailure | undefined): void {
  failure?.observer.operationFailed(failure.report, failure.error);
}
