import { randomUUID } from 'node:crypto';
import { timeLimitError } from '../classify/classify-error.js';
import { OperationCancelledError } from '../errors/operation.errors.js';
import { withoutStack } from '../errors/service-error.js';
import { RunningAttempt, type AttemptOwner, type LateEnd } from './attempt.js';
import type { CallHistory } from './call-history.js';
import type { CallHooks } from './call-hooks.js';
import { keepStart } from './deadline-queue.js';
import { FailingCall } from './failing-call.js';
import type { RetryPolicy } from './policy.js';
import { claimResumed } from './parking.js';
import type { RetryDriver } from './retry-driver.js';
import type { RetryRuntime } from './retry-runtime.js';
import { MAX_DELAY_MS } from './wait.js';

/**
 * One call: attempt, and where it fails: understand, decide, wait, attempt again. A driver runs the
 * attempts; everything else about retries happens here, once for all drivers.
 */
export class RetryCall extends FailingCall implements AttemptOwner {
  declare policy: RetryPolicy;
  declare readonly runtime: RetryRuntime;
  declare hooks: CallHooks | undefined;
  declare self: unknown;

  /** @param self what the policy's callbacks are called with as `this` */
  constructor(
    policy: RetryPolicy,
    runtime: RetryRuntime,
    signal?: AbortSignal,
    hooks?: CallHooks,
    self?: unknown,
  ) {
    super();
    this.emitted = 0;
    this.driver = undefined;
    this.policy = policy;
    this.runtime = runtime;
    this.hooks = hooks;
    this.self = self;
    if (signal !== undefined) this.listenTo(signal);
    if (this.outer !== undefined) this.beginWithin(this.outer);
  }

  private beginWithin(outer: RunningAttempt): void {
    this.endWithOuter(outer);
    if (this.isWrite || this.hooks?.park) claimResumed(this);
    if (this.isWrite) this.holdOuter();
  }

  /** What the arguments say is known only now. */
  hookUp(hooks: CallHooks): void {
    // Asked once: the key of every attempt is the same.
    const key = this.hooks === undefined ? hooks.idempotencyKey?.() : undefined;
    this.hooks = hooks;
    if (key !== undefined) this.past().idempotencyKey = key;
    this.tellLate();
  }

  /** Only the arguments have shown that the attempt writes. */
  private tellLate(): void {
    if (this.outer === undefined || this.attempt === undefined || !this.isWrite) return;
    this.holdOuter();
    this.tellOfWrite(this.outer);
  }

  get idempotencyKey(): string {
    return (this.past().idempotencyKey ??=
      this.hooks?.idempotencyKey?.() ??
      this.queue?.idempotencyKey?.(this.policy.context) ??
      randomUUID());
  }

  /** An item is handed on; the call's limits are over, but not the call. */
  emit(): void {
    if (this.emitted++ > 0) return;
    if (this.attempt) keepStart(this.attempt);
    this.probeAnswered();
  }

  /** What has begun to hand on items ends with the application. */
  joinStreams(): void {
    const { attempt } = this;
    if (this.emitted > 0 && attempt !== undefined) this.runtime.streams.append(attempt);
  }

  leaveStreams(): void {
    const { attempt } = this;
    if (attempt?.place === this.runtime.streams) this.runtime.streams.remove(attempt);
  }

  /** Runs the call to its end; an attempt that has begun already is its first. */
  start(driver: RetryDriver): void {
    this.driver = driver;
    if (this.ended) driver.reject(this.cancellation?.reason);
    else if (this.cancellation !== undefined) this.giveUp('cancelled');
    else if (this.attempt !== undefined) driver.runAttempt(this.attempt);
    else this.next();
  }

  attemptNext(): void {
    const resumed = this.attempt === undefined ? this.history?.resumed : undefined;
    if (resumed === undefined) this.driver?.runAttempt(this.begin());
    else resumed.begin(this, () => this.driver?.runAttempt(this.begin()));
  }

  begin(): RunningAttempt {
    if (this.attempt?.settled === false) this.past().overlaps++;
    const attempt = new RunningAttempt(this, this.attemptsMade + 1);
    this.limit(attempt);
    if (this.history !== undefined) this.history.nextAttempt();
    if (this.outer !== undefined && this.isWrite) this.tellOfWrite(this.outer);
    this.attempt = attempt;
    this.watcher?.attemptBegan(attempt);
    return attempt;
  }

  /** Sets an attempt's limit: only that of the call where a policy may let it wait before. */
  private limit(attempt: RunningAttempt): void {
    if (this.hasBegun(attempt)) attempt.limit(this.limitMs());
    else this.limitTo(attempt, MAX_DELAY_MS);
  }

