import { randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import { vi } from 'vitest';
import type { ParkedCall } from 'nestjs-retryable/bullmq';
import { connection, makeDue, queueName } from '../support/parking.js';
import { CampaignsProcess, type Method } from './campaigns.js';
import { MOMENTS, type KillingPlatform, type Moment } from './killing-platform.js';

/** A call whose process is killed, once or more often. */
export interface Plan {
  readonly method: Exclude<Method, 'read'>;
  readonly moments: readonly Moment[];
}

/** How it has ended. */
export interface Ending extends Plan {
  readonly call: ParkedCall;
  /** The keys of the requests to create it, and of those that were recorded. */
  readonly keys: readonly string[];
  readonly created: readonly string[];
  /** From the last kill to the end. */
  readonly seconds: number;
  /** What the process that ended it has logged. */
  readonly output: string;
}

const worker = { stalledInterval: 1000, lockDuration: 1500 };
const SOON = { interval: 20, timeout: 30_000 };

/** An application with a process that parks, and one that makes calls and is killed in each of them. */
export class KilledCalls {
  private readonly platform: KillingPlatform;
  private readonly prefix = `kill-${randomUUID()}`;
  private readonly queue = new Queue(queueName, { connection, prefix: this.prefix });
  private readonly parking: Promise<CampaignsProcess>;
  private making: Promise<CampaignsProcess>;
  private count = 0;

  constructor(platform: KillingPlatform) {
    this.platform = platform;
    this.parking = this.start({});
    this.making = this.start({ worker });
  }

  /** Has a call parked by one process, begun by others that are killed, and ended by one more. */
  async run({ method, moments }: Plan): Promise<Ending> {
    const campaign = this.platform.campaign(`${this.prefix}-${++this.count}`);
    const parking = await this.parking;
    await this.making;
    // An account of its own: none that is left alone.
    const jobId = await parking.park(method, campaign.name, campaign.name);
    for (const moment of moments) {
      campaign.killAt(moment, async () => (await this.making).kill());
    }
    await makeDue(this.queue);
    void campaign.reaches('anytime');
    for (const [index, moment] of moments.entries()) {
      const isKilled = () => {
        if (campaign.kills <= index) throw new Error(`No process was killed: ${MOMENTS[moment]}`);
      };
      await vi.waitFor(isKilled, SOON);
      this.making = this.start({ worker });
    }
    const killedAt = Date.now();
    const call = await ended(await this.making, jobId);
    const seconds = (Date.now() - killedAt) / 1000;
    const { keys, created } = campaign;
    const { output } = await this.making;
    return { method, moments, call, keys, created, seconds, output };
  }

  async close(): Promise<void> {
    for (const each of [this.parking, this.making]) await (await each).kill();
    await this.queue.obliterate({ force: true });
    await this.queue.close();
  }

  private start(more: object): Promise<CampaignsProcess> {
    return CampaignsProcess.start({ prefix: this.prefix, platform: this.platform.url, ...more });
  }
}

function ended(making: CampaignsProcess, jobId: string): Promise<ParkedCall> {
  const isOver = async () => {
    const call = await making.find(jobId);
    if (call?.state === 'completed' || call?.state === 'failed') return call;
    throw new Error(`The call is ${call?.state ?? 'lost'}\n${making.output}`);
  };
  return vi.waitFor(isOver, SOON);
}
