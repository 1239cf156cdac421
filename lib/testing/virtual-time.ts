import { AssertionError } from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import { requireOption, RULES } from '../retry/check-options.js';
import { runningAttempt } from '../retry/attempt.js';
import { goBy, virtualClock, type VirtualClock } from '../retry/virtual-clock.js';

// Fake timers of a test runner do not stop what runs by this clock.
const { setImmediate } = globalThis;

interface Timer {
  readonly at: number;
  readonly onEnd: () => void;
  /** What has this limit; undefined for a wait. */
  readonly limited: object | undefined;
}

/** An attempt as the clock knows it. */
interface Limited {
  readonly owner?: { readonly isHeld: boolean };
}

/**
 * Time for tests: waits before retries take none, and their lengths are kept. As long as an attempt
 * is under way time stands still, so that real requests are never cut off by a limit; one that
 * {@link hang | hangs} runs into its limit at once, and {@link VirtualTime.advance} moves time by
 * hand. Nothing but the package goes by it: timers of the test and of the application are real.
 *
 * @example
 * const time = startVirtualTime();
 * await expect(service.create()).rejects.toThrow(RateLimitError);
 * time.expectWaits(1000, 2000, 4000);
 * time.restore();
 * @publicApi
 */
export interface VirtualTime {
  /** The waits that are over, in milliseconds and in the order in which they ended. */
  readonly waits: readonly number[];
  /** Milliseconds that have passed. */
  now(): number;
  /**
   * Lets so many milliseconds pass, whatever is under way: limits that end meanwhile end. Of several
   * that are not awaited each begins where the one before has ended.
   *
   * @throws TypeError where `ms` is no number of milliseconds from 0 to 2 147 483 647
   */
  advance(ms: number): Promise<void>;
  /** @throws AssertionError where the waits that are over are not these */
  expectWaits(...expected: readonly number[]): void;
  /**
   * From now on everything goes by real time again. A call that still waits then waits for ever, as
   * with the fake timers of test runners: let it come to its end before.
   */
  restore(): void;
}

class TestClock implements VirtualTime, VirtualClock {
  private readonly ended: number[] = [];
  private readonly timers = new Set<Timer>();
  private readonly hanging = new WeakSet<object>();
  private readonly startedAt = Date.now();
  private elapsedMs = 0;
  private isLooking = false;
  private isAdvancing = false;
  private moved: Promise<void> = Promise.resolve();

  get waits(): readonly number[] {
    return [...this.ended];
  }

  now(): number {
    return this.elapsedMs;
  }

  date(): number {
    return this.startedAt + this.elapsedMs;
  }

  async advance(ms: number): Promise<void> {
    requireOption('ms', ms, RULES.wait, 'in advance');
    const moved = this.moved.then(() => this.move(ms));
    this.moved = moved.catch(() => undefined);
    return moved;
  }

  expectWaits(...expected: readonly number[]): void {
    const actual = this.waits;
    if (isDeepStrictEqual(actual, expected)) return;
    const message = `Expected the waits to be [${expected.join(', ')}] ms, got [${actual.join(', ')}]`;
    throw new AssertionError({ message, actual, expected, operator: 'expectWaits' });
  }

  restore(): void {
    if (virtualClock() === this) goBy(undefined);
  }

  wait(delayMs: number, onEnd: () => void): () => void {
    return this.start(delayMs, undefined, () => {
      this.ended.push(delayMs);
      onEnd();
    });
  }

  limit(limited: object, limitMs: number, onEnd: () => void): () => void {
    return this.start(limitMs, limited, onEnd);
  }

  attemptHangs(): void {
    const attempt = runningAttempt();
    if (attempt !== undefined) this.hanging.add(attempt);
    this.look();
  }

  private async move(ms: number): Promise<void> {
    const end = this.elapsedMs + ms;
    this.isAdvancing = true;
    try {
      await turnEnd();
      for (let next = this.first(end); next !== undefined; next = this.first(end)) {
        this.fire(next);
        await turnEnd();
      }
    } finally {
      this.isAdvancing = false;
    }
    this.elapsedMs = end;
    this.look();
    await turnEnd();
  }

  private start(ms: number, limited: object | undefined, onEnd: () => void): () => void {
    const timer: Timer = { at: this.elapsedMs + ms, onEnd, limited };
    this.timers.add(timer);
    this.look();
    return () => {
      if (this.timers.delete(timer)) this.look();
    };
  }

  /** Looks, when all that is due has happened, whether there is nothing left but to wait. */
  private look(): void {
    if (this.isLooking || this.isAdvancing) return;
    this.isLooking = true;
    setImmediate(() => {
      this.isLooking = false;
      if (this.isAdvancing || virtualClock() !== this) return;
      const next = this.next();
      if (next === undefined) return;
      this.fire(next);
      this.look();
    });
  }

  private next(): Timer | undefined {
    const timers = [...this.timers];
    if (timers.some((timer) => this.isBusy(timer))) return undefined;
    const awaited = timers.filter(
      ({ limited }) => limited === undefined || this.hanging.has(limited),
    );
    // On the way there limits of others may end, such as that of a whole request.
    return awaited.length === 0 ? undefined : this.first(Math.min(...awaited.map(({ at }) => at)));
  }

  private isBusy({ limited }: Timer): boolean {
    if (limited === undefined || this.hanging.has(limited)) return false;
    return (limited as Limited).owner?.isHeld !== true;
  }

  /** The timer that ends first, and not after the end. */
  private first(end: number): Timer | undefined {
    const [first] = [...this.timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
    return first;
  }

  private fire(timer: Timer): void {
    this.timers.delete(timer);
    this.elapsedMs = Math.max(this.elapsedMs, timer.at);
    timer.onEnd();
  }
}

/**
 * Starts {@link VirtualTime}; `restore()` ends it.
 *
 * @throws Error where another one was started and not restored
 * @publicApi
 */
export function startVirtualTime(): VirtualTime {
  if (virtualClock() !== undefined) {
    throw new Error('Virtual time was started already: call `restore()` on the one before.');
  }
  const time = new TestClock();
  goBy(time);
  return time;
}

// Twice: what the first turn has set off belongs to it.
async function turnEnd(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
