import { randomUUID } from 'node:crypto';
import { HttpExceptionError } from '../classify/http-exception.js';
import { timeLimitError } from '../classify/classify-error.js';
import { OperationCancelledError } from '../errors/operation.errors.js';
import { withoutStack, type Platform, type ServiceError } from '../errors/service-error.js';
import { runningAttempt, RunningAttempt, type AttemptOwner, type InnerFailure } from './attempt.js';
import { cancelOnAbort, stopListening, type Cancellable } from './cancellation.js';
import { now, startOf } from './deadline-queue.js';
import { nextStep, type GaveUp, type NextStep } from './next-step.js';
import type { RetryPolicy } from './policy.js';
import { attachReport, reportJson, retryReport, type RetryReport } from './retry-report.js';
import type { Interruptible, RetryRuntime } from './retry-runtime.js';

/** Turns the final error into a result. */
export type Recover = (error: unknown) => unknown;

/** What runs a call's attempts and hands on how it ended: one for promises, one for RxJS. */
export interface RetryDriver {
  /** Starts the operation of an attempt; {@link RetryCall.attemptFailed} hears of its failure. */
  runAttempt(attempt: RunningAttempt): void;
  /** The attempt counts no more; a retry follows. */
  attemptEnded(): void;
  /** The call has failed for good. */
  reject(error: unknown): void;
  /** The call has failed for good, but `recover` gave this result for it. */
  recovered(result: unknown): void;
}

/** What only a call knows that did not succeed at once. */
class History {
  constructor(readonly startedAt: number) {}

  readonly delays: number[] = [];
  readonly errors: unknown[] = [];
  readonly innerFailures: InnerFailure[] = [];
  /** Attempts that still ran when the next one began. */
  overlaps = 0;
  endWait: ((elapsed: boolean) => void) | undefined = undefined;
  cancellation: { readonly reason: unknown } | undefined = undefined;
}

/** Reports keep that many errors. */
const KEPT_ERRORS = 10;

/**
 * One call: attempt, and where it fails: decide, wait, attempt again. A driver runs the attempts;
 * everything else about retries happens here, once for all drivers.
 */
export class RetryCall implements AttemptOwner, Cancellable, Interruptible {
  private readonly parent = runningAttempt()?.owner;
  private driver: RetryDriver | undefined = undefined;
  private attempt: RunningAttempt | undefined = undefined;
  private attemptsMade = 0;
  private ended = false;
  /** Something was handed on already, so that another attempt would repeat it. */
  emitted = false;
  private history: History | undefined = undefined;
  private key: string | undefined = undefined;

  constructor(
    private policy: RetryPolicy,
    readonly runtime: RetryRuntime,
    private signal?: AbortSignal | undefined,
    public recover?: Recover | undefined,
    /** What the policy's callbacks are called with as `this`. */
    public self?: unknown,
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
    return (this.key ??= randomUUID());
  }

  /** Why the call was cancelled, where it was. */
  get cancellation(): { readonly reason: unknown } | undefined {
    return this.history?.cancellation;
  }

  /** Runs the call to its end. */
  start(driver: RetryDriver): void {
    this.driver = driver;
    if (this.cancellation === undefined) this.startAttempt();
    else this.giveUp('cancelled');
  }

  private startAttempt(): void {
    const { timeout, totalTimeout } = this.policy;
    if (this.attempt?.settled === false) this.past.overlaps++;
    const attempt = new RunningAttempt(this, ++this.attemptsMade);
    attempt.limit(
      totalTimeout === Infinity
        ? timeout
        : Math.min(timeout, Math.ceil(totalTimeout - (this.history ? this.elapsedMs() : 0))),
    );
    this.attempt = attempt;
    this.driver?.runAttempt(attempt);
  }

  limitReached(attempt: RunningAttempt): void {
    attempt.abort(timeLimitError(this.policy, attempt.limitMs));
  }

