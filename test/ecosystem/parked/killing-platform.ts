import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpPlatform, type Asked } from './http-platform.js';

/** When a process can be killed that makes a call. */
export const MOMENTS = {
  anytime: 'at any time',
  asked: 'asks whether it is there',
  received: 'before it is recorded',
  recorded: 'recorded, not answered',
  answering: 'half of the answer',
  answered: 'just answered',
} as const;

export type Moment = keyof typeof MOMENTS;

interface Killing {
  readonly at: Moment;
  readonly kill: () => Promise<void>;
}

/** How long after a moment a process dies at the latest: what it does meanwhile is different each time. */
const MOST_MS = 10;
/** From when a call is due to when it is done, and a little more. */
const CALL_MS = 60;

/** What the platform knows of a campaign. */
export class Campaign {
  /** The keys of all requests to create it. */
  readonly keys: string[] = [];
  /** The keys of those that it has recorded: more than one, and it is there more than once. */
  readonly created: string[] = [];
  isThrottled = true;
  /** How many processes have died that were asking about it. */
  kills = 0;
  private readonly killings: Killing[] = [];

  constructor(readonly name: string) {}

  /** Kills who asks about it at that moment, after those that were to be killed before. */
  killAt(at: Moment, kill: () => Promise<void>): void {
    this.killings.push({ at, kill });
  }

  /** Whether who has asked is dead now. */
  async reaches(moment: Moment): Promise<boolean> {
    const [next] = this.killings;
    if (next?.at !== moment) return false;
    this.killings.shift();
    await sleep(Math.random() * (moment === 'anytime' ? CALL_MS : MOST_MS));
    await next.kill();
    this.kills++;
    return true;
  }
}

/** A platform that puts the first request for a campaign off, and knows when who asks dies. */
export class KillingPlatform extends HttpPlatform {
  private readonly campaigns = new Map<string, Campaign>();

  campaign(name: string): Campaign {
    const campaign = new Campaign(name);
    this.campaigns.set(name, campaign);
    return campaign;
  }

  protected async serve(asked: Asked, response: ServerResponse): Promise<void> {
    const campaign = this.campaigns.get(asked.name);
    if (campaign === undefined) throw new Error(`Nobody has spoken of ${asked.name}`);
    if (asked.method === 'POST') return this.create(campaign, asked, response);
    if (await campaign.reaches('asked')) return;
    if (campaign.created.length === 0) response.writeHead(404).end();
    else response.end(JSON.stringify({ id: campaign.name }));
  }

  private async create(campaign: Campaign, { key }: Asked, response: ServerResponse) {
    campaign.keys.push(key);
    if (campaign.isThrottled) {
      campaign.isThrottled = false;
      response.writeHead(429, { 'retry-after': '1200' }).end();
      return;
    }
    if (await campaign.reaches('received')) return; // and the request is lost
    campaign.created.push(key);
    if (await campaign.reaches('recorded')) return;
    const answer = JSON.stringify({ id: campaign.name });
    response.writeHead(200, { 'content-length': String(answer.length) });
    response.write(answer.slice(0, 4));
    if (await campaign.reaches('answering')) return;
    response.end(answer.slice(4));
    await campaign.reaches('answered');
  }
}
