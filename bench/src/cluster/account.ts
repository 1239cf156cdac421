import { LIMIT, WINDOW_MS } from './settings.js';

/** A time in which an account is refused, from its first refusal to its end. */
export interface Block {
  readonly from: number;
  until: number;
  /** When the first process had read that it was refused. */
  noticedAt: number;
  /** What was refused in it. */
  readonly refused: Sent[];
}

export interface Sent {
  /** The number of the process. */
  readonly by: number;
  /**
   * When that had last read what had come in. Where a busy machine lets a process stand still, its
   * timers send before it reads.
   */
  readonly readAt: number;
}

/**
 * What a platform knows of an account. It may send a hundred requests at once, and gets them back in
 * the course of a window. Beyond that it is refused for a whole window; where the platform punishes,
 * each request that comes meanwhile begins that window anew.
 */
export class Account {
  /** When each request came. */
  readonly requests: number[] = [];
  readonly blocks: Block[] = [];
  /** When each unit was done. */
  readonly done = new Map<string, number>();
  private left = LIMIT;
  private leftAt = 0;

  constructor(private readonly punishes: boolean) {}

  /** A request comes. @returns until when the account is refused; undefined: it is let through */
  request(sent: Sent, now: number): number | undefined {
    this.requests.push(now);
    const block = this.blocks.at(-1);
    if (block !== undefined && now < block.until) return this.refuse(block, sent, now);
    this.left = Math.min(LIMIT, this.left + ((now - this.leftAt) / WINDOW_MS) * LIMIT);
    this.leftAt = now;
    if (this.left >= 1) {
      this.left--;
      return undefined;
    }
    const begun: Block = { from: now, until: now + WINDOW_MS, noticedAt: Infinity, refused: [] };
    this.blocks.push(begun);
    return begun.until;
  }

  /** A process has read that a request was refused. */
  noticed(at: number): void {
    const block = this.blocks.findLast(({ from }) => from <= at);
    if (block !== undefined) block.noticedAt = Math.min(block.noticedAt, at);
  }

  private refuse(block: Block, sent: Sent, now: number): number {
    block.refused.push(sent);
    if (this.punishes) block.until = now + WINDOW_MS;
    return block.until;
  }
}
