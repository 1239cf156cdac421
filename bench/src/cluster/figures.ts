import type { Account } from './account.js';
import { LEAST_MS, UNITS, WINDOW_MS } from './settings.js';

/** What a platform has seen of all accounts. */
export class Figures {
  /** @param lost units that a process has given up */
  constructor(
    private readonly accounts: readonly Account[],
    readonly lost: number,
  ) {}

  get requests(): number {
    return this.sum(({ requests }) => requests.length);
  }

  /** Requests that came in a block. */
  get whileBlocked(): number {
    return this.sum(({ whileBlocked }) => whileBlocked);
  }

  /** Those that were not on their way any more when the first had been refused. */
  get late(): number {
    return this.sum(({ blocks }) => sumOf(blocks.flatMap(({ late }) => late)));
  }

  /** The most of them that one process has sent in one block. */
  get mostLate(): number {
    const late = this.accounts.flatMap(({ blocks }) => blocks.flatMap((block) => block.late));
    return Math.max(0, ...late);
  }

  /** x the block that nobody makes longer. */
  get longestBlock(): number {
    const blocks = this.accounts.flatMap((account) => account.blocks);
    return Math.max(0, ...blocks.map(({ from, until }) => until - from)) / WINDOW_MS;
  }

  get undone(): number {
    return this.accounts.length * UNITS - this.sum(({ done }) => done.size);
  }

  /** When the last unit was done, x the least time; without an end where some was not. */
  get time(): number {
    if (this.undone > 0) return Infinity;
    return Math.max(...this.accounts.flatMap(({ done }) => [...done.values()])) / LEAST_MS;
  }

  /** Requests in each part of the time until then, in the mean of the accounts. */
  requestsPer(partMs: number, untilMs: number): number[] {
    const parts = Array.from({ length: Math.ceil(untilMs / partMs) }, () => 0);
    for (const at of this.accounts.flatMap(({ requests }) => requests)) {
      const part = Math.floor(at / partMs);
      if (part < parts.length) parts[part] = (parts[part] ?? 0) + 1 / this.accounts.length;
    }
    return parts;
  }

  private sum(of: (account: Account) => number): number {
    return sumOf(this.accounts.map(of));
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
