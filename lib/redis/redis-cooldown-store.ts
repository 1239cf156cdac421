import type { CooldownStore } from '../retry/cooldown-store.js';
import { RedisLink, type RedisSource, type RedisStoreOptions } from './redis-link.js';
import { DELETE, EXTEND, LIST } from './scripts.js';

/** One that has ended is kept that long: its first call goes alone. */
const KEPT_MS = 60_000;
/** Without messages from the others the copy is read anew after that long. */
const MAX_AGE_MS = 1000;

/**
 * Cooldowns that all processes have in common: what one of them learns the others know a moment
 * later. Each keeps a copy, so that an account that does not cool down costs no round trip. Where Redis
 * (6.2 or later) is away or slow, each process goes by its copy and by what it learns itself.
 *
 * @throws TypeError where an argument is not allowed
 * @example
 * RetryableModule.forRoot({ cooldown: { store: new RedisCooldownStore('redis://127.0.0.1:6379') } })
 * @publicApi
 */
export class RedisCooldownStore implements CooldownStore {
  private readonly ends = new Map<string, number>();
  /** What Redis has not been told: until when, or 0 where the cooldown is over. */
  private readonly untold = new Map<string, number>();
  /** What was heard while the copy was read. */
  private heard: [account: string, ms: number][] = [];
  private reading: Promise<boolean> | undefined;
  private readAt = -Infinity;
  /** Messages come: the copy is right. */
  private isLive = false;
  /** Times that messages have ceased to come. */
  private connections = 0;
  private readonly link: RedisLink;
  private readonly key: string;
  private readonly channel: string;

  /** @param redis a client, whose settings two connections of the store's own have, or a URL */
  constructor(redis: RedisSource | RedisLink, options?: RedisStoreOptions) {
    this.link = RedisLink.to(redis, options, 'in RedisCooldownStore');
    this.key = this.link.key('cooldowns');
    this.channel = this.link.channel('cooldowns');
    this.link.listen(this.channel, {
      heard: (message) => this.hear(message),
      connected: () => void this.goLive(),
      lost: () => {
        this.connections++;
        this.isLive = false;
      },
    });
  }

  get(account: string): number | undefined | Promise<number | undefined> {
    if (this.isLive || performance.now() - this.readAt < MAX_AGE_MS) return this.ends.get(account);
    return this.read().then(() => this.ends.get(account));
  }

  async extend(account: string, until: number): Promise<void> {
    if (until <= (this.ends.get(account) ?? 0)) return;
    this.ends.set(account, until);
    this.untold.set(account, until);
    await this.tell(account);
  }

  async delete(account: string): Promise<void> {
    this.ends.delete(account);
    this.untold.set(account, 0);
    await this.tell(account);
  }

  list(): Iterable<readonly [string, number]> {
    return this.ends;
  }

  /** The application has ended. */
  close(): void {
    this.link.close();
  }

  private hear(message: string): void {
    const [account, ms] = JSON.parse(message) as [string, number];
    if (this.reading !== undefined) this.heard.push([account, ms]);
    this.learn(account, ms);
  }

  /** Subscribed first and read then: nothing is missed in between. */
  private async goLive(): Promise<void> {
    const connection = this.connections;
    await this.reading; // which has begun before
    const isRead = await this.read();
    if (connection === this.connections) this.isLive = isRead;
  }

  private learn(account: string, ms: number): void {
    if (ms === 0) this.ends.delete(account);
    // Others may not know yet what this process does.
    else this.ends.set(account, Math.max(Date.now() + ms, this.untold.get(account) ?? 0));
  }

  /** Reads the copy anew, once for all that ask meanwhile; false where Redis did not answer. */
  private read(): Promise<boolean> {
    this.readAt = performance.now(); // also where it fails: the next call does not wait, too
    this.reading ??= this.readAll().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readAll(): Promise<boolean> {
    await Promise.all(Array.from(this.untold.keys(), (account) => this.tell(account)));
    this.heard = [];
    const all = await this.link.ask((redis) => redis.eval(LIST, 1, this.key, KEPT_MS));
    if (!Array.isArray(all)) return false;
    this.ends.clear();
    for (let n = 0; n < all.length; n += 2) this.learn(String(all[n]), Number(all[n + 1]));
    for (const [account, ms] of this.heard) this.learn(account, ms);
    for (const [account, until] of this.untold) this.learn(account, until && until - Date.now());
    return true;
  }

  /** Tells Redis, and by it the others, what it has not been told of an account. */
  private async tell(account: string): Promise<void> {
    const until = this.untold.get(account);
    if (until === undefined) return;
    const done = () => {
      if (this.untold.get(account) === until) this.untold.delete(account);
    };
    const ms = Math.ceil(until - Date.now());
    const told = await this.link.ask(
      (redis) =>
        until === 0
          ? redis.eval(DELETE, 1, this.key, this.channel, account)
          : redis.eval(EXTEND, 1, this.key, this.channel, account, ms, KEPT_MS),
      (succeeded) => succeeded && done(),
    );
    if (told !== undefined) done();
  }
}
