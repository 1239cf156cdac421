import { onTestFinished, vi } from 'vitest';

/**
 * Time stands still until the test lets it pass. Sockets go on as ever: only what timers are made
 * of is replaced, never what Node's own I/O runs on (nextTick, setImmediate, microtasks).
 */
export function stopTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

/** Lets that much of the stopped time pass. */
export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Gives the value after that time. */
export function later<T>(ms: number, value?: T): Promise<T> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(value as T), ms);
  });
}

/** Fails with the error after that time. */
export function failsLater(ms: number, error: Error): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(error), ms);
  });
}

export interface Moment<T = void> {
  readonly reached: Promise<T>;
  reach(value: T): void;
}

/** Something that happens in one place and is awaited in another. */
export function moment<T = void>(): Moment<T> {
  let reach: (value: T) => void = () => {};
  const reached = new Promise<T>((resolve) => {
    reach = resolve;
  });
  return { reached, reach };
}
