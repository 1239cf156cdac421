import { LIMIT, NOTICE_MS, WINDOW_MS } from './settings.js';

/** A time in which an account is refused, from its first refusal to its end. */
export interface Block {
  readonly from: number;
  until: number;
  /** When the first refusal was answered. */
  toldAt?: number;
  /** Requests of each process that were not on their way any more. */
  readonly late: number[];
}

export interface Sent {
  /** The number of the process. */
  readonly by: number;
  /** Not when it came: a busy machine may let it wait. */
  readonly at: number;
}

/**
 * What a platform knows of an account. It may send a hundred requests at once, and gets them back in
 * the course of a window. Beyond that it is refused for a whole window; where the platform punishes,
 * each request that comes meanwhile begins that window anew.
 */
export class Account {
  /** When each request was sent. */
  readonly requests: number[] = [];
  readonly blocks: Block[] = [];
  /** Requests that came in a block. */
  whileBlocked = 0;
  /** When each unit was done. */
  readonly done = new Map<string, number>();
  private left = LIMIT;
  private leftAt = 0;

  constructor(private readonly punishes: boolean) {}

  /** A request comes. @returns the block that refuses it */
  request(sent: Sent, now: number): Block | undefined {
    this.requests.push(sent.at);
    const block = this.blocks.at(-1);
    if (block !== undefined && now < block.until) return this.refuse(block, sent, now);
    this.left = Math.min(LIMIT, this.left + ((now - this.leftAt) / WINDOW_MS) * LIMIT);
    this.leftAt = now;
    if (this.left >= 1) {
      this.left--;
      return undefined;
    }
    const begun: Block = { from: now, until: now + WINDOW_MS, late: [] };
    this.blocks.push(begun);
    return begun;
  }

  private refuse(block: Block, sent: Sent, now: number): Block {
    this.whileBlocked++;
    if (this.punishes) block.until = now + WINDOW_MS;
    if (sent.at > (block.toldAt ?? now) + NOTICE_MS) {
      block.late[sent.by] = (block.late[sent.by] ?? 0) + 1;
    }
    return block;
  }
}
