import { randomUUID } from 'node:crypto';
import { HttpExceptionError } from '../classify/http-exception.js';
import { timeLimitError } from '../classify/classify-error.js';
import { OperationCancelledError } from '../errors/operation.errors.js';
import { withoutStack, type Platform, type ServiceError } from '../errors/service-error.js';
import { runningAttempt, RunningAttempt, type AttemptOwner, type InnerFailure } from './attempt.js';
import { CallHistory, type Cancellation } from './call-history.js';
import { cancelOnAbort, stopListening, type Cancellable } from './cancellation.js';
import { now, startOf } from './deadline-queue.js';
import { SILENT } from './events.js';
import { isOverdue, nextStep, type GaveUp, type NextStep } from './next-step.js';
import type { RetryPolicy } from './policy.js';
import type { Recover, RetryDriver } from './retry-driver.js';
import { attachReport } from './retry-report.js';
import type { Interruptible, RetryRuntime } from './retry-runtime.js';
import { startWait } from './wait.js';

/**
 * One call: attempt, and where it fails: decide, wait, attempt again. A driver runs the attempts;
 * everything else about retries happens here, once for all drivers.
 */
export class RetryCall implements AttemptOwner, Cancellable, Interruptible {
  private driver: RetryDriver | undefined = undefined;
  private attempt: RunningAttempt | undefined = undefined;
  private ended = false;
  /** Something was handed on already, so that another attempt would repeat it. */
  emitted = false;
  private history: CallHistory | undefined = undefined;
  private outerAttempt: RunningAttempt | undefined | null = null;

  constructor(
    private policy: RetryPolicy,
    readonly runtime: RetryRuntime,
    private signal?: AbortSignal | undefined,
    public recover?: Recover | undefined,
    /** What the policy's callbacks are called with as `this`. */
    public self: unknown = undefined,
  ) {
    if (signal !== undefined) this.listenTo(signal);
  }

  get context(): string {
    return this.policy.context;
  }

  get platform(): Platform | undefined {
    return this.policy.platform;
  }

  get idempotencyKey(): string {
    return (this.past().idempotencyKey ??= randomUUID());
  }

  /** Why the call was cancelled, where it was. */
  get cancellation(): Cancellation | undefined {
    return this.history?.cancellation;
  }

  /** The attempt that the call was made in; calls that succeed do not need to know. */
  private get outer(): RunningAttempt | undefined {
    if (this.outerAttempt === null) {
      this.outerAttempt = this.attempt ? this.attempt.outside(runningAttempt) : runningAttempt();
    }
    return this.outerAttempt;
  }

  private get attemptsMade(): number {
    return this.attempt === undefined ? 0 : this.attempt.number;
  }

  /** Runs the call to its end; an attempt that has begun already is its first. */
  start(driver: RetryDriver): void {
    this.driver = driver;
    if (this.ended) driver.reject(this.cancellation?.reason);
    else if (this.cancellation !== undefined) this.giveUp('cancelled');
    else driver.runAttempt(this.attempt ?? this.begin());
  }

  /** Begins the next attempt. */
  begin(): RunningAttempt {
    if (this.attempt?.settled === false) this.past().overlaps++;
    const attempt = new RunningAttempt(this, this.attemptsMade + 1);
    attempt.limit(this.limitMs());
    return (this.attempt = attempt);
  }

  /** What the attempt has given waits to be subscribed to; until then nothing runs out. */
  suspend(): void {
    this.attempt?.suspend();
    if (this.signal !== undefined) stopListening(this.signal, this);
  }

  /** Goes on after {@link suspend}. */
  resume(): this {
    this.attempt?.limit(this.limitMs());
    if (this.signal !== undefined) this.listenTo(this.signal);
    return this;
  }

  private limitMs(): number {
    const { timeout, totalTimeout } = this.policy;
    return totalTimeout === Infinity ? timeout : Math.min(timeout, this.leftMs(totalTimeout));
  }

  private leftMs(totalTimeout: number): number {
    const elapsedMs = this.history === undefined ? 0 : this.elapsedMs();
    return Math.max(1, Math.ceil(totalTimeout - elapsedMs));
  }

  limitReached(attempt: RunningAttempt): void {
    attempt.abort(timeLimitError(this.policy, attempt.limitMs));
  }

