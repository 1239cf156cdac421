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
