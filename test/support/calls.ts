import { vi } from 'vitest';
import type { Attempt } from '../../lib/index.js';

/** A function that fails with these errors in turn and then returns the result. */
export function failing<T>(errors: readonly unknown[], result: T) {
  let calls = 0;
  return vi.fn((_attempt?: Attempt): Promise<T> => {
    const index = calls++;
    return index < errors.length ? rejectWith(errors[index]) : Promise.resolve(result);
  });
}

/** Rejects with any value: libraries and mistakes reject with things that are no errors. */
export function rejectWith(value: unknown): Promise<never> {
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- that is what is tested
  return Promise.reject(value);
}

/** A promise that never settles. */
export function never(): Promise<never> {
  return new Promise<never>(() => undefined);
}

/** Rejects when its signal aborts, as fetch does. */
export function hangs(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

/** Fails as a platform does that wants its caller to wait that many seconds. */
export function limited(seconds: number): Promise<never> {
  const headers = { 'retry-after': String(seconds) };
  return rejectWith({ status: 429, headers, message: 'slow down' });
}

/** An object that throws wherever somebody looks at it. */
export function hostile<T extends object>(target: T): T {
  const trap = () => {
    throw new Error('trap');
  };
  return new Proxy(target, {
    get: trap,
    has: trap,
    getPrototypeOf: trap,
    ownKeys: trap,
    getOwnPropertyDescriptor: trap,
  });
}

/** The error that a promise rejects with. */
export async function failureOf(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('Expected a rejection');
}

/** Lets everything that is due in this turn happen. */
export function turnEnd(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
