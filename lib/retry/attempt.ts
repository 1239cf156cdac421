import { AsyncResource } from 'node:async_hooks';
import type { Platform } from '../errors/service-error.js';
import { attemptStore, STORES_ON_RESOURCES } from './attempt-store.js';
import type { CallWatchers } from './call-watcher.js';
import type { Deadline } from './deadline-list.js';
import { clearDeadline, remainingUntil, setDeadline } from './deadline-queue.js';
import type { InnerFailure } from './inner-failure.js';
import type { WorkQueue } from './work-queue.js';

/** What the code of an attempt may know about it. @publicApi */
export interface Attempt {
  /** 1 for the first call, 2 for the first retry. */
  readonly number: number;
  readonly context: string;
  readonly platform: Platform | undefined;
  /** Aborts when the attempt's limit is reached or the call is cancelled; fresh for each attempt. */
  readonly signal: AbortSignal;
  /** The same in every attempt of one call. */
  readonly idempotencyKey: string;
  /** Milliseconds until the attempt has to be over: by its own limit or by that of a call around it. */
  remaining(): number;
}

/** How an operation has ended after its attempt had: with a result that may be lost, or not well. */
export type LateEnd = 'failed' | 'done' | { readonly value: unknown };

/** What an attempt, and what runs inside it, needs of the call it belongs to. */
export interface AttemptOwner {
  readonly policy: { readonly context: string; readonly platform: Platform | undefined };
  readonly idempotencyKey: string;
  /** Whose method the operation is. */
  readonly self?: unknown;
  /** The attempt's limit is reached; called with the asynchronous context of the caller. */
  limitReached(attempt: RunningAttempt): void;
  /**
   * The attempt has failed: by itself or ended from outside; called in the caller's context.
   *
   * @param isOver nothing of the attempt is on the stack or to come: the next one may begin there
   */
  attemptFailed(thrown: unknown, isOver?: boolean): void;
  /** Nobody wants the call's result any more. */
  cancel(reason: unknown): void;
  /** The attempt's result is the call's. */
  attemptSucceeded(value: unknown): void;
  /** The attempt's result is to be iterated, and its first item is the attempt's; false where not. */
  attemptStreams(attempt: RunningAttempt, items: AsyncIterable<unknown>): boolean;
  /** A call inside the attempt has failed; false where it is too late to tell of it. */
  innerFailed(failure: InnerFailure): boolean;
  /** The attempt's signal is used: what ends the attempt around the call has to abort it. */
  followOuter(): void;
  /** A call inside the attempt takes care of its own retries: the attempt's limit stands back. */
  innerHolds(attempt: RunningAttempt): void;
  /** That call is over. */
  innerReleases(attempt: RunningAttempt): void;
  /** A call inside the attempt has begun what must not be done twice (1), or has surely not done it (-1). */
  innerWrites(attempt: RunningAttempt, change: 1 | -1): void;
  /** What the call does must not happen twice. */
  readonly isWrite: boolean;
  /** The attempt that the call was made in. */
  readonly outer: RunningAttempt | undefined;
  /** The present attempt waits for calls inside it, which have limits of their own. */
  readonly isHeld: boolean;
  /** The attempt has failed, and another one comes or has come: nothing new is begun in it. */
  isStale(attempt: RunningAttempt): boolean;
  /** The call, or one around it, is the first one of the account after a cooldown. */
  isProbeOf(account: string): boolean;
  /** Milliseconds until the call has to be over, the calls around it included. */
  remainingMs(): number;
  /** What the attempt runs through lets its operation begin: so does its limit. */
  operationBegins(attempt: RunningAttempt): void;
  /** The operation of an attempt that had ended has come to its end too, and how. */
  attemptStopped(attempt: RunningAttempt, end: LateEnd): void;
  /** The queue whose job the call is made in. */
  readonly queue: WorkQueue | undefined;
  /** The application that the call belongs to. */
  readonly runtime: object;
  /** Who hears of the call, where somebody does. */
  readonly watcher: CallWatchers | undefined;
}

const attempts = attemptStore<RunningAttempt>();

/**
 * One attempt. A single object is the limit's node, the settle guard, the value of
 * `currentAttempt()` and what takes the caller's asynchronous context along, because each further
 * object would be paid for by every call that succeeds.
 */
export class RunningAttempt extends AsyncResource implements Attempt, Deadline {
  private state: 'running' | 'ended' | 'settled' = 'running';
  /** The decorated route handler that this attempt is about to run and nobody has entered yet. */
  handler: object | undefined = undefined;
  limitMs = 0;
  deadline = 0;
  place: Deadline['place'] = undefined;
  before: Deadline | undefined = undefined;
  after: Deadline | undefined = undefined;
  private controller: AbortController | undefined = undefined;

