import { read } from '../errors/safe-read.js';
import { runningAttempt, type RunningAttempt } from './attempt.js';
import type { RetryCall } from './retry-call.js';
import type { RetryDriver } from './retry-driver.js';

type AnyFunction = (...args: never[]) => unknown;

/**
 * Runs a call to its end: the promise driver.
 *
 * @param func what each attempt calls, with `args`, or with the attempt where there are none
 */
export function runCall(
  call: RetryCall,
  func: AnyFunction,
  self?: unknown,
  args?: readonly unknown[],
): Promise<unknown> {
  return new Promise<unknown>((resolve, reject) => {
    call.start(new PromiseDriver(func, self, args as readonly never[], resolve, reject));
  });
}

// Fields instead of closures: each call that succeeds would have to keep those.
class PromiseDriver implements RetryDriver {
  constructor(
    readonly func: AnyFunction,
    readonly self: unknown,
    readonly args: readonly never[] | undefined,
    readonly resolve: (value: unknown) => void,
    readonly reject: (error: unknown) => void,
  ) {}

  runAttempt(attempt: RunningAttempt): void {
    try {
      attempt.run(begin, this);
    } catch (thrown) {
      if (attempt.settle()) attempt.owner.attemptFailed(thrown);
    }
  }

  // A promise cannot be told to stop: its attempt's signal says so, and its result is ignored.
  attemptEnded(): void {}

  recovered(result: unknown): void {
    this.resolve(result);
  }
}

function begin(this: PromiseDriver, attempt: RunningAttempt): void {
  const { func, self, args } = this;
  const result = args === undefined ? func(attempt as never) : func.apply(self, args as never[]);
  // What follows a promise runs in the context in which it was asked for and finds its attempt
  // there: two functions for all calls, where each call would have to keep two closures.
  void Promise.resolve(result).then(hasResolved, hasRejected);
}

function hasResolved(value: unknown): void {
  const attempt = runningAttempt();
  if (attempt?.settle() === true) attempt.owner.attemptSucceeded(value);
}

function hasRejected(thrown: unknown): void {
  const attempt = runningAttempt();
  if (attempt?.settle() === true) attempt.fail(thrown);
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || typeof read(value, 'then') === 'function';
}
