import type { Recording } from './recording.js';
import { steadyRate, type Setting } from './settings.js';

const ANSWER_MS = 50;
/** So long the backend can make up for what it was not asked. */
const BURST_MS = 100;

/** What all clients call: it works, then fails at once for a while, and comes back. */
export class Backend {
  private readonly perMs: number;
  private readonly burst: number;
  private room: number;
  private roomAt = 0;

  constructor(
    private readonly setting: Setting,
    private readonly recording: Recording,
    private readonly now: () => number,
  ) {
    this.perMs = (setting.capacity * steadyRate(setting)) / 1000;
    this.burst = this.perMs * BURST_MS;
    this.room = this.burst;
  }

  /** @param luck from 0 to 1: the lowest are the requests that fail although the backend works */
  request(luck: number): Promise<string> {
    this.recording.request();
    if (this.isDown() || luck < this.setting.failureRate || !this.hasRoom()) {
      const unavailable: unknown = { response: { status: 503 } };
      return Promise.reject(unavailable);
    }
    return new Promise((resolve) => void setTimeout(() => resolve('insights'), ANSWER_MS));
  }

  private isDown(): boolean {
    const { beforeMs, outageMs } = this.setting;
    const time = this.now();
    return time >= beforeMs && time < beforeMs + outageMs;
  }

  private hasRoom(): boolean {
    if (this.perMs === Infinity) return true;
    const time = this.now();
    this.room = Math.min(this.burst, this.room + (time - this.roomAt) * this.perMs);
    this.roomAt = time;
    if (this.room < 1) return false;
    this.room--;
    return true;
  }
}
