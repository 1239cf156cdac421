import { timeLimitError } from '../classify/classify-error.js';
import { RunningAttempt, type Attempt, type AttemptOwner } from './attempt.js';
import type { RetryPolicy } from './policy.js';

/** The call on whose behalf something is asked. */
export interface Principal {
  readonly policy: RetryPolicy;
  readonly idempotencyKey: string;
  readonly runtime: object;
  followOuter(): void;
  isProbeOf(account: string): boolean;
}

export type Answer = { readonly value: unknown } | { readonly error: unknown };

/**
 * A question asked on behalf of a call beside its attempts, such as what became of one: with a
 * limit, a signal and a `currentAttempt()` of its own.
 */
export class SideCall implements AttemptOwner {
  readonly isWrite = false;
  readonly outer = undefined;
  readonly watcher = undefined;
  readonly queue = undefined;
  readonly isHeld = false;
  private readonly attempt: RunningAttempt;

  /**
   * @param number which attempt it is about
   * @param onEnd told the answer once, unless the question is taken back before
   */
  constructor(
    private readonly principal: Principal,
    number: number,
    limitMs: number,
    private readonly onEnd: (answer: Answer) => void,
  ) {
    this.attempt = new RunningAttempt(this, number);
    this.attempt.limit(limitMs);
  }

  get policy(): RetryPolicy {
    return this.principal.policy;
  }

  get idempotencyKey(): string {
    return this.principal.idempotencyKey;
  }

  get runtime(): object {
    return this.principal.runtime;
  }

  ask(question: (attempt: Attempt) => unknown): void {
    const { attempt } = this;
    // A promise of its own, so that a question that throws fails like one that rejects.
    attempt
      .run(async () => question(attempt))
      .then(
        (value) => attempt.settle() && this.onEnd({ value }),
        (error: unknown) => attempt.settle() && this.onEnd({ error }),
      );
  }

  /** Nobody wants to know any more. */
  cancel(reason: unknown): void {
    this.attempt.stop(reason);
  }

  limitReached(attempt: RunningAttempt): void {
    attempt.abort(timeLimitError(this.policy, attempt.limitMs));
  }

  attemptFailed(error: unknown): void {
    this.onEnd({ error });
  }

  attemptSucceeded(value: unknown): void {
    this.onEnd({ value });
  }

  innerFailed(): boolean {
    return false;
  }

  followOuter(): void {
    this.principal.followOuter();
  }

  remainingMs(): number {
    return Infinity;
  }

  // It is short and has one limit, whatever is called in it.
  innerHolds(): void {}
  innerReleases(): void {}
  innerWrites(): void {}
  operationBegins(): void {}
  attemptStopped(): void {}
  isStale(): boolean {
    return false;
  }

  isProbeOf(account: string): boolean {
    return this.principal.isProbeOf(account);
  }

  attemptStreams(): boolean {
    return false;
  }
}
