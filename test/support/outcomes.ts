import { onTestFinished } from 'vitest';

export interface Outcome<T = unknown> {
  done: boolean;
  value?: T;
  error?: unknown;
  /** Date.now() at the end. */
  at?: number;
}

/** What becomes of a promise, without waiting for it. */
export function watch<T>(promise: PromiseLike<T>): Outcome<T> {
  const outcome: Outcome<T> = { done: false };
  promise.then(
    (value) => Object.assign(outcome, { done: true, value, at: Date.now() }),
    (error: unknown) => Object.assign(outcome, { done: true, error, at: Date.now() }),
  );
  return outcome;
}

/** Every promise rejection that nobody handled while the test ran. */
export function unhandled(): unknown[] {
  const reasons: unknown[] = [];
  const keep = (reason: unknown) => reasons.push(reason);
  process.on('unhandledRejection', keep);
  onTestFinished(() => {
    process.off('unhandledRejection', keep);
  });
  return reasons;
}