  /** An attempt has failed: by itself, by its limit or by cancellation. */
  attemptFailed(thrown: unknown): void {
    if (this.ended) return; // a stream that was cancelled after its first item
    const step = this.decide(thrown);
    if (step.retry) this.driver?.attemptEnded();
    // A callback or a teardown may have cancelled the call, or its subscriber has left.
    if (this.ended) return;
    if (this.cancellation !== undefined) return this.giveUp('cancelled');
    if (!step.retry) return this.giveUp(step.gaveUp);
    this.wait(step.delayMs, (elapsed) => {
      if (this.ended) return;
      if (!elapsed) this.giveUp(this.cancellation === undefined ? 'shutdown' : 'cancelled');
      // A busy process may have waited longer than it should.
      else if (this.elapsedMs() >= this.policy.totalTimeout) this.giveUp('total-timeout');
      else this.startAttempt();
    });
  }

  succeeded(): void {
    if (this.ended) return;
    if (this.attemptsMade > 1) {
      this.runtime.observer.retrySucceeded(this.policy, this.attemptsMade - 1, this.elapsedMs());
    }
    this.finish(undefined);
  }

  private decide(thrown: unknown): NextStep {
    const { policy, runtime, past } = this;
    if (past.cancellation !== undefined) return { retry: false, gaveUp: 'cancelled' };
    const error = runtime.classify(thrown, policy);
    if (past.errors.length === KEPT_ERRORS) past.errors.shift();
    past.errors.push(leavingError(error, thrown));
    const elapsedMs = this.elapsedMs();
    const step = this.nextStep(error, elapsedMs);
    if (this.ended || this.cancellation !== undefined) return { retry: false, gaveUp: 'cancelled' };
    if (step.retry || this.attemptsMade > 1) {
      const failure = { policy, attempt: this.attemptsMade, error: error ?? thrown, elapsedMs };
      runtime.observer.attemptFailed(failure);
      this.forgetInner(thrown);
      if (step.retry) runtime.observer.retryScheduled(failure, step.delayMs);
    }
    return step;
  }

  private nextStep(error: ServiceError | undefined, elapsedMs: number): NextStep {
    const { emitted } = this;
    const { closing } = this.runtime;
    const progress = { retries: this.attemptsMade - 1, elapsedMs, emitted, closing };
    try {
      return nextStep(this.policy, error, progress, Math.random, this.self);
    } catch (thrown) {
      this.runtime.observer.callbackFailed('retryOn or backoff', this.context, thrown);
      return { retry: false, gaveUp: 'not-retryable' };
    }
  }

  /** Calls `done` with true after the wait, or with false as soon as it is cut short. */
  private wait(delayMs: number, done: (elapsed: boolean) => void): void {
    const { past } = this;
    // Fake timers may replace both before the wait is over.
    const { setTimeout, clearTimeout } = globalThis;
    past.delays.push(delayMs);
    let timer: NodeJS.Timeout | undefined;
    past.endWait = (elapsed) => {
      past.endWait = undefined;
      clearTimeout(timer);
      this.runtime.waiting.delete(this);
      if (!elapsed) past.delays.pop();
      done(elapsed);
    };
    this.runtime.waiting.add(this);
    // Not queueMicrotask: Jest's fake timers hold that up.
    if (delayMs === 0) void Promise.resolve().then(() => past.endWait?.(true));
    else timer = setTimeout(() => past.endWait?.(true), Math.ceil(delayMs));
  }

  /** The call has failed for good. */
  private giveUp(gaveUp: GaveUp): void {
    const { past, runtime, recover } = this;
    const { cancellation } = past;
    const error = cancellation === undefined ? past.errors.at(-1) : cancellation.reason;
    const own = this.report(gaveUp, past);
    // A call that only passed on what an inner call reported has nothing to add to it.
    const report = (own.retries === 0 ? retryReport(error) : undefined) ?? own;
    attachReport(error, report);
    if (gaveUp === 'exhausted' && own.retries > 0) runtime.observer.retryExhausted(report, error);
    this.finish(error);
    // Not asked by `instanceof`: the call around this one may be of another copy of the package.
    if (this.parent?.innerFailed({ report, error }) !== true) {
      runtime.observer.operationFailed(report, error);
    }
    if (recover === undefined || gaveUp === 'cancelled') this.driver?.reject(error);
    else this.recoverBy(recover, error);
  }

