import { read } from '../errors/safe-read.js';
import type { ParkedError } from '../errors/operation.errors.js';
import { isOfType, type ServiceError } from '../errors/service-error.js';
import { AccountedCall } from './accounted-call.js';
import type { InnerFailure } from './inner-failure.js';
import type { CallHooks } from './call-hooks.js';
import { SILENT, type AttemptFailure } from './events.js';
import { tookCare } from './layered-call.js';
import { CANCELLED, isForQueue, type GaveUp, type NextStep, type Progress } from './next-step.js';
import { remedy, type Failure } from './remedies.js';
import type { RetryDriver } from './retry-driver.js';
import { isParked, parkOrGiveUp, type Parkable } from './parking.js';
import { isPassedOn } from './passed-on.js';
import { attachReport } from './retry-report.js';
import { isRefusal } from './through.js';
import { soon, startWait } from './wait.js';
import { inJob, longWaitMs, QUOTA_MS, type LeftWait } from './work-queue.js';

/** The part of a call that an attempt's failure sets in motion: understand, decide, wait, give up. */
export abstract class FailingCall extends AccountedCall implements Parkable {
  declare protected driver: RetryDriver | undefined;
  /** What the policy's callbacks are called with as `this`. */
  abstract self?: unknown;
  abstract get idempotencyKey(): string;
  abstract endWith(value: unknown): void;

  get attemptsMade(): number {
    return this.attempt === undefined ? 0 : this.attempt.number;
  }

  /** Whether what an attempt has given says that it failed. */
  isFailure(value: unknown): boolean {
    return this.policy.isFailure?.(value) === true;
  }

  /** What it does must not happen twice. */
  get isWrite(): boolean {
    return this.policy.idempotent === false || this.hooks?.reconcile !== undefined;
  }

  /** An attempt has failed: by itself, by its limit or by cancellation. */
  attemptFailed(thrown: unknown, isOver = false): void {
    if (this.ended) return; // a stream that was cancelled after its first item
    if (this.outer !== undefined) this.endWithOuter(this.outer);
    if (this.cancellation !== undefined) return this.giveUp('cancelled');
    const past = this.past();
    if (isPassedOn(thrown)) {
      past.addError(undefined, thrown);
      return this.giveUp(isParked(thrown) ? 'parked' : 'left-to-queue');
    }
    const error = this.runtime.classify(thrown, this.policy);
    past.addError(error, thrown);
    if (this.attempt !== undefined) this.watcher?.attemptFailed(this.attempt, error ?? thrown);
    this.chargeFailure(error);
    if (read(error, 'mayHaveExecuted') === false) this.wroteNothing();
    const failure = { error, thrown, isOver, attempt: this.attempt };
    if (this.hooks === undefined || this.emitted > 0) this.decide(failure, this.isOpen(error));
    else remedy(this, failure);
  }

  /** Whether an attempt may have done its work, which must not be done twice, although it failed. */
  isOpen(error: ServiceError | undefined): boolean {
    return this.isWrite && read(error, 'mayHaveExecuted') !== false;
  }

  /** @param isUnknown nobody knows what became of the attempt, and it must not be repeated */
  decide(failure: Failure, isUnknown: boolean): void {
    const { budget } = this.runtime;
    const step = this.decided(failure, isUnknown);
    const isFree = !step.retry || step.isStated || budget?.isShared !== true || this.ended;
    if (isFree) this.follow(failure, this.afford(step));
    else this.affordShared(step, budget, (afforded) => this.follow(failure, afforded));
  }

  private follow(failure: Failure, decided: NextStep): void {
    const step = this.finalStep(failure, decided);
    if (step.retry) this.driver?.attemptEnded();
    // A callback or a teardown may have cancelled the call, or its subscriber has left.
    if (this.ended) return;
    if (this.cancellation !== undefined) return this.giveUp('cancelled');
    if (!step.retry) return this.stop(step, failure.error);
    this.wait(step.delayMs, failure.isOver);
  }

  private stop({ gaveUp, leftWait }: NextStep & { retry: false }, error: ServiceError | undefined) {
    const waitMs = this.hooks?.park === undefined ? undefined : longWaitMs(gaveUp, error, QUOTA_MS);
    if (waitMs === undefined || leftWait !== undefined) this.giveUp(gaveUp, leftWait);
    else this.park(gaveUp, waitMs, error);
  }

  protected park(gaveUp: GaveUp, waitMs: number, error: ServiceError | undefined): void {
    parkOrGiveUp(this, gaveUp, waitMs, error);
  }

  /** Retries made so far; what follows a repair is none. */
  get retries(): number {
    return Math.max(0, this.attemptsMade - 1 - this.past().repairs);
  }

  /** The call will be made without its caller. */
  parkedAs(error: ParkedError): void {
    const past = this.past();
    past.parked = error;
    // Whoever is around it must not repeat it.
    if (this.outer !== undefined) this.tellOfWrite(this.outer);
    this.giveUp('parked');
  }

