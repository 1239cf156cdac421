import { totalMs, type Setting } from './settings.js';

/** What happened, by time: one figure for each bin. */
export interface Counts {
  readonly requests: number[];
  /** Calls by when they began, and those of them that succeeded in the end. */
  readonly begun: number[];
  readonly begunWell: number[];
  /** Calls by when they ended, and those of them that succeeded. */
  readonly ended: number[];
  readonly endedWell: number[];
  /** Calls that began in the outage and failed, by how many retries their report tells of. */
  readonly retriesOfFailed: number[];
}

export class Recording {
  readonly counts: Counts;
  /** Calls that have not ended. */
  open = 0;

  constructor(
    private readonly setting: Setting,
    private readonly now: () => number,
  ) {
    const bins = Math.ceil(totalMs(setting) / setting.binMs);
    const zeros = () => Array.from({ length: bins }, () => 0);
    this.counts = {
      requests: zeros(),
      begun: zeros(),
      begunWell: zeros(),
      ended: zeros(),
      endedWell: zeros(),
      retriesOfFailed: [0, 0, 0, 0],
    };
  }

  request(): void {
    this.count(this.counts.requests, this.now());
  }

  /** A call begins. @returns when */
  begin(): number {
    const time = this.now();
    this.open++;
    this.count(this.counts.begun, time);
    return time;
  }

  succeeded(begunAt: number): void {
    this.count(this.counts.begunWell, begunAt);
    this.count(this.counts.endedWell, this.now());
    this.end();
  }

  failed(begunAt: number, retries: number): void {
    const { beforeMs, outageMs } = this.setting;
    const isOfOutage = begunAt >= beforeMs && begunAt < beforeMs + outageMs;
    if (isOfOutage) this.add(this.counts.retriesOfFailed, retries);
    this.end();
  }

  private end(): void {
    this.open--;
    this.count(this.counts.ended, this.now());
  }

  private count(bins: number[], time: number): void {
    this.add(bins, Math.floor(time / this.setting.binMs));
  }

  /** What comes after the last bin is only the end of calls that began before. */
  private add(bins: number[], index: number): void {
    const value = bins[index];
    if (value !== undefined) bins[index] = value + 1;
  }
}
