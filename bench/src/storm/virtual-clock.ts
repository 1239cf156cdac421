import { TimerHeap, type Timer } from './timer-heap.js';

type Action = (...args: unknown[]) => void;

/** Timers that are run in one turn of the event loop, each with all that follows from it. */
const BATCH = 64;

/** A clock that stands still while anything runs and then jumps to the next timer. */
export class VirtualClock {
  time = 0;
  private readonly timers = new TimerHeap();
  private set = 0;

  /** Timers that have not fired. */
  get pending(): number {
    return this.timers.size;
  }

  at(due: number, action: () => void): Timer {
    const timer: Timer = { due: Math.max(due, this.time), order: this.set++, action, index: -1 };
    this.timers.add(timer);
    return timer;
  }

  /** From now on the timers and clocks of the process are this one's. @returns puts them back */
  install(): () => void {
    const { setTimeout, clearTimeout } = globalThis;
    const realNow = Date.now;
    const startedAt = Date.UTC(2026, 0, 1);
    const fakes = {
      setTimeout: (action: Action, ms = 0, ...args: unknown[]) =>
        this.at(this.time + Math.max(1, ms), () => action(...args)),
      clearTimeout: (timer: Timer | undefined) => timer && this.timers.remove(timer),
    };
    Object.assign(globalThis, fakes);
    Date.now = () => startedAt + this.time;
    performance.now = () => this.time;
    return () => {
      Object.assign(globalThis, { setTimeout, clearTimeout });
      Date.now = realNow;
      Reflect.deleteProperty(performance, 'now');
    };
  }

  /**
   * Runs until no timer is left. Node runs all microtasks between two immediates, so that whatever a
   * timer sets off is done before the next one fires.
   *
   * @param extraTurns whole turns of the event loop after each timer, to show that none is needed
   */
  async run(extraTurns = 0): Promise<void> {
    while (this.pending > 0) {
      for (let fired = 0; fired < (extraTurns > 0 ? 1 : BATCH); fired++) {
        setImmediate(() => this.fireNext());
      }
      for (let turn = 0; turn <= extraTurns; turn++) {
        await new Promise((resolve) => void setImmediate(resolve));
      }
    }
  }

  private fireNext(): void {
    const timer = this.timers.takeFirst();
    if (timer === undefined) return;
    this.time = timer.due;
    timer.action();
  }
}