  /** Whether the attempt has nothing more to wait for before its operation. */
  hasBegun(attempt: RunningAttempt): boolean {
    return this.policy.through === undefined || this.history?.begun === attempt;
  }

  operationBegins(attempt: RunningAttempt): void {
    this.past().begun = attempt;
    if (!attempt.ended) attempt.limit(this.limitMs());
  }

  /**
   * Runs what the attempt does once its account lets it through, which is known only inside the
   * attempt. Its limit begins then.
   */
  enterAccount(attempt: RunningAttempt, run: () => unknown): unknown {
    let result: { readonly value: unknown } | undefined;
    let resume: ((value: unknown) => void) | undefined;
    attempt.suspend();
    this.admitted(() => {
      this.limit(attempt);
      if (resume === undefined) result = { value: run() };
      else resume(attempt.run(async () => run()));
    });
    if (result !== undefined) return result.value;
    return new Promise<unknown>((resolve) => {
      resume = resolve;
    });
  }

  /** What the attempt has given waits to be subscribed to; until then nothing runs out. */
  suspend(): void {
    this.attempt?.suspend();
    this.stopListening();
    // It may never be: nobody is to wait for that.
    this.probeAnswered();
    this.releaseOuter();
    if (this.history !== undefined) this.giveTokenBack(this.history);
  }

  resume(): this {
    if (this.attempt) this.limit(this.attempt);
    this.listenAgain();
    if (this.isWrite || this.attemptsMade > 1) this.holdOuter();
    return this;
  }

  private limitMs(): number {
    const { timeout, totalTimeout } = this.policy;
    // A first attempt ends with the one around it by its signal, which costs calls that succeed nothing.
    if (totalTimeout === Infinity && this.history === undefined) return timeout;
    return Math.min(timeout, Math.max(1, Math.ceil(this.remainingMs())));
  }

  limitReached(attempt: RunningAttempt): void {
    attempt.abort(timeLimitError(this.policy, attempt.limitMs, this.hasBegun(attempt)));
  }

  attemptSucceeded(value: unknown): void {
    if (this.isFailure(value)) return this.attemptFailed(value, true);
    this.succeeded();
    this.driver?.resolve?.(value);
  }

  attemptStreams(attempt: RunningAttempt, items: AsyncIterable<unknown>): boolean {
    if (attempt.ended || this.ended || this.driver?.streams === undefined) return false;
    if (this.policy.through !== undefined) return false; // the policy has heard of the result
    this.driver.streams(attempt, items);
    return true;
  }

  succeeded(): void {
    if (this.ended) return;
    this.creditSuccess();
    this.watcher?.callEnded(this, 'succeeded');
    if (this.history !== undefined) this.tellOfSuccess(this.history);
    this.finish();
  }

  private tellOfSuccess({ startedAt }: CallHistory): void {
    this.probeAnswered();
    const { retries, policy, runtime } = this;
    if (retries > 0) runtime.observer.retrySucceeded(policy, retries, startedAt);
  }

  /** What an attempt has lost is there after all: that is the call's result. */
  endWith(value: unknown): void {
    this.succeeded();
    this.driver?.recovered(value);
  }

  attemptStopped(attempt: RunningAttempt, end: LateEnd): void {
    if (attempt === this.attempt) this.history?.onStopped?.(end);
  }

  /** From now on the call runs under this policy, the present attempt's limit included. */
  applyPolicy(policy: RetryPolicy): void {
    const { timeout, totalTimeout } = this.policy;
    // What runs already no policy can refuse.
    if (this.attempt && this.policy.through === undefined) this.past().begun = this.attempt;
    this.policy = policy;
    this.tellLate();
    if (policy.timeout === timeout && policy.totalTimeout === totalTimeout) return;
    this.past(); // keeps when the call began, which the limit that is set anew would hide
    if (this.attempt) this.limit(this.attempt);
  }

  protected endBy(reason: unknown): void {
    const { endWait } = this.past();
    if (endWait !== undefined) return endWait(false);
    if (this.emitted === 0) return this.attempt?.abort(reason);
    // A stream that has given something: its attempt is over, but it is not.
    this.giveUp('cancelled');
    this.attempt?.stop(reason);
  }

  /** Nobody wants to know any more how the call ends. */
  release(): void {
    if (this.ended) return;
    this.finish();
    this.watcher?.callEnded(this, 'left');
    this.driver = undefined;
    const message = 'Nobody waits for the result any more';
    const reason = () => new OperationCancelledError({ message });
    if (this.attempt?.settled === false) this.attempt.stop(withoutStack(reason));
    this.past().endWait?.(false);
  }
}
