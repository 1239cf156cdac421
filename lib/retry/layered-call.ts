import { chainOf } from '../classify/failure.js';
import { classifyHttpException } from '../classify/http-exception.js';
import type { RunningAttempt } from './attempt.js';
import type { InnerFailure } from './inner-failure.js';
import type { CallHistory } from './call-history.js';
import { CancellableCall } from './cancellable-call.js';
import { now, remainingUntil, startOf } from './deadline-queue.js';
import type { GaveUp } from './next-step.js';
import type { RetryPolicy } from './policy.js';
import type { WorkQueue } from './work-queue.js';

/**
 * The part of a call that knows of the calls around and inside it. Of the layers around one
 * operation the innermost that has retried it is responsible for its retries.
 */
export abstract class LayeredCall extends CancellableCall {
  abstract policy: RetryPolicy;
  /** Items that were handed on already, so that another attempt would repeat them. */
  declare emitted: number;

  /** From here on the call takes care of itself: no limit of an attempt around it ends it. */
  holdOuter(): void {
    const { outer } = this;
    if (outer === undefined || this.past().holdsOuter) return;
    this.past().holdsOuter = true;
    this.followOuter();
    outer.owner.innerHolds(outer);
  }

  protected override close(history: CallHistory): void {
    super.close(history);
    const { outer } = this;
    if (outer === undefined) return;
    if (history.tellsOfWrite && history.wroteNothing) outer.owner.innerWrites(outer, -1);
    this.releaseOuter();
  }

  /** Takes back {@link holdOuter}. */
  protected releaseOuter(): void {
    const { outer, history } = this;
    if (outer === undefined || history?.holdsOuter !== true) return;
    history.holdsOuter = false;
    outer.owner.innerReleases(outer);
  }

  get queue(): WorkQueue | undefined {
    return this.outer?.owner.queue;
  }

  /** The queue that may run the job again: nothing in it has done what must not be done twice. */
  protected get nextRun(): WorkQueue | undefined {
    const { queue } = this;
    const own = this.history?.tellsOfWrite === true ? 1 : 0;
    return queue === undefined || queue.writes > own ? undefined : queue;
  }

  get isHeld(): boolean {
    return (this.history?.holders ?? 0) > 0;
  }

  innerHolds(attempt: RunningAttempt): void {
    if (attempt !== this.attempt || attempt.ended || this.emitted > 0) return;
    const past = this.past();
    if (past.holders++ > 0) return;
    past.heldMs = remainingUntil(attempt);
    past.heldStart ??= startOf(attempt, now());
    this.holdOuter();
    this.limitTo(attempt, Infinity);
  }

  innerReleases(attempt: RunningAttempt): void {
    if (attempt !== this.attempt || this.past().holders === 0) return;
    const past = this.past();
    if (--past.holders > 0 || attempt.ended) return;
    this.limitTo(attempt, past.heldMs);
  }

  /** Limits an attempt to so many milliseconds from now, or to the rest of the call if that is less. */
  protected limitTo(attempt: RunningAttempt, ms: number): void {
    const limitMs = Math.min(ms, this.ownRemainingMs());
    if (limitMs === Infinity) attempt.suspend();
    else attempt.limit(Math.max(1, Math.ceil(limitMs)));
  }

  innerWrites(attempt: RunningAttempt, change: 1 | -1): void {
    if (attempt !== this.attempt) return;
    this.past().innerWrites += change;
    this.outer?.owner.innerWrites(this.outer, change);
  }

  /** A call inside the present attempt has done, or may have, what must not be done twice. */
  get hasWritten(): boolean {
    return (this.history?.innerWrites ?? 0) > 0 && this.policy.idempotent !== true;
  }

  /**
   * Whether the present attempt has failed because of a call inside it that is responsible for its
   * retries. An HttpException says so in the application's own words, mostly without the cause.
   */
  isNested(thrown: unknown): boolean {
    const owned = this.history?.owned;
    if (owned === undefined || owned.attempt !== this.attempt) return false;
    if (classifyHttpException(thrown) !== undefined) return true;
    return [...chainOf(thrown)].some((link) => owned.errors.has(link));
  }

  /** An attempt begins what must not be done twice: the calls around it have to know. */
  protected tellOfWrite(outer: RunningAttempt): void {
    const past = this.past();
    past.wroteNothing = false;
    if (past.tellsOfWrite) return;
    past.tellsOfWrite = true;
    outer.owner.innerWrites(outer, 1);
  }

  /** The attempt that has failed has surely done nothing. */
  wroteNothing(): void {
    this.past().wroteNothing = true;
  }

  isStale(attempt: RunningAttempt): boolean {
    if (attempt !== this.attempt) return true;
    return attempt.settled && !this.ended && this.emitted === 0;
  }

  innerFailed(failure: InnerFailure): boolean {
    if (this.ended) return false;
    const past = this.past();
    if (failure.isFinal) past.own(this.attempt, failure.error);
    past.innerFailed(failure, this.emitted > 0);
    return true;
  }

  /** Milliseconds until the call has to be over, the calls around it included. */
  remainingMs(): number {
    // Calls that were begun in it may outlive it, and of a stream only the beginning is limited.
    const isUnlimited = this.ended || this.emitted > 0;
    const ownMs = isUnlimited ? Infinity : this.ownRemainingMs();
    return Math.min(ownMs, this.outer?.owner.remainingMs() ?? Infinity);
  }

  private ownRemainingMs(): number {
    const { totalTimeout } = this.policy;
    return totalTimeout === Infinity ? Infinity : totalTimeout - this.elapsedMs();
  }
}

/** The reasons after which the call around may still try it once more: this one has not. */
const NOT_RETRIED: ReadonlySet<GaveUp> = new Set<GaveUp>([
  'not-retryable',
  'exhausted',
  'retry-after-too-long',
  'total-timeout',
  'stream-started',
  'cancelled',
]);

/** Whether a call that ended so was responsible for its retries. */
export function tookCare(retries: number, gaveUp: GaveUp): boolean {
  return retries > 0 || !NOT_RETRIED.has(gaveUp);
}
