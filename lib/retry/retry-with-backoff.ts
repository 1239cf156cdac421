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
  const result = args === undefined ? func(attempt as never) : applied(func, self, args);
  // Bound: a call in flight keeps less than with a closure. What follows a promise also finds its
  // attempt in its context, which takes longer and is good enough for a failure.
  void asPromise(result).then(hasResolved.bind(attempt), hasRejected);
}

/** `func.apply(self, args)`; naming few arguments lets the engine inline the method. */
function applied(func: AnyFunction, self: unknown, args: readonly never[]): unknown {
  switch (args.length) {
    case 0:
      return func.call(self);
    case 1:
      return func.call(self, args[0] as never);
    case 2:
      return func.call(self, args[0] as never, args[1] as never);
    default:
      return func.apply(self, args as never[]);
  }
}

/** `Promise.resolve`, which takes longer even where it has nothing to do. */
function asPromise(result: unknown): Promise<unknown> {
  return result instanceof Promise && result.constructor === Promise
    ? (result as Promise<unknown>)
    : Promise.resolve(result);
}

function hasResolved(this: RunningAttempt, value: unknown): void {
  if (this.settle()) this.owner.attemptSucceeded(value);
}

function hasRejected(thrown: unknown): void {
  const attempt = runningAttempt();
  if (attempt?.settle() === true) attempt.fail(thrown);
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || typeof read(value, 'then') === 'function';
}