  constructor(
    readonly owner: AttemptOwner,
    readonly number: number,
  ) {
    // What has triggered it only hooks would ask, and finding out costs as much as all the rest.
    super('RetryAttempt', 0);
  }

  /** Nothing that the attempt does from here on changes the call. */
  get ended(): boolean {
    return this.state !== 'running';
  }

  /** The operation itself has come to its end. */
  get settled(): boolean {
    return this.state === 'settled';
  }

  /** It was ended from outside, by its limit or by cancellation. */
  get stopped(): boolean {
    return this.controller?.signal.aborted === true;
  }

  get context(): string {
    return this.owner.policy.context;
  }

  get platform(): Platform | undefined {
    return this.owner.policy.platform;
  }

  get idempotencyKey(): string {
    return this.owner.idempotencyKey;
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (!this.settled) this.owner.followOuter();
    }
    return this.controller.signal;
  }

  remaining(): number {
    if (this.ended) return 0;
    const { outer } = this.owner;
    const around = outer === undefined || outer.ended ? Infinity : outer.remaining();
    return Math.min(remainingUntil(this), this.owner.remainingMs(), around);
  }

  /** Calls the function so that `currentAttempt()` is this attempt, and returns what it returns. */
  run<T, Self = undefined>(func: (this: Self, attempt: RunningAttempt) => T, self?: Self): T {
    const { watcher } = this.owner;
    if (watcher !== undefined) return this.runWatched(watcher, () => func.call(self as Self, this));
    if (STORES_ON_RESOURCES) return this.runOnResource(func, self as Self);
    // Entering inside a resource and leaving with it costs half of `als.run`.
    return this.runInAsyncScope(enter, self, this, func) as T;
  }

  private runWatched<T>(watcher: CallWatchers, operation: () => T): T {
    const watched = () => watcher.run(this, operation);
    if (STORES_ON_RESOURCES) return this.runOnResource(watched, undefined);
    return this.runInAsyncScope(enter, undefined, this, watched) as T;
  }

  // In a resource of its own: what the operation enters in turn stays with that one.
  private runOnResource<T, Self>(func: (this: Self, attempt: RunningAttempt) => T, self: Self): T {
    const operation = new AsyncResource('RetryOperation', 0);
    return operation.runInAsyncScope(() => attempts.run(this, () => func.call(self, this)));
  }

  limit(ms: number): void {
    if (this.place !== undefined) clearDeadline(this);
    setDeadline(this, ms);
  }

  /** Takes the limit back until one is set again. */
  suspend(): void {
    clearDeadline(this);
    this.deadline = 0;
  }

  expire(): void {
    this.outside(() => this.owner.limitReached(this));
  }

  /** Ends the attempt; false where it had ended before. */
  end(): boolean {
    if (this.ended) return false;
    this.state = 'ended';
    clearDeadline(this);
    return true;
  }

  /** The operation has come to its end; false where that comes too late to count. */
  settle(end: LateEnd = 'failed'): boolean {
    const first = this.end();
    if (!first && !this.settled) {
      this.state = 'settled';
      this.owner.attemptStopped(this, end);
    }
    this.state = 'settled';
    return first;
  }

  /** Ends the attempt from outside: its signal aborts and it fails with the reason. */
  abort(reason: unknown): void {
    if (this.ended) return;
    this.stop(reason);
    this.owner.attemptFailed(reason);
  }

  /** Ends the attempt from outside and tells nobody but the operation. */
  stop(reason: unknown): void {
    this.end();
    if (this.settled) return;
    // Also where nobody has asked for the signal yet: it is not to be had alive afterwards.
    (this.controller ??= new AbortController()).abort(reason);
  }

  /** Calls a function with the asynchronous context of the caller. */
  outside<T>(callback: () => T): T {
    return this.runInAsyncScope(callback);
  }
}

function enter(
  this: unknown,
  attempt: RunningAttempt,
  func: (attempt: RunningAttempt) => unknown,
): unknown {
  attempts.enterWith(attempt);
  return func.call(this, attempt);
}

/** The attempt that the running code belongs to, also behind an `await`. */
export function runningAttempt(): RunningAttempt | undefined {
  return attempts.getStore();
}

/**
 * The attempt that the running code belongs to, or undefined outside one.
 *
 * @example
 * await fetch(url, { signal: currentAttempt()?.signal ?? null });
 * @publicApi
 */
export function currentAttempt(): Attempt | undefined {
  return attempts.getStore();
}
