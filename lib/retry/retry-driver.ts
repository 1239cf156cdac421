import type { RunningAttempt } from './attempt.js';

/** What runs a call's attempts and hands on how it ended: one for promises, one for RxJS. */
export interface RetryDriver {
  /** Starts the operation of an attempt; the call hears how it ended. */
  runAttempt(attempt: RunningAttempt): void;
  /** The attempt counts no more; a retry follows. */
  attemptEnded(): void;
  /** The call ends with this result; not for drivers that hand on results as they come. */
  resolve?(value: unknown): void;
  /** The call's result is what these give. */
  streams?(attempt: RunningAttempt, items: AsyncIterable<unknown>): void;
  /** The call has failed for good. */
  reject(error: unknown): void;
  /** The call has failed for good, but `recover` gave this result for it. */
  recovered(result: unknown): void;
}
