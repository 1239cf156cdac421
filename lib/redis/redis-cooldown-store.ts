import { Redis } from 'ioredis';
import { checkOptions, requireOption, RULES, type OptionRules } from '../retry/check-options.js';
import type { CooldownStore } from '../retry/cooldown-store.js';
import { RedisLink } from './redis-link.js';
import { DELETE, EXTEND, LIST } from './scripts.js';

/** @publicApi */
export interface RedisStoreOptions {
  /** What all keys and channels begin with. Default `'nestjs-retryable'`. */
  prefix?: string | undefined;
}

const OPTION_RULES = { prefix: RULES.text } as const satisfies OptionRules<keyof RedisStoreOptions>;

const CLIENT = {
  allowed: 'a client of ioredis or a URL',
  accepts: (value: unknown) =>
    (typeof value === 'string' && value !== '') ||
    typeof (value as Redis | undefined)?.duplicate === 'function',
};

/** One that has ended is kept that long: its first call goes alone. */
const KEPT_MS = 60_000;
/** Without messages from the others the copy is read anew after that long. */
const MAX_AGE_MS = 1000;
/** So soon a lost connection is tried again. */
const RECONNECT_MS = 200;

/** How the connections of the store differ from those of the application: nothing waits in them. */
const CONNECTION = {
  retryStrategy: () => RECONNECT_MS,
  enableOfflineQueue: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  lazyConnect: true,
};

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
  private readonly commands: Redis;
  private readonly subscriber: Redis;
  private readonly link: RedisLink;
  private readonly key: string;
  private readonly channel: string;

  /** @param redis a client, whose settings two connections of the store's own have, or a URL */
  constructor(redis: Redis | string, options: RedisStoreOptions = {}) {
    requireOption('redis', redis, CLIENT, 'in RedisCooldownStore');
    checkOptions(options, OPTION_RULES, 'in RedisCooldownStore');
    const { prefix = 'nestjs-retryable' } = options;
    this.key = `{${prefix}}:cooldowns`;
    this.channel = `${prefix}:cooldowns`;
    const connect = () =>
      typeof redis === 'string' ? new Redis(redis, CONNECTION) : redis.duplicate(CONNECTION);
    this.commands = connect();
    this.subscriber = connect();
    this.link = new RedisLink(this.commands);
    this.listen();
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
    this.isLive = false;
    this.subscriber.disconnect();
    this.commands.disconnect();
  }

  private listen(): void {
    const { subscriber, commands } = this;
    subscriber.on('error', () => undefined); // those of the other connection are told
    subscriber.on('close', () => {
      this.isLive = false;
    });
    subscriber.on('message', (_: string, message: string) => {
      const [account, ms] = JSON.parse(message) as [string, number];
      this.heard.push([account, ms]);
      this.learn(account, ms);
    });
    for (const connection of [subscriber, commands]) {
      connection.on('ready', () => void this.goLive());
      connection.connect().catch(() => undefined); // it goes on trying by itself
    }
  }

  /** Once both connections are there: subscribed first and read then, nothing is missed in between. */
  private async goLive(): Promise<void> {
    const { subscriber, commands } = this;
    if (subscriber.status !== 'ready' || commands.status !== 'ready') return;
    try {
      await subscriber.subscribe(this.channel);
      await this.reading; // which has begun before
      this.isLive = (await this.read()) && subscriber.status === 'ready';
    } catch {
      this.isLive = false; // another time
    }
  }

  private learn(account: string, ms: number): void {
    if (ms === 0) this.ends.delete(account);
    else this.ends.set(account, Date.now() + ms);
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
