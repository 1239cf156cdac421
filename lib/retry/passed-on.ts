import { shared } from './shared-state.js';

const words = shared('passed-on', () => new WeakSet<object>());

/**
 * From now on every call lets the error pass as it is: it is not about the operation, but tells what
 * runs the application how it goes on.
 */
export function passOn<E>(error: E): E {
  if (typeof error === 'object' && error !== null) words.add(error);
  return error;
}

export function isPassedOn(error: unknown): boolean {
  return typeof error === 'object' && error !== null && words.has(error);
}
