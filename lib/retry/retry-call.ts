import { randomUUID } from 'node:crypto';
import { timeLimitError } from '../classify/classify-error.js';
import { OperationCancelledError } from '../errors/operation.errors.js';
import { withoutStack } from '../errors/service-error.js';
import { RunningAttempt, type AttemptOwner, type InnerFailure } from './attempt.js';
import { CancellableCall } from './cancellable-call.js';
import { keepStart } from './deadline-queue.js';
import { SILENT } from './events.js';
import { CANCELLED, isOverdue, type GaveUp, type NextStep, type Progress } from './next-step.js';
import type { RetryPolicy } from './policy.js';
import type { Recover, RetryDriver } from './retry-driver.js';
import { attachReport } from './retry-report.js';
import type { Interruptible, RetryRuntime } from './retry-runtime.js';
import { soon, startWait } from './wait.js';

/**
 * One call: attempt, and where it fails: decide, wait, attempt again. A driver runs the attempts;
 * everything else about retries happens here, once for all drivers.
 */
export class RetryCall extends CancellableCall implements AttemptOwner, Interruptible {
  private driver: RetryDriver | undefined = undefined;
  /** Something was handed on already, so that another attempt would repeat it. */
  emitted = false;

  constructor(
    public policy: RetryPolicy,
    readonly runtime: RetryRuntime,
    signal?: AbortSignal,
    public recover?: Recover | undefined,
    /** What the policy's callbacks are called with as `this`. */
    public self?: unknown,
  ) {
    super(signal);
  }

  get idempotencyKey(): string {
    return (this.past().idempotencyKey ??= randomUUID());
  }

  /** Something is handed on; the call's limits are over, but not the call. */
  emit(): void {
    this.emitted = true;
    if (this.attempt) keepStart(this.attempt);
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
    this.stopListening();
  }

  /** Goes on after {@link suspend}. */
  resume(): this {
    this.attempt?.limit(this.limitMs());
    this.listenAgain();
    return this;
  }

  private limitMs(): number {
    const { timeout, totalTimeout } = this.policy;
    if (totalTimeout === Infinity) return timeout;
    return Math.min(timeout, Math.max(1, Math.ceil(totalTimeout - this.elapsedMs())));
  }

  limitReached(attempt: RunningAttempt): void {
    attempt.abort(timeLimitError(this.policy, attempt.limitMs));
  }

  /** An attempt has failed: by itself, by its limit or by cancellation. */
  attemptFailed(thrown: unknown, isOver = false): void {
    if (this.ended) return; // a stream that was cancelled after its first item
    this.outerIsHere();
    const step = this.decide(thrown);
    if (step.retry) this.driver?.attemptEnded();
    // A callback or a teardown may have cancelled the call, or its subscriber has left.
    if (this.ended) return;
    if (this.cancellation !== undefined) return this.giveUp('cancelled');
    if (!step.retry) return this.giveUp(step.gaveUp);
    this.wait(step.delayMs, isOver);
  }

  attemptSucceeded(value: unknown): void {
    if (this.isFailure(value)) return this.attemptFailed(value, true);
    this.succeeded();
    this.driver?.resolve?.(value);
  }

  /** Whether what an attempt has given says that it failed. */
  isFailure(value: unknown): boolean {
    return this.policy.isFailure?.(value) === true;
  }

  succeeded(): void {
    if (this.ended) return;
    const retries = this.attemptsMade - 1;
    if (retries > 0) {
      this.runtime.observer.retrySucceeded(this.policy, retries, this.past().startedAt);
    }
    this.finish();
  }

  private decide(thrown: unknown): NextStep {
    const { policy, runtime } = this;
    if (this.cancellation !== undefined) return CANCELLED;
    const past = this.past();
    const error = runtime.classify(thrown, policy);
    past.addError(error, thrown);
    const step = runtime.nextStep(policy, error, this.progress(), this.self);
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

  private progress(): Progress {
    const { emitted, attemptsMade } = this;
    // Reading the clock takes longer than the decision.
    const elapsedMs = this.policy.totalTimeout === Infinity ? 0 : this.elapsedMs();
    return { retries: attemptsMade - 1, elapsedMs, emitted, closing: this.runtime.closing };
  }

  /** Waits and attempts again, unless the wait is cut short. */
  private wait(delayMs: number, isOver: boolean): void {
    const past = this.past();
    this.followOuter();
    if (this.ended) return;
    if (this.cancellation !== undefined) return this.giveUp('cancelled');
    past.delays.push(delayMs);
    if (delayMs === 0 && isOver) return this.driver?.runAttempt(this.begin());
    if (delayMs === 0) return soon(() => this.afterWait(true));
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
    else if (isOverdue(this.policy, this.progress().elapsedMs)) this.giveUp('total-timeout');
    else this.driver?.runAttempt(this.begin());
  }

  /** The call has failed for good. */
  private giveUp(gaveUp: GaveUp): void {
    if (this.ended) return;
    const { policy, attempt, runtime, recover } = this;
    const past = this.past();
    const { error, report, inner } = past.conclude(policy, attempt, this.elapsedMs(), gaveUp);
    attachReport(error, report);
    const isExhausted = gaveUp === 'exhausted' && this.attemptsMade > 1;
    if (isExhausted) runtime.observer.retryExhausted(report, error);
    past.forgetInner(error);
    this.finish();
    if (!past.wasTold(error) && past.cancellation?.fromOutside !== true) {
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

  /** From now on the call runs under this policy, the present attempt's limit included. */
  applyPolicy(policy: RetryPolicy): void {
    const { timeout, totalTimeout } = this.policy;
    this.policy = policy;
    if (policy.timeout === timeout && policy.totalTimeout === totalTimeout) return;
    this.past(); // keeps when the call began, which the limit that is set anew would hide
    this.attempt?.limit(this.limitMs());
  }

  protected endBy(reason: unknown): void {
    const { endWait } = this.past();
    if (endWait !== undefined) return endWait(false);
    if (!this.emitted) return this.attempt?.abort(reason);
    // A stream that has given something: its attempt is over, but it is not.
    this.giveUp('cancelled');
    this.attempt?.stop(reason);
  }

  /** The application closes: a wait is not waited to its end. */
  interrupt(): void {
    this.attempt?.outside(() => this.past().endWait?.(false));
  }

  /** Nobody wants to know any more how the call ends. */
  release(): void {
    if (this.ended) return;
    this.finish();
    this.driver = undefined;
    const message = 'Nobody waits for the result any more';
    const reason = () => new OperationCancelledError({ message });
    if (this.attempt?.settled === false) this.attempt.stop(withoutStack(reason));
    this.past().endWait?.(false);
  }
}
