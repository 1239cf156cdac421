import { virtualClock } from './virtual-clock.js';

/** The longest delay a Node timer keeps: a longer one would fire after 1 ms. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Calls `onEnd` with true after the delay, or with false as soon as the wait is cut short.
 *
 * @returns ends the wait: it has elapsed, or is cut short
 */
export function startWait(
  delayMs: number,
  onEnd: (elapsed: boolean) => void,
): (elapsed: boolean) => void {
  let over = false;
  const end = (elapsed: boolean) => {
    if (over) return;
    over = true;
    cancel();
    onEnd(elapsed);
  };
  const ms = Math.ceil(delayMs);
  const cancel = virtualClock()?.wait(ms, () => end(true)) ?? startTimer(ms, () => end(true));
  return end;
}

function startTimer(ms: number, onEnd: () => void): () => void {
  // Fake timers may replace both before the wait is over.
  const { setTimeout, clearTimeout } = globalThis;
  // A closure: hand-made fake timers pass no arguments on.
  const timer = setTimeout(() => onEnd(), ms);
  return () => clearTimeout(timer);
}

const NOW = Promise.resolve();

/** Acts when the present stack is done; not by queueMicrotask, which Jest's fake timers hold up. */
export function soon(action: () => void): void {
  void NOW.then(action);
}
