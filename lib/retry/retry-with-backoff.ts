import { read } from '../errors/safe-read.js';
import type { RunningAttempt } from './attempt.js';
import type { RetryCall, RetryDriver } from './retry-call.js';

/** What one attempt does. */
export type Operation<T> = (attempt: RunningAttempt) => PromiseLike<T> | T;

/**
 * Runs a call to its end: the promise driver.
 *
 * @param onOther takes the first attempt's result where it is no promise; the call is then over
 * and the promise that was returned never settles
 */
export function runCall<T>(
  call: RetryCall,
  operation: Operation<T>,
  onOther?: (result: unknown) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    call.start(new PromiseDriver(call, operation, resolve, reject, onOther));
  });
}

class PromiseDriver<T> implements RetryDriver {
  constructor(
    private readonly call: RetryCall,
    private readonly operation: Operation<T>,
    private readonly resolve: (value: T) => void,
    /** Hears the error that leaves the call. */
    readonly reject: (error: unknown) => void,
    private readonly onOther: ((result: unknown) => void) | undefined,
  ) {}

  runAttempt(attempt: RunningAttempt): void {
    let result: PromiseLike<T> | T;
    try {
      result = attempt.run(this.operation);
    } catch (thrown) {
      if (attempt.settle()) this.call.attemptFailed(thrown);
      return;
    }
    if (this.onOther !== undefined && attempt.number === 1 && !isPromiseLike(result)) {
      attempt.settle();
      this.call.succeeded();
      return this.onOther(result);
    }
    this.follow(
      attempt,
      result instanceof Promise ? (result as Promise<T>) : Promise.resolve(result),
    );
  }

  private follow(attempt: RunningAttempt, result: Promise<T>): void {
    result.then(
      (value) => {
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
    this.resolve(result as T);
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || typeof read(value, 'then') === 'function';
}
