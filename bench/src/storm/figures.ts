import type { Counts } from './recording.js';
import { steadyRate, type Setting } from './settings.js';

const GOOD = 0.99;

/** What the counts of a run under a setting say. */
export class Figures {
  private readonly from: number;
  private readonly recovery: number;

  constructor(
    private readonly setting: Setting,
    readonly counts: Counts,
  ) {
    const { beforeMs, outageMs, binMs } = setting;
    this.from = beforeMs / binMs;
    this.recovery = (beforeMs + outageMs) / binMs;
  }

  /** Requests sent in the outage for each call that began in it. */
  get amplification(): number {
    const { requests, begun } = this.counts;
    return this.inOutage(requests) / this.inOutage(begun);
  }

  /** The share of the calls begun in the outage that succeeded in the end. */
  get savedShare(): number {
    const { begun, begunWell } = this.counts;
    return this.inOutage(begunWell) / this.inOutage(begun);
  }

  /** The most requests in a window since the outage began, or since it ended, x the steady rate. */
  peak(windowMs: number, since: 'outage' | 'recovery' = 'outage'): number {
    const first = since === 'outage' ? this.from : this.recovery;
    return Math.max(...this.load(windowMs, first));
  }

  /** Requests in each window, x the steady rate. */
  load(windowMs: number, first = 0): number[] {
    const usual = (steadyRate(this.setting) * windowMs) / 1000;
    return windows(this.counts.requests, first, this.size(windowMs)).map((sent) => sent / usual);
  }

  /** Of the calls that began in each window the share that succeeded in the end. */
  success(windowMs: number, first = 0): number[] {
    const { begun, begunWell } = this.counts;
    return this.shares(begunWell, begun, windowMs, first);
  }

  /** Seconds from the recovery until 99 % of the calls that begin succeed, and go on to. */
  get secondsUntilBegunWell(): number {
    return secondsUntilGood(this.success(1000, this.recovery));
  }

  /** Seconds from the recovery until 99 % of the calls that end have succeeded, and go on to. */
  get secondsUntilEndedWell(): number {
    const { ended, endedWell } = this.counts;
    return secondsUntilGood(this.shares(endedWell, ended, 1000, this.recovery));
  }

  get calls(): number {
    return sum(this.counts.begun);
  }

  get failedCalls(): number {
    return this.calls - sum(this.counts.begunWell);
  }

  get requestsPerCall(): number {
    return sum(this.counts.requests) / this.calls;
  }

  private shares(
    parts: readonly number[],
    wholes: readonly number[],
    windowMs: number,
    first: number,
  ): number[] {
    const size = this.size(windowMs);
    const all = windows(wholes, first, size);
    return windows(parts, first, size).map((part, index) => part / (all[index] ?? NaN));
  }

  private inOutage(bins: readonly number[]): number {
    return sum(bins.slice(this.from, this.recovery));
  }

  private size(windowMs: number): number {
    return windowMs / this.setting.binMs;
  }
}

function windows(bins: readonly number[], first: number, size: number): number[] {
  const sums: number[] = [];
  for (let at = first; at + size <= bins.length; at += size)
    sums.push(sum(bins.slice(at, at + size)));
  return sums;
}

function secondsUntilGood(shares: readonly number[]): number {
  const last = shares.findLastIndex((share) => !(share >= GOOD));
  return last === shares.length - 1 ? Infinity : last + 1;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
