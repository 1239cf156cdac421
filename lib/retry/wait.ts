/**
 * Calls `done` with true after the delay, or with false as soon as the wait is cut short.
 *
 * @returns ends the wait: it has elapsed, or is cut short
 */
export function startWait(
  delayMs: number,
  done: (elapsed: boolean) => void,
): (elapsed: boolean) => void {
  // Fake timers may replace both before the wait is over.
  const { setTimeout, clearTimeout } = globalThis;
  let over = false;
  const end = (elapsed: boolean) => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    done(elapsed);
  };
  // A closure: hand-made fake timers pass no arguments on.
  const timer = setTimeout(() => end(true), Math.ceil(delayMs));
  return end;
}
