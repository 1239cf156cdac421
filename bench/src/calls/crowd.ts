import type { Call, Maker } from './subject.js';

/** Calls that all run at once and end when they are told to. */
export class Crowd {
  private readonly endings: ((value: number) => void)[] = [];
  private readonly call: Call;

  constructor(maker: Maker) {
    // The operation holds no timer of its own, so that each one there is the subject's.
    this.call = maker(() => new Promise((resolve) => this.endings.push(resolve)), {
      limitMs: 30_000,
      retries: 3,
    });
  }

  /** Starts that many, waits for `whileAllRun`, and lets them end. */
  async run(size: number, whileAllRun: () => void): Promise<void> {
    const results: Promise<number>[] = [];
    for (let started = 0; started < size; started++) results.push(this.call());
    await new Promise(setImmediate);
    whileAllRun();
    for (const end of this.endings.splice(0)) end(1);
    await Promise.all(results);
  }
}
