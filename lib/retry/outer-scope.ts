import { randomUUID } from 'node:crypto';
import { OperationTimeoutError } from '../errors/operation.errors.js';
import { withoutStack } from '../errors/service-error.js';
import { RunningAttempt, type AttemptOwner } from './attempt.js';
import { remainingUntil } from './deadline-queue.js';
import type { WorkQueue } from './work-queue.js';

export interface OuterScopeOptions {
  /** Milliseconds for the whole request; without them it has no limit. */
  readonly ms?: number | undefined;
  readonly context: string;
  /** It changes nothing, by its method. */
  readonly isSafe: boolean;
  readonly runtime: object;
  /** The job of a queue that it is. */
  readonly job?: Omit<WorkQueue, 'writes'> | undefined;
}

/**
 * A whole request, or a whole run of a queue's job: the outermost layer of all calls in it, which
 * retries nothing itself.
 */
export class OuterScope implements AttemptOwner {
  readonly policy: { readonly context: string; readonly platform: undefined };
  readonly idempotencyKey = randomUUID();
  readonly runtime: object;
  readonly isWrite = false;
  readonly outer = undefined;
  readonly watcher = undefined;
  readonly isHeld = true;
  private readonly attempt: RunningAttempt;
  readonly queue: WorkQueue | undefined;
  /** Calls in it that have done, or may have, what must not be done twice. */
  writes = 0;
  private hasFailed = false;

  /** @param onEnd told why the request is over before its handler is */
  constructor(
    private readonly options: OuterScopeOptions,
    private readonly onEnd: (reason: unknown) => void,
  ) {
    this.policy = { context: options.context, platform: undefined };
    this.runtime = options.runtime;
    this.queue = options.job && queueOf(this, options.job);
    this.attempt = new RunningAttempt(this, 1);
    if (options.ms !== undefined) this.attempt.limit(options.ms);
  }

  run<T>(handler: () => T): T {
    return this.attempt.run(handler);
  }

  /** It has failed, and may be run again: nothing new begins in it. */
  fail(): void {
    this.hasFailed = true;
    this.end();
  }

  /** The handler has answered, or has begun to. */
  end(): void {
    this.attempt.settle();
  }

  /** Ends the request and all that runs in it. */
  cancel(reason: unknown): void {
    this.attempt.abort(reason);
  }

  limitReached(attempt: RunningAttempt): void {
    const { ms, isSafe } = this.options;
    const message = `The request has taken longer than ${ms} ms`;
    // What it was to change may have changed: trying again is for those who have looked.
    const retryable = isSafe && this.writes === 0;
    const error = () => new OperationTimeoutError({ message, retryable });
    attempt.abort(withoutStack(error));
  }

  attemptFailed(reason: unknown): void {
    this.onEnd(reason);
  }

  attemptSucceeded(): void {}

  /** What fails in it is told of by itself. */
  innerFailed(): boolean {
    return false;
  }

  remainingMs(): number {
    return this.attempt.ended ? Infinity : remainingUntil(this.attempt);
  }

  // Its limit never stands back, and it is never repeated.
  followOuter(): void {}
  innerHolds(): void {}
  innerReleases(): void {}
  operationBegins(): void {}
  attemptStopped(): void {}
  innerWrites(_: RunningAttempt, change: 1 | -1): void {
    this.writes += change;
  }

  isStale(): boolean {
    return this.hasFailed;
  }

  isProbeOf(): boolean {
    return false;
  }

  attemptStreams(): boolean {
    return false;
  }
}

function queueOf(scope: OuterScope, job: Omit<WorkQueue, 'writes'>): WorkQueue {
  return {
    ...job,
    get writes() {
      return scope.writes;
    },
  };
}
