import { read } from '../errors/safe-read.js';
import type { RunningAttempt } from './attempt.js';
import type { RetryCall, RetryDriver } from './retry-call.js';

/** What one attempt does. */
export type Operation<T> = (attempt: RunningAttempt) => PromiseLike<T> | T;

/** Runs a call to its end: the promise driver. */
export function runCall<T>(call: RetryCall, operation: Operation<T>): Promise<Awaited<T>>;
export function runCall(call: RetryCall, operation: Operation<unknown>): Promise<unknown> {
  return new Promise<unknown>((resolve, reject) => {
    call.start(new PromiseDriver(call, operation, resolve, reject));
  });
}

class PromiseDriver implements RetryDriver {
  constructor(
    private readonly call: RetryCall,
    private readonly operation: Operation<unknown>,
    /** Hears the result that leaves the call. */
    readonly resolve: (value: unknown) => void,
    /** Hears the error that leaves the call. */
    readonly reject: (error: unknown) => void,
  ) {}

  runAttempt(attempt: RunningAttempt): void {
    let result: unknown;
    try {
      result = attempt.run(this.operation);
    } catch (thrown) {
      if (attempt.settle()) this.call.attemptFailed(thrown);
      return;
    }
    const promise = result instanceof Promise ? result : Promise.resolve(result);
    promise.then(
      (value: unknown) => {
        if (!attempt.settle()) return;
        this.call.succeeded();
        this.resolve(value);
      },
      (thrown: unknown) => {
        if (attempt.settle()) this.call.attemptFailed(thrown);
      },
    );
  }

  // A promise cannot be told to stop: its attempt's signal says so, and its result is ignored.
  attemptEnded(): void {}

  recovered(result: unknown): void {
    this.resolve(result);
  }
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || typeof read(value, 'then') === 'function';
}
