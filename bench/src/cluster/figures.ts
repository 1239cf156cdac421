import type { Account, Block } from './account.js';
import { LEAST_MS, NOTICE_MS, PROCESSES, UNITS, WINDOW_MS } from './settings.js';

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
    return sumOf(this.blocks.map(({ refused }) => refused.length));
  }

  /** Those that were sent although the process could know better. */
  get late(): number {
    return sumOf(this.blocks.flatMap(lateOf));
  }

  /** The most of them that one process has sent in one block. */
  get mostLate(): number {
    return Math.max(0, ...this.blocks.flatMap(lateOf));
  }

  /** x the block that nobody makes longer. */
  get longestBlock(): number {
    return Math.max(0, ...this.blocks.map(({ from, until }) => until - from)) / WINDOW_MS;
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

  private get blocks(): Block[] {
    return this.accounts.flatMap(({ blocks }) => blocks);
  }

  private sum(of: (account: Account) => number): number {
    return sumOf(this.accounts.map(of));
  }
}

/** The requests of each process that it sent although it could know better. */
function lateOf({ noticedAt, refused }: Block): number[] {
  const late = refused.filter(({ readAt }) => readAt > noticedAt + NOTICE_MS);
  return Array.from(
    { length: PROCESSES },
    (_, process) => late.filter(({ by }) => by === process).length,
  );
}

function sumOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