  private decided({ error, thrown }: Failure, isUnknown: boolean): NextStep {
    const { policy, runtime } = this;
    const progress: Progress = {
      retries: this.retries + (this.nextRun?.retries ?? 0),
      remainingMs: this.remainingMs(),
      emitted: this.emitted > 0,
      isRefused: isRefusal(error),
      isUnknown,
      isNested: this.isNested(thrown),
      hasWritten: this.hasWritten,
      closing: runtime.closing,
    };
    return runtime.nextStep(policy, error, progress, this.self);
  }

  /** What the decision becomes in a queue's job, and what is told of it. */
  private finalStep({ error, thrown }: Failure, decided: NextStep): NextStep {
    if (this.ended || this.cancellation !== undefined) return CANCELLED;
    const { runtime, nextRun: queue } = this;
    const past = this.past();
    const isCut = runtime.closing && this.attempt?.stopped === true;
    const step = queue === undefined ? decided : inJob(queue, decided, error, isCut);
    // The token is spent where the retry is the job's next run.
    if (!step.retry && step.leftWait !== undefined) past.holdsToken = false;
    const delayMs = step.retry ? step.delayMs : step.leftWait?.ms;
    if (delayMs !== undefined || this.retries > 0) {
      const failure = this.failureOf(error ?? thrown);
      runtime.observer.attemptFailed(failure);
      past.forgetInner(thrown);
      if (delayMs !== undefined) runtime.observer.retryScheduled(failure, delayMs);
    }
    return step;
  }

  failureOf(error: unknown): AttemptFailure {
    const { policy, attemptsMade: attempt } = this;
    return { policy, attempt, error, startedAt: this.past().startedAt };
  }

  /** Attempts again without a wait, which counts as no retry. */
  tryAgain(): void {
    this.past().repairs++;
    this.driver?.attemptEnded();
    if (!this.ended) this.next();
  }

  /** Waits and attempts again, unless the wait is cut short. */
  private wait(delayMs: number, isOver: boolean): void {
    this.holdOuter();
    if (this.ended) return;
    if (this.cancellation !== undefined) return this.giveUp('cancelled');
    this.past().delays.push(delayMs);
    this.watcher?.waitBegan(this, delayMs);
    if (delayMs === 0 && isOver) return this.next();
    if (delayMs === 0) return soon(() => this.afterWait(true));
    this.runtime.waiting.add(this);
    this.past().endWait = startWait(delayMs, (elapsed) => this.afterWait(elapsed));
  }

  private afterWait(elapsed: boolean): void {
    this.past().endWait = undefined;
    this.runtime.waiting.delete(this);
    if (this.ended) return;
    if (this.outer !== undefined) this.endWithOuter(this.outer);
    if (!elapsed || this.cancellation !== undefined) {
      this.past().delays.pop();
      this.giveUp(this.cancellation === undefined ? 'shutdown' : 'cancelled');
    }
    // A busy process may have waited longer than it should.
    else if (this.remainingMs() <= 0) this.giveUp('total-timeout');
    else this.next();
  }

  /** The call has failed for good. */
  giveUp(gaveUp: GaveUp, leftWait?: LeftWait): void {
    if (this.ended) return;
    const { policy, attempt, runtime } = this;
    const past = this.past();
    const { error, report, inner } = past.conclude(
      policy,
      attempt,
      this.elapsedMs(),
      gaveUp,
      this.emitted,
      leftWait,
    );
    const isFinal = !isForQueue(gaveUp) && gaveUp !== 'cancelled';
    const recover =
      isFinal && !isOfType(error, 'OUTCOME_UNKNOWN') ? this.hooks?.recover : undefined;
    // A call around one that is parked has nothing to add to its report.
    if (gaveUp !== 'parked' || past.parked === error) attachReport(error, report);
    const isExhausted = gaveUp === 'exhausted' && report.retries > 0;
    if (isExhausted) runtime.observer.retryExhausted(report, error);
    this.watcher?.callEnded(this, { error, report });
    past.forgetInner(error);
    if (gaveUp !== 'cancelled') past.forgetInner(past.errors.at(-1));
    this.finish();
    const isTold = past.wasTold(error) || past.cancellation?.fromOutside === true;
    if (!isTold && !isForQueue(gaveUp)) {
      const observer = runtime.observer === SILENT && inner ? inner.observer : runtime.observer;
      const isOwned = recover === undefined && tookCare(report.retries + past.repairs, gaveUp);
      this.tell({ error, report, observer, isFinal: isOwned });
    }
    if (recover === undefined) this.driver?.reject(error);
    else this.recoverBy(recover, error);
  }

  private tell(failure: InnerFailure): void {
    // Not asked by `instanceof`: the call around this one may be of another copy of the package.
    if (this.outer?.owner.innerFailed(failure) === true) return;
    failure.observer.operationFailed(failure.report, failure.error);
  }

  private recoverBy(recover: NonNullable<CallHooks['recover']>, error: unknown): void {
    try {
      this.driver?.recovered(recover(error));
    } catch (thrown) {
      this.driver?.reject(thrown);
    }
  }
}
