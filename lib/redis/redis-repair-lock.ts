import { randomUUID } from 'node:crypto';
import type { Flight, RepairLock, RepairTimes } from '../retry/repair-lock.js';
import { PATIENCE_MS, RedisLink, type RedisSource, type RedisStoreOptions } from './redis-link.js';
import { CLAIM, RELEASE } from './scripts.js';

/** Of a repair that has ended is known for so long, beside its limit, to attempts that began before. */
const KEPT_MS = 600_000;
/**
 * So long a repair waits for Redis, unless that has kept somebody waiting a moment ago: longer than
 * other decisions, since a second repair may make the token of the first one invalid.
 */
const LOCK_PATIENCE_MS = 500;
/** So often it is looked whether a repair of another process has ended, should no message come. */
const LOOK_EVERY_MS = 1000;

/** Redis was asked who repairs. */
type Claim =
  | { readonly kind: 'own' | 'repaired' | 'failed' | 'unknown' }
  | { readonly kind: 'held'; readonly holder: string; readonly ms: number };

/** A call that waits for the repair of an account. */
interface Waiter {
  /** Which repairs have ended meanwhile, and whether they have succeeded. */
  readonly ended: Map<string, boolean>;
  wake(): void;
}

/**
 * One repair at a time for each account, however many processes fail with the same token. The others
 * wait for it and try at once; where the process dies that repairs, one of them repairs when the
 * repair's limit is over. Where Redis (6.2 or later) is away or slow, each process repairs by itself.
 *
 * The processes have to read the new token where the repair has put it.
 *
 * @throws TypeError where an argument is not allowed
 * @publicApi
 */
export class RedisRepairLock implements RepairLock {
  private readonly waiters = new Map<string, Set<Waiter>>();
  private readonly link: RedisLink;
  private readonly channel: string;
  private isClosed = false;

  /** @param redis a client, whose settings two connections of the lock's own have, or a URL */
  constructor(redis: RedisSource | RedisLink, options?: RedisStoreOptions) {
    this.link = RedisLink.to(redis, options, 'in RedisRepairLock');
    this.channel = this.link.channel('repairs');
    this.link.listen(this.channel, { heard: (message) => this.hear(message) });
  }

  async once(account: string, repair: () => Flight, times: RepairTimes): Promise<boolean> {
    const began = performance.now();
    const id = randomUUID();
    const waiter: Waiter = { ended: new Map(), wake: () => undefined };
    this.join(account, waiter);
    try {
      let holder = '';
      let holdsUntil = -Infinity;
      for (let failures = 0; !this.isClosed;) {
        const ageMs = times.attemptMs + performance.now() - began;
        const claim = await this.claim(account, id, ageMs, times.limitMs, holder);
        if (claim.kind === 'repaired') return true;
        if (claim.kind === 'own') return await this.run(account, id, repair);
        // One late answer is no reason to repair beside another process.
        failures = claim.kind === 'unknown' ? failures + 1 : 0;
        const isAlone = failures > 1 || (failures > 0 && performance.now() >= holdsUntil);
        if (isAlone) return await this.run(account, id, repair);
        if (claim.kind === 'failed') return false;
        if (claim.kind === 'held') {
          holder = claim.holder;
          holdsUntil = performance.now() + claim.ms;
        }
        const leftMs = Math.max(0, holdsUntil - performance.now());
        await asleep(waiter, holder, Math.min(leftMs + 1, LOOK_EVERY_MS));
        const succeeded = outcome(waiter, holder);
        if (succeeded !== undefined) return succeeded;
      }
      return false;
    } finally {
      this.leave(account, waiter);
    }
  }

  /** The application has ended. */
  close(): void {
    this.isClosed = true;
    for (const all of this.waiters.values()) for (const waiter of all) waiter.wake();
    this.link.close();
  }

  private async claim(
    account: string,
    id: string,
    ageMs: number,
    limitMs: number,
    holder: string,
  ): Promise<Claim> {
    // Redis hears of the failure a moment after it: the attempt is older by that then.
    const [age, limit] = [ageMs + PATIENCE_MS, limitMs].map(Math.ceil) as [number, number];
    const patienceMs = this.link.isAway ? PATIENCE_MS : LOCK_PATIENCE_MS;
    const answer = await this.link.ask(
      (redis) => redis.eval(CLAIM, 1, this.key(account), id, age, limit, holder, KEPT_MS),
      undefined,
      patienceMs,
    );
    const [kind, by, ms] = (answer ?? []) as [string?, string?, string?];
    if (kind === 'held') return { kind, holder: String(by), ms: Number(ms) };
    return { kind: kind === 'own' || kind === 'repaired' || kind === 'failed' ? kind : 'unknown' };
  }

  private async run(account: string, id: string, repair: () => Flight): Promise<boolean> {
    const succeeded = await repair();
    const flag = succeeded ? 1 : 0;
    // Nobody waits for that: where it is lost the limit ends the lock.
    void this.link.ask((redis) =>
      redis.eval(RELEASE, 1, this.key(account), this.channel, account, id, flag, KEPT_MS),
    );
    return succeeded;
  }

  private key(account: string): string {
    return this.link.key(`repair:${account}`);
  }

  private hear(message: string): void {
    const [account, id, succeeded] = JSON.parse(message) as [string, string, boolean];
    for (const waiter of this.waiters.get(account) ?? []) {
      waiter.ended.set(id, succeeded);
      waiter.wake();
    }
  }

  private join(account: string, waiter: Waiter): void {
    const all = this.waiters.get(account) ?? new Set();
    this.waiters.set(account, all.add(waiter));
  }

  private leave(account: string, waiter: Waiter): void {
    const all = this.waiters.get(account);
    if (all?.delete(waiter) === true && all.size === 0) this.waiters.delete(account);
  }
}

/** How the repair has ended, or that of somebody else which has succeeded. */
function outcome({ ended }: Waiter, holder: string): boolean | undefined {
  return [...ended.values()].includes(true) ? true : ended.get(holder);
}

/** Waits until a repair has ended, but not longer than so many milliseconds. */
function asleep(waiter: Waiter, holder: string, ms: number): Promise<void> {
  if (outcome(waiter, holder) !== undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => waiter.wake(), ms);
    waiter.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
