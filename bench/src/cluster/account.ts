import { ANSWER_MS, LIMIT, NOTICE_MS, WINDOW_MS } from './settings.js';

/** A time in which an account is refused, from its first refusal to its end. */
export interface Block {
  readonly from: number;
  until: number;
  /** Requests of each process that cannot have been on their way any more. */
  readonly late: number[];
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
  /** Requests that came in a block. */
  whileBlocked = 0;
  /** When each unit was done. */
  readonly done = new Map<string, number>();
  private left = LIMIT;
  private leftAt = 0;

  constructor(private readonly punishes: boolean) {}

  /** A request comes. @returns how long the account is refused; 0: the request is let through */
  blockedMs(process: number, now: number): number {
    this.requests.push(now);
    const block = this.blocks.at(-1);
    if (block !== undefined && now < block.until) {
      this.refuse(block, process, now);
      return block.until - now;
    }
    this.left = Math.min(LIMIT, this.left + ((now - this.leftAt) / WINDOW_MS) * LIMIT);
    this.leftAt = now;
    if (this.left >= 1) {
      this.left--;
      return 0;
    }
    this.blocks.push({ from: now, until: now + WINDOW_MS, late: [] });
    return WINDOW_MS;
  }

  private refuse(block: Block, process: number, now: number): void {
    this.whileBlocked++;
    if (this.punishes) block.until = now + WINDOW_MS;
    if (now <= block.from + ANSWER_MS + NOTICE_MS) return;
    block.late[process] = (block.late[process] ?? 0) + 1;
  }
}
