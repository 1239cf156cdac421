import { OperationCancelledError } from '../errors/operation.errors.js';
import { withoutStack } from '../errors/service-error.js';
import { runningAttempt, type RunningAttempt } from './attempt.js';
import { CallHistory, type Cancellation } from './call-history.js';
import { cancelOnAbort, stopListening, type Cancellable } from './cancellation.js';
import { now, startOf } from './deadline-queue.js';

/** The part of a call that knows when it began and what can end it from outside. */
export abstract class CancellableCall implements Cancellable {
  // Declared here and set in constructors: initializers on every level cost a tenth of a call.
  declare protected attempt: RunningAttempt | undefined;
  declare protected ended: boolean;
  declare protected history: CallHistory | undefined;
  /** The attempt that the call was made in. */
  declare readonly outer: RunningAttempt | undefined;
  declare private signal: AbortSignal | undefined;

  constructor() {
    this.attempt = undefined;
    this.ended = false;
    this.history = undefined;
    this.outer = runningAttempt();
    this.signal = undefined;
  }

  /** Why the call was cancelled, where it was. */
  get cancellation(): Cancellation | undefined {
    return this.history?.cancellation;
  }

  /** Whether nothing more can come of the call. */
  get isOver(): boolean {
    return this.ended;
  }

  /** From now on this signal cancels the call. */
  listenTo(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    this.signal = signal;
    if (signal.aborted) this.cancel(signal.reason);
    else cancelOnAbort(signal, this);
  }

  protected stopListening(): void {
    if (this.signal !== undefined) stopListening(this.signal, this);
  }

  protected listenAgain(): void {
    this.listenTo(this.signal);
  }

  /**
   * From now on the call ends with the attempt around it. Only a call that waits or whose signal is
   * asked for pays for that.
   */
  followOuter(): void {
    const { outer } = this;
    if (outer === undefined || this.past().followsOuter) return;
    this.past().followsOuter = true;
    const { signal } = outer;
    if (signal.aborted) this.cancel(signal.reason, signal);
    else cancelOnAbort(signal, this);
  }

  /** What was stopped, as by its limit, begins nothing more; nor does what has failed and is repeated. */
  protected endWithOuter(outer: RunningAttempt): void {
    if (outer.stopped) this.followOuter();
    if (this.ended || this.cancellation !== undefined || !outer.owner.isStale(outer)) return;
    const message = 'The attempt that the call was made in has failed before';
    const reason = withoutStack(() => new OperationCancelledError({ message }));
    this.past().cancellation = { reason, fromOutside: true };
  }

  /** The caller does not want the result any more: ends the attempt or the wait at once. */
  cancel(reason: unknown, source?: AbortSignal): void {
    if (this.ended || this.cancellation !== undefined) return;
    const past = this.past();
    const fromOutside = past.followsOuter && source === this.outer?.signal;
    past.cancellation = { reason, fromOutside };
    // Whoever cancels may be busy with another request: what is logged belongs to this one.
    if (this.attempt === undefined) this.endBy(reason);
    else this.attempt.outside(() => this.endBy(reason));
  }

  /** The call is cancelled while an attempt or a wait goes on. */
  protected abstract endBy(reason: unknown): void;

  /** Nothing changes the call any more. */
  protected finish(): void {
    this.ended = true;
    if (this.signal !== undefined) this.stopListening();
    if (this.history !== undefined) this.close(this.history);
  }

  /** Takes back what only calls with a history have taken. */
  protected close(history: CallHistory): void {
    if (history.followsOuter && this.outer) stopListening(this.outer.signal, this);
    history.tellOfInner();
  }

  /** What a call that succeeds at once does without. */
  past(): CallHistory {
    return this.history ?? this.pastBy(now());
  }

  /** Milliseconds since the call began. */
  protected elapsedMs(): number {
    const time = now();
    return Math.max(0, time - this.pastBy(time).startedAt);
  }

  private pastBy(time: number): CallHistory {
    return (this.history ??= new CallHistory(this.attempt ? startOf(this.attempt, time) : time));
  }
}
