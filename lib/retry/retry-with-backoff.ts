import { readBody, unreadResponseIn } from '../classify/response-body.js';
import { read } from '../errors/safe-read.js';
import type { RunningAttempt } from './attempt.js';
import { isAsyncIterable, promisedItems } from './promised-items.js';
import type { RetryCall } from './retry-call.js';
import type { RetryDriver } from './retry-driver.js';
import type { Through } from './retry-options.js';
import { runThrough } from './through.js';
import { soon } from './wait.js';

type AnyFunction = (...args: never[]) => unknown;

/**
 * Runs a call to its end: the promise driver.
 *
 * @param func what each attempt calls, with `args`, or with the attempt where there are none
 */
export function runCall(
  call: RetryCall,
  func: AnyFunction,
  args?: readonly unknown[],
): Promise<unknown> {
  const { through } = call.policy;
  if (through !== undefined) return runCallThrough(call, through, func, args);
  return new Promise<unknown>((resolve, reject) => {
    call.start(new PromiseDriver(func, args as readonly never[], resolve, reject));
  });
}

// By itself: what its closures keep would cost every call.
function runCallThrough(
  call: RetryCall,
  through: Through,
  func: AnyFunction,
  args: readonly unknown[] | undefined,
): Promise<unknown> {
  return new Promise<unknown>((resolve, reject) => {
    const driver = new PromiseDriver(func, args as readonly never[], resolve, reject);
    const operation = (attempt: RunningAttempt) => runOperation.call(driver, attempt);
    const within = (attempt: RunningAttempt) =>
      call.hasBegun(attempt)
        ? operation(attempt)
        : runThrough(through, attempt, () => operation(attempt));
    call.start(new PromiseDriver(within, undefined, resolve, reject));
  });
}

// Fields instead of closures: each call that succeeds would have to keep those.
class PromiseDriver implements RetryDriver {
  constructor(
    readonly func: AnyFunction,
    readonly args: readonly never[] | undefined,
    readonly resolve: (value: unknown) => void,
    readonly reject: (error: unknown) => void,
  ) {}

  runAttempt(attempt: RunningAttempt): void {
    try {
      // Asked for here, what follows runs in the context of the caller. Bound functions, because a
      // call in flight would keep more with closures.
      void attempt
        .run(runOperation, this)
        .then(hasResolved.bind(attempt), hasRejected.bind(attempt));
    } catch (thrown) {
      soon(() => hasRejected.call(attempt, thrown));
    }
  }

  /** The result is to be iterated: its first item is the attempt's. */
  streams(attempt: RunningAttempt, items: AsyncIterable<unknown>): void {
    const again = (next: RunningAttempt) => runOperation.call(this, next);
    this.resolve(promisedItems(attempt.owner as RetryCall, attempt, items, again));
  }

  // A promise cannot be told to stop: its attempt's signal says so, and its result is ignored.
  attemptEnded(): void {}

  recovered(result: unknown): void {
    this.resolve(result);
  }
}

function runOperation(this: PromiseDriver, attempt: RunningAttempt): Promise<unknown> {
  const { func, args } = this;
  // Made a promise here: what a lazy query does when it is asked for its result is the attempt's.
  return asPromise(
    args === undefined ? func(attempt as never) : applyTo(func, attempt.owner.self, args),
  );
}

/** `func.apply(self, args)`; naming few arguments lets the engine inline the method. */
function applyTo(func: AnyFunction, self: unknown, args: readonly never[]): unknown {
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
  if (isAsyncIterable(value) && this.owner.attemptStreams(this, value)) return;
  if (this.settle(this.ended ? { value } : 'done')) this.owner.attemptSucceeded(value);
}

function hasRejected(this: RunningAttempt, thrown: unknown): void {
  const response = unreadResponseIn(thrown, this);
  if (response === undefined) hasFailed(this, thrown);
  else void readBody(response, this).then(() => hasFailed(this, thrown));
}

function hasFailed(attempt: RunningAttempt, thrown: unknown): void {
  if (attempt.settle()) attempt.owner.attemptFailed(thrown, true);
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || typeof read(value, 'then') === 'function';
}
