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

export interface Moment {
  readonly reached: Promise<void>;
  reach(): void;
}

/** Something that happens in one place and is awaited in another. */
export function moment(): Moment {
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  return { reached, reach };
}
