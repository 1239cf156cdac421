import { Observable, type Subscription } from 'rxjs';
import { ServiceUnavailableError } from '../errors/operation.errors.js';
import { read, readNumber, readString } from '../errors/safe-read.js';
import { withoutStack, type Platform } from '../errors/service-error.js';
import type { RunningAttempt } from './attempt.js';
import type { Through } from './retry-options.js';

/** Errors by which a policy has refused to run an attempt. */
const refusals = new WeakSet<object>();

/** Whether the attempt was not made at all, because the policy it was to run through refused. */
export function isRefusal(error: unknown): boolean {
  return refusals.has(error as object);
}

/**
 * Runs an attempt's operation through a policy. The attempt's limit begins when the policy calls the
 * operation; the policy hears how that ended, a limit or a cancellation included.
 *
 * @returns rejects with what the operation rejects with, or with a refusal where it was not called
 */
export async function runThrough<T>(
  through: Through,
  attempt: RunningAttempt,
  operation: () => PromiseLike<T> | T,
): Promise<T> {
  let operating: Promise<T> | undefined;
  let isOver = false;
  const { signal } = attempt;
  const call = (): Promise<T> => {
    if (operating !== undefined) {
      throw new Error('A policy calls an attempt once: retries belong to @Retryable');
    }
    if (isOver) throw new Error('A policy calls an attempt before it tells how that has ended');
    signal.throwIfAborted(); // out of a queue after its call is over
    attempt.owner.operationBegins(attempt);
    operating = attempt.run(async () => operation());
    return untilAborted(signal, operating);
  };
  try {
    return await through.execute(call, signal);
  } catch (error) {
    if (operating === undefined && !signal.aborted) {
      throw refusalOf(error, through, attempt.platform);
    }
    // While the operation may still do its work, the attempt has not come to its end.
    if (operating !== undefined && (signal.aborted || attempt.owner.isWrite)) return operating;
    throw error;
  } finally {
    isOver = true; // what was refused is not to run out of a queue later
  }
}

/** {@link runThrough} for an Observable: what counts is how it comes to its first item. */
export function subscribeThrough<T>(
  through: Through,
  attempt: RunningAttempt,
  source: () => Observable<T>,
): Observable<T> {
  return new Observable<T>((subscriber) => {
    let subscription: Subscription | undefined;
    const toFirst = () =>
      new Promise<void>((resolve, reject) => {
        subscription = source().subscribe({
          next: (value) => {
            subscriber.next(value);
            resolve();
          },
          error: (error: unknown) => {
            subscriber.error(error);
            reject(error);
          },
          complete: () => {
            subscriber.complete();
            resolve();
          },
        });
      });
    runThrough(through, attempt, toFirst).catch((error: unknown) => subscriber.error(error));
    return () => subscription?.unsubscribe();
  });
}

/** {@link runThrough} for an AsyncIterable: what counts is how it comes to its first item. */
export function iterateThrough<T>(
  through: Through,
  attempt: RunningAttempt,
  source: () => AsyncIterable<T>,
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      let opened: AsyncIterator<T> | undefined;
      const first = async () => (opened = source()[Symbol.asyncIterator]()).next();
      return {
        next: () => (opened === undefined ? runThrough(through, attempt, first) : opened.next()),
        return: async () => (await opened?.return?.()) ?? { done: true, value: undefined },
      };
    },
  };
}

function untilAborted<T>(signal: AbortSignal, operation: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    operation.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function refusalOf(
  cause: unknown,
  through: Through,
  platform: Platform | undefined,
): ServiceUnavailableError {
  const retryAfter = readNumber(cause, 'retryAfter') ?? secondsUntilHalfOpen(through);
  const message = `The policy did not let the attempt through: ${readString(cause, 'message') ?? ''}`;
  const options = { cause, platform, message, retryAfter, mayHaveExecuted: false };
  const error = withoutStack(() => new ServiceUnavailableError(options));
  refusals.add(error);
  return error;
}

/** When an open circuit breaker of cockatiel, alone or in a `wrap`, lets a call through again. */
function secondsUntilHalfOpen(through: Through): number | undefined {
  const wrapped = read(through, 'wrapped');
  const breakers: unknown[] = [through, ...(Array.isArray(wrapped) ? wrapped : [])];
  for (const breaker of breakers) {
    const state = read(breaker, 'innerState');
    const openedAt = readNumber(state, 'openedAt');
    const durationMs = readNumber(read(state, 'backoff'), 'duration');
    if (openedAt === undefined || durationMs === undefined) continue;
    return Math.max(1, Math.ceil((openedAt + durationMs - Date.now()) / 1000));
  }
  return undefined;
}
