import { wallClock } from './virtual-clock.js';

/**
 * Where it is kept until when which accounts cool down. A method may answer at once or by a promise;
 * where it fails, calls go on as if there were no cooldown.
 *
 * @publicApi
 */
export interface CooldownStore {
  /** When the account's cooldown ends or has ended: milliseconds since 1970. */
  get(account: string): number | undefined | PromiseLike<number | undefined>;
  /** Has an account cool down until then; one that does already never for a shorter time. */
  extend(account: string, until: number): unknown;
  /** The account cools down no more. */
  delete(account: string): unknown;
  /** Every account that cools down, and until when. */
  list(): Iterable<readonly [account: string, until: number]>;
  /** The application has ended: connections of the store's own are not needed any more. */
  close?(): unknown;
}

/** One that has ended is kept that long: its first call goes alone. */
const KEPT_MS = 60_000;
const MAX_ACCOUNTS = 10_000;

/** The cooldowns of one process. */
export class MemoryCooldownStore implements CooldownStore {
  private readonly ends = new Map<string, number>();

  get(account: string): number | undefined {
    return this.ends.get(account);
  }

  extend(account: string, until: number): void {
    const { ends } = this;
    if (until <= (ends.get(account) ?? 0)) return;
    ends.delete(account);
    const forgotten = wallClock() - KEPT_MS;
    for (const [other, end] of ends) if (end < forgotten) ends.delete(other);
    const [oldest] = ends.size >= MAX_ACCOUNTS ? ends.keys() : [];
    if (oldest !== undefined) ends.delete(oldest);
    ends.set(account, until);
  }

  delete(account: string): void {
    this.ends.delete(account);
  }

  list(): Iterable<readonly [string, number]> {
    return this.ends;
  }
}
