import type { Platform } from '../errors/service-error.js';
import type { RetryReport } from './retry-report.js';

/** A call, for those who watch: the object itself tells one from another. */
export interface WatchedCall {
  readonly policy: { readonly context: string; readonly platform: Platform | undefined };
}

export interface WatchedAttempt {
  readonly owner: WatchedCall;
  /** 1 for the first call. */
  readonly number: number;
  /** Its limit in milliseconds. */
  readonly limitMs: number;
}

/** How a call has ended: well, badly, or because nobody waits for it any more. */
export type CallEnd =
  'succeeded' | 'left' | { readonly error: unknown; readonly report: RetryReport };

/** Hears of every call, also of those that succeed at once, in the call's asynchronous context. */
export interface CallWatcher {
  attemptBegan?(attempt: WatchedAttempt): void;
  attemptFailed?(attempt: WatchedAttempt, error: unknown): void;
  /** The call waits for so many milliseconds at most before its next attempt. */
  waitBegan?(call: WatchedCall, delayMs: number): void;
  /** The last that is heard of a call. */
  callEnded?(call: WatchedCall, end: CallEnd): void;
  /** Calls the operation of an attempt, and returns what it returns. */
  run?<T>(attempt: WatchedAttempt, operation: () => T): T;
}

/** Several watchers as one. What one of them throws, but in `run`, is no call's failure. */
export class CallWatchers implements Required<CallWatcher> {
  constructor(
    private readonly watchers: readonly CallWatcher[],
    private readonly onFailure: (call: WatchedCall, error: unknown) => void,
  ) {}

  with(watcher: CallWatcher): CallWatchers {
    return new CallWatchers([...this.watchers, watcher], this.onFailure);
  }

  without(watcher: CallWatcher): CallWatchers | undefined {
    const rest = this.watchers.filter((other) => other !== watcher);
    return rest.length === 0 ? undefined : new CallWatchers(rest, this.onFailure);
  }

  attemptBegan(attempt: WatchedAttempt): void {
    this.tell(attempt.owner, (watcher) => watcher.attemptBegan?.(attempt));
  }

  attemptFailed(attempt: WatchedAttempt, error: unknown): void {
    this.tell(attempt.owner, (watcher) => watcher.attemptFailed?.(attempt, error));
  }

  waitBegan(call: WatchedCall, delayMs: number): void {
    this.tell(call, (watcher) => watcher.waitBegan?.(call, delayMs));
  }

  callEnded(call: WatchedCall, end: CallEnd): void {
    this.tell(call, (watcher) => watcher.callEnded?.(call, end));
  }

  run<T>(attempt: WatchedAttempt, operation: () => T): T {
    let wrapped = operation;
    for (const watcher of this.watchers) {
      const inner = wrapped;
      if (watcher.run !== undefined) wrapped = () => watcher.run?.(attempt, inner) as T;
    }
    return wrapped();
  }

  private tell(call: WatchedCall, tell: (watcher: CallWatcher) => void): void {
    for (const watcher of this.watchers) {
      try {
        tell(watcher);
      } catch (error) {
        this.onFailure(call, error);
      }
    }
  }
}