  /** An attempt has failed: by itself, by its limit or by cancellation. */
  attemptFailed(thrown: unknown): void {
    if (this.ended) return; // a stream that was cancelled after its first item
    if (this.outerAttempt === null) this.outerAttempt = runningAttempt();
    const step = this.decide(thrown);
    if (step.retry) this.driver?.attemptEnded();
    // A callback or a teardown may have cancelled the call, or its subscriber has left.
    if (this.ended) return;
    if (this.cancellation !== undefined) return this.giveUp('cancelled');
    if (!step.retry) return this.giveUp(step.gaveUp);
    this.wait(step.delayMs);
  }

  attemptSucceeded(value: unknown): void {
    this.succeeded();
    this.driver?.resolve?.(value);
  }

  succeeded(): void {
    if (this.ended) return;
    if (this.attemptsMade > 1) {
      this.runtime.observer.retrySucceeded(
        this.policy,
        this.attemptsMade - 1,
        this.past().startedAt,
      );
    }
    this.finish();
  }

  private decide(thrown: unknown): NextStep {
    const { policy, runtime } = this;
    if (this.cancellation !== undefined) return CANCELLED;
    const past = this.past();
    const error = runtime.classify(thrown, policy);
    past.addError(finalError(error, thrown));
    const step = this.nextStep(error);
    if (this.ended || this.cancellation !== undefined) return CANCELLED;
    if (step.retry || this.attemptsMade > 1) {
      const { startedAt } = past;
      const failure = { policy, attempt: this.attemptsMade, error: error ?? thrown, startedAt };
      runtime.observer.attemptFailed(failure);
      past.forgetInner(thrown);
      if (step.retry) runtime.observer.retryScheduled(failure, step.delayMs);
    }
    return step;
  }

  private nextStep(error: ServiceError | undefined): NextStep {
    const { policy, emitted } = this;
    const { closing } = this.runtime;
    // Reading the clock takes longer than the decision.
    const elapsedMs = policy.totalTimeout === Infinity ? 0 : this.elapsedMs();
    const progress = { retries: this.attemptsMade - 1, elapsedMs, emitted, closing };
    try {
      return nextStep(policy, error, progress, Math.random, this.self);
    } catch (thrown) {
      this.runtime.observer.callbackFailed('retryOn or backoff', this.context, thrown);
      return { retry: false, gaveUp: 'not-retryable' };
    }
  }

  /** Waits and attempts again, unless the wait is cut short. */
  private wait(delayMs: number): void {
    const past = this.past();
    this.followOuter();
    if (this.ended) return;
    past.delays.push(delayMs);
    if (delayMs === 0) {
      // Not queueMicrotask: Jest's fake timers hold that up.
      void NO_WAIT.then(() => this.afterWait(true));
      return;
    }
    const { waiting } = this.runtime;
    waiting.add(this);
    past.endWait = startWait(delayMs, (elapsed) => {
      past.endWait = undefined;
      waiting.delete(this);
      this.afterWait(elapsed);
    });
  }

  private afterWait(elapsed: boolean): void {
    if (this.ended) return;
    if (!elapsed || this.cancellation !== undefined) {
      this.past().delays.pop();
      this.giveUp(this.cancellation === undefined ? 'shutdown' : 'cancelled');
    }
    // A busy process may have waited longer than it should.
    else if (this.isOverdue) this.giveUp('total-timeout');
    else this.driver?.runAttempt(this.begin());
  }

  private get isOverdue(): boolean {
    const { policy } = this;
    return policy.totalTimeout !== Infinity && isOverdue(policy, this.elapsedMs());
  }

  /** The call has failed for good. */
  private giveUp(gaveUp: GaveUp): void {
    if (this.ended) return;
    const { runtime, recover } = this;
    const past = this.past();
    const { cancellation } = past;
    const error = cancellation === undefined ? past.errors.at(-1) : cancellation.reason;
    const inner = past.innerOf(error);
    const own = past.report(this.policy, this.attempt, this.elapsedMs(), gaveUp);
    // A call that only passed on what an inner call reported has nothing to add to it.
    const report = (own.retries === 0 ? inner?.report : undefined) ?? own;
    attachReport(error, report);
    if (gaveUp === 'exhausted' && own.retries > 0) runtime.observer.retryExhausted(report, error);
    past.forgetInner(error);
    this.finish();
    if (!past.wasTold(error) && cancellation?.fromOutside !== true) {
      const observer = runtime.observer === SILENT && inner ? inner.observer : runtime.observer;
      this.tell({ report, error, observer });
    }
    if (recover === undefined || gaveUp === 'cancelled') this.driver?.reject(error);
    else this.recoverBy(recover, error);
  }