  private recoverBy(recover: Recover, error: unknown): void {
    try {
      this.driver?.recovered(recover(error));
    } catch (thrown) {
      this.driver?.reject(thrown);
    }
  }

  /** A call inside this one has failed: if it is why this one fails, that is told once. */
  innerFailed(failure: InnerFailure): boolean {
    if (this.ended) return false;
    const { innerFailures } = this.past;
    if (innerFailures.length === KEPT_ERRORS) this.tellOf(innerFailures.shift());
    innerFailures.push(failure);
    return true;
  }

  /** What made an attempt fail is told as that attempt's failure. */
  private forgetInner(error: unknown): void {
    const { innerFailures } = this.past;
    const index = innerFailures.findIndex((inner) => inner.error === error);
    if (index >= 0) innerFailures.splice(index, 1);
  }

  private tellOf(inner: InnerFailure | undefined): void {
    if (inner !== undefined) this.runtime.observer.operationFailed(inner.report, inner.error);
  }

  private finish(error: unknown): void {
    this.ended = true;
    if (this.signal !== undefined) stopListening(this.signal, this);
    // What the operation caught and dealt with is a failed call too.
    for (const inner of this.history?.innerFailures ?? []) {
      if (inner.error !== error) this.tellOf(inner);
    }
  }

  /** From now on the call runs under this policy, the present attempt's limit included. */
  applyPolicy(policy: RetryPolicy): void {
    const { timeout } = this.policy;
    this.policy = policy;
    if (policy.timeout !== timeout) this.attempt?.limit(policy.timeout);
  }

  /** From now on the signal cancels the call. */
  listenTo(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    this.signal = signal;
    if (signal.aborted) this.cancel(signal.reason);
    else cancelOnAbort(signal, this);
  }

  /** The caller does not want the result any more: ends the attempt or the wait at once. */
  cancel(reason: unknown): void {
    if (this.ended || this.past.cancellation !== undefined) return;
    this.past.cancellation = { reason };
    // Whoever cancels may be busy with another request: what is logged belongs to this one.
    this.attempt?.outside(() => this.endBy(reason));
  }

  private endBy(reason: unknown): void {
    if (this.past.endWait !== undefined) this.past.endWait(false);
    else if (this.emitted) this.cutOff(reason);
    else this.attempt?.abort(reason);
  }

  /** Ends a stream that has given something: its attempt is over, but it is not. */
  private cutOff(reason: unknown): void {
    this.attempt?.stop(reason);
    this.giveUp('cancelled');
  }

  /** The application closes: a wait is not waited to its end. */
  interrupt(): void {
    this.attempt?.outside(() => this.history?.endWait?.(false));
  }

  /** Nobody wants to know any more how the call ends. */
  release(): void {
    if (this.ended) return;
    this.finish(undefined);
    this.driver = undefined;
    this.attempt?.stop(NOBODY_WAITS);
    this.history?.endWait?.(false);
  }

  private get past(): History {
    return (this.history ??= new History(
      this.attempt === undefined ? now() : startOf(this.attempt),
    ));
  }

  private elapsedMs(): number {
    return Math.max(0, now() - this.past.startedAt);
  }

  private report(gaveUp: GaveUp, past: History): RetryReport {
    const { policy, attemptsMade, attempt } = this;
    const report = {
      context: policy.context,
      platform: policy.platform,
      attempts: attemptsMade,
      retries: Math.max(0, attemptsMade - 1),
      maxRetries: policy.maxRetries,
      elapsedMs: Math.round(this.elapsedMs()),
      delays: past.delays,
      gaveUp,
      // The last attempt may stop a moment after its limit: it counts for as long as it has not.
      get abandoned(): number {
        return past.overlaps + (attempt?.settled === false ? 1 : 0);
      },
      errors: past.errors,
      toJSON: () => reportJson(report),
    };
    return report;
  }
}

const NOBODY_WAITS = withoutStack(
  () => new OperationCancelledError({ message: 'Nobody waits for the result any more' }),
);

/** What leaves the call for an error: Nest's own exceptions and unrecognised values stay themselves. */
function leavingError(error: ServiceError | undefined, thrown: unknown): unknown {
  return error === undefined || error instanceof HttpExceptionError ? thrown : error;
}
