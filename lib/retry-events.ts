import { Inject, Injectable } from '@nestjs/common';
import { Observable } from 'rxjs';
import { describeError, type ErrorDescription } from './errors/describe-error.js';
import { redactName } from './errors/redact-name.js';
import type { Platform } from './errors/service-error.js';
import type { CallWatcher, WatchedAttempt, WatchedCall } from './retry/call-watcher.js';
import type { RetryReportJson } from './retry/retry-report.js';
import type { RetryRuntime } from './retry/retry-runtime.js';
import { wallClock } from './retry/virtual-clock.js';
import { RUNTIME } from './retryable.tokens.js';

/** What happens to a call, and to which. @publicApi */
export type RetryEvent = {
  /** The same for all events of one call, and no other's. */
  readonly call: number;
  readonly context: string;
  readonly platform: Platform | undefined;
  /** When, in milliseconds since 1970. */
  readonly at: number;
} & (
  | { readonly type: 'attempt-began'; readonly attempt: number; readonly limitMs: number }
  | { readonly type: 'attempt-failed'; readonly attempt: number; readonly error: ErrorDescription }
  | { readonly type: 'wait-began'; readonly delayMs: number }
  | { readonly type: 'succeeded' }
  | { readonly type: 'failed'; readonly error: ErrorDescription; readonly report: RetryReportJson }
  /** Nobody waits for the result any more. */
  | { readonly type: 'left' }
);

type Happening = RetryEvent extends infer E
  ? E extends RetryEvent
    ? Omit<E, 'call' | 'context' | 'platform' | 'at'>
    : never
  : never;

let calls = 0;
const numbers = new WeakMap<WatchedCall, number>();

/**
 * What happens to the calls of an application, as it happens, those that succeed at once included.
 * Each subscriber is told in the asynchronous context of the call; while there is none nothing is
 * recorded, and no call pays for it. Errors are described without secrets. What a subscriber throws
 * RxJS throws as uncaught.
 *
 * @example
 * events.observe().subscribe((event) => {
 *   if (event.type === 'wait-began') console.log(event.context, event.delayMs);
 * });
 * @publicApi
 */
@Injectable()
export class RetryEvents {
  constructor(@Inject(RUNTIME) private readonly runtime: RetryRuntime) {}

  /** All events from the subscription on. */
  observe(): Observable<RetryEvent> {
    return new Observable((subscriber) =>
      this.runtime.watch(watcherOf((event) => subscriber.next(event))),
    );
  }
}

function watcherOf(tell: (event: RetryEvent) => void): CallWatcher {
  const tellOf = (call: WatchedCall, happening: Happening) => {
    const { context, platform } = call.policy;
    tell({
      ...happening,
      call: numberOf(call),
      context: redactName(context),
      platform: platform === undefined ? undefined : redactName(platform),
      at: wallClock(),
    });
  };
  return {
    attemptBegan: ({ owner, number, limitMs }: WatchedAttempt) =>
      tellOf(owner, { type: 'attempt-began', attempt: number, limitMs }),
    attemptFailed: ({ owner, number }, error) =>
      tellOf(owner, { type: 'attempt-failed', attempt: number, error: describeError(error) }),
    waitBegan: (call, delayMs) => tellOf(call, { type: 'wait-began', delayMs }),
    callEnded: (call, end) => {
      if (end === 'succeeded' || end === 'left') return tellOf(call, { type: end });
      const { error, report } = end;
      tellOf(call, { type: 'failed', error: describeError(error), report: report.toJSON() });
    },
  };
}

function numberOf(call: WatchedCall): number {
  let number = numbers.get(call);
  if (number === undefined) numbers.set(call, (number = ++calls));
  return number;
}