  private tell(failure: InnerFailure): void {
    // Not asked by `instanceof`: the call around this one may be of another copy of the package.
    if (this.outer?.owner.innerFailed(failure) === true) return;
    failure.observer.operationFailed(failure.report, failure.error);
  }

  private recoverBy(recover: Recover, error: unknown): void {
    try {
      this.driver?.recovered(recover(error));
    } catch (thrown) {
      this.driver?.reject(thrown);
    }
  }

  innerFailed(failure: InnerFailure): boolean {
    if (this.ended) return false;
    this.past().innerFailed(failure, this.emitted);
    return true;
  }

  private finish(): void {
    this.ended = true;
    if (this.signal !== undefined) stopListening(this.signal, this);
    if (this.history === undefined) return;
    if (this.history.followsOuter && this.outer) stopListening(this.outer.signal, this);
    this.history.tellOfInner();
  }

  /** From now on the call runs under this policy, the present attempt's limit included. */
  applyPolicy(policy: RetryPolicy): void {
    const { timeout, totalTimeout } = this.policy;
    this.policy = policy;
    if (policy.timeout === timeout && policy.totalTimeout === totalTimeout) return;
    this.past(); // keeps when the call began, which the limit that is set anew would hide
    this.attempt?.limit(this.limitMs());
  }

  /** From now on this signal cancels the call. */
  listenTo(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    if (this.signal !== undefined) stopListening(this.signal, this);
    this.signal = signal;
    if (signal.aborted) this.cancel(signal.reason);
    else cancelOnAbort(signal, this);
  }

  /**
   * From now on the call ends with the attempt around it. Only a call that waits or whose signal is
   * asked for pays for that.
   */
  followOuter(): void {
    if (this.outer === undefined || this.past().followsOuter) return;
    this.past().followsOuter = true;
    const { signal } = this.outer;
    if (signal.aborted) this.cancel(signal.reason, signal);
    else cancelOnAbort(signal, this);
  }

  /** The caller does not want the result any more: ends the attempt or the wait at once. */
  cancel(reason: unknown, source?: AbortSignal): void {
    if (this.ended || this.cancellation !== undefined) return;
    const past = this.past();
    const fromOutside = past.followsOuter && source === this.outer?.signal;
    past.cancellation = { reason, fromOutside };
    // Whoever cancels may be busy with another request: what is logged belongs to this one.
    this.attempt?.outside(() => this.endBy(reason));
  }

  private endBy(reason: unknown): void {
    const { endWait } = this.past();
    if (endWait !== undefined) return endWait(false);
    if (!this.emitted) return this.attempt?.abort(reason);
    // A stream that has given something: its attempt is over, but it is not.
    this.giveUp('cancelled');
    this.attempt?.stop(reason);
  }

  /** The application closes: a wait is not waited to its end. */
  interrupt(): void {
    this.attempt?.outside(() => this.history?.endWait?.(false));
  }

  /** Nobody wants to know any more how the call ends. */
  release(): void {
    if (this.ended) return;
    this.finish();
    this.driver = undefined;
    if (this.attempt?.settled === false) this.attempt.stop(unsubscribed());
    this.history?.endWait?.(false);
  }

  private past(): CallHistory {
    return this.history ?? this.pastBy(now());
  }

  private pastBy(time: number): CallHistory {
    return (this.history ??= new CallHistory(this.attempt ? startOf(this.attempt, time) : time));
  }

  private elapsedMs(): number {
    const time = now();
    return Math.max(0, time - this.pastBy(time).startedAt);
  }
}

const NO_WAIT = Promise.resolve();

const CANCELLED: NextStep = { retry: false, gaveUp: 'cancelled' };

function unsubscribed(): ServiceError {
  const message = 'Nobody waits for the result any more';
  return withoutStack(() => new OperationCancelledError({ message }));
}

/** What leaves the call for an error: Nest's own exceptions and unrecognised values stay themselves. */
function finalError(error: ServiceError | undefined, thrown: unknown): unknown {
  if (error === undefined || error === thrown) return thrown;
  return error instanceof HttpExceptionError ? thrown : error;
}
