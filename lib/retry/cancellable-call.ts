import { runningAttempt, type RunningAttempt } from './attempt.js';
import { CallHistory, type Cancellation } from './call-history.js';
import { cancelOnAbort, stopListening, type Cancellable } from './cancellation.js';
import { now, startOf } from './deadline-queue.js';

/** The part of a call that knows when it began and what can end it from outside. */
export abstract class CancellableCall implements Cancellable {
  protected attempt: RunningAttempt | undefined = undefined;
  protected ended = false;
  private history: CallHistory | undefined = undefined;
  private outerAttempt: RunningAttempt | undefined | null = null;
  private signal: AbortSignal | undefined = undefined;

  constructor(signal: AbortSignal | undefined) {
    if (signal !== undefined) this.listenTo(signal);
  }

  /** Why the call was cancelled, where it was. */
  get cancellation(): Cancellation | undefined {
    return this.history?.cancellation;
  }

  /** The attempt that the call was made in; calls that succeed do not need to know. */
  protected get outer(): RunningAttempt | undefined {
    if (this.outerAttempt === null) {
      this.outerAttempt = this.attempt ? this.attempt.outside(runningAttempt) : runningAttempt();
    }
    return this.outerAttempt;
  }

  /** The present asynchronous context is the caller's, which saves going there to look. */
  protected outerIsHere(): void {
    if (this.outerAttempt === null) this.outerAttempt = runningAttempt();
  }

  /** From now on this signal cancels the call. */
  listenTo(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    this.stopListening();
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

  /** The call is cancelled while an attempt or a wait goes on. */
  protected abstract endBy(reason: unknown): void;

  /** Nothing changes the call any more. */
  protected finish(): void {
    this.ended = true;
    if (this.signal !== undefined) this.stopListening();
    if (this.history === undefined) return;
    if (this.history.followsOuter && this.outer) stopListening(this.outer.signal, this);
    this.history.tellOfInner();
  }

  /** What a call that succeeds at once does without. */
  protected past(): CallHistory {
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
