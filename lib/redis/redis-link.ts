import { once } from 'node:events';
import { Redis, type Cluster } from 'ioredis';
import { nestLogger } from '../nest-logger.js';
import { checkOptions, requireOption, RULES, type OptionRules } from '../retry/check-options.js';

/** @publicApi */
export interface RedisStoreOptions {
  /** What all keys and channels begin with. Default `'nestjs-retryable'`. */
  prefix?: string | undefined;
}

/** A client, whose settings the connections of the stores have, or a URL. @publicApi */
export type RedisSource = Redis | Cluster | string;

const OPTION_RULES = { prefix: RULES.text } as const satisfies OptionRules<keyof RedisStoreOptions>;

const CLIENT = {
  allowed: 'a client of ioredis or a URL',
  accepts: (value: unknown) =>
    (typeof value === 'string' && value !== '') ||
    typeof (value as Redis | undefined)?.duplicate === 'function',
};

/** So long a call may wait for Redis; then it goes on with what this process knows. */
export const PATIENCE_MS = 50;
/** So soon a lost connection is tried again. */
const RECONNECT_MS = 200;
/** For so long nobody waits for a Redis that has kept somebody waiting. */
const REST_MS = 1000;

/** How the connections of the stores differ from those of the application: nothing waits in them. */
const CONNECTION = {
  retryStrategy: () => RECONNECT_MS,
  enableOfflineQueue: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  lazyConnect: true,
};

const CLUSTER_CONNECTION = {
  clusterRetryStrategy: () => RECONNECT_MS,
  enableOfflineQueue: false,
  lazyConnect: true,
};

type Connection = Redis | Cluster;

function connect(source: RedisSource): Connection {
  if (typeof source === 'string') return new Redis(source, CONNECTION);
  return isCluster(source)
    ? source.duplicate([], CLUSTER_CONNECTION)
    : source.duplicate(CONNECTION);
}

function isCluster(client: Connection): client is Cluster {
  return client.isCluster;
}

/** What a store hears of the others. */
export interface Listener {
  /** Another process, or this one, has said something. */
  heard(message: string): void;
  /** From now on nothing is missed. */
  connected?(): void;
  /** From now on something may be missed. */
  lost?(): void;
}

/**
 * Redis as it may be missed: nobody waits for it longer than 50 ms, nothing fails with it, and each of
 * its outages is two lines in the log. Several stores share its two connections.
 */
export class RedisLink {
  private readonly logger = nestLogger();
  private readonly prefix: string;
  private readonly commands: Connection;
  private readonly subscriber: Connection;
  private readonly listeners = new Map<string, Listener>();
  private readonly connected: Promise<unknown>;
  private isConnecting = true;
  private isDown = false;
  private lostAt = -Infinity;

  /** The connections that are shared already, or new ones. */
  static to(
    source: RedisSource | RedisLink,
    options: RedisStoreOptions | undefined,
    where: string,
  ): RedisLink {
    return source instanceof RedisLink ? source : new RedisLink(source, options, where);
  }

  constructor(source: RedisSource, options: RedisStoreOptions = {}, where: string) {
    requireOption('redis', source, CLIENT, where);
    checkOptions(options, OPTION_RULES, where);
    this.prefix = options.prefix ?? 'nestjs-retryable';
    this.commands = connect(source);
    this.subscriber = connect(source);
    this.connected = once(this.commands, 'ready')
      .catch(() => undefined)
      .finally(() => {
        this.isConnecting = false;
      });
    this.open();
  }

  /** The name of a key: all of them are in one slot of a cluster. */
  key(name: string): string {
    return `{${this.prefix}}:${name}`;
  }

  channel(name: string): string {
    return `${this.prefix}:${name}`;
  }

  /** From now on the listener hears what is said in the channel. */
  listen(channel: string, listener: Listener): void {
    this.listeners.set(channel, listener);
  }

  /** Redis has not answered a moment ago: it is not worth to wait for it. */
  get isAway(): boolean {
    return this.commands.status !== 'ready' || performance.now() - this.lostAt < REST_MS;
  }

  /**
   * What a command answers, or undefined where it does not in time.
   *
   * @param onLate told whether a command that was not waited for has succeeded in the end
   */
  async ask<T>(
    command: (redis: Connection) => Promise<T>,
    onLate: (succeeded: boolean) => void = () => undefined,
    patienceMs = PATIENCE_MS,
  ): Promise<T | undefined> {
    if (this.commands.status !== 'ready' && this.isDown) return undefined;
    const answer = this.send(command).then(
      (value) => ({ value }),
      () => undefined,
    );
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<undefined>((resolve) => {
      // What has come while the process was busy is read before it counts as late.
      timer = setTimeout(() => setImmediate(resolve, undefined), patienceMs);
    });
    const first = await Promise.race([answer, patience]);
    clearTimeout(timer);
    if (first !== undefined) {
      this.found();
      return first.value;
    }
    if (!this.isConnecting) this.lost(); // no outage yet
    void answer.then((late) => onLate(late !== undefined));
    return undefined;
  }

  /** The first connection of all may still be on its way. */
  private async send<T>(command: (redis: Connection) => Promise<T>): Promise<T> {
    await this.connected;
    return command(this.commands);
  }

  /** The application has ended. */
  close(): void {
    this.tellLost();
    this.subscriber.disconnect();
    this.commands.disconnect();
  }

  private open(): void {
    const { subscriber, commands } = this;
    // Without a listener ioredis prints each of them; one of the two is enough to tell.
    commands.on('error', () => this.lost());
    subscriber.on('error', () => undefined);
    subscriber.on('close', () => this.tellLost());
    subscriber.on('message', (channel: string, message: string) =>
      this.listeners.get(channel)?.heard(message),
    );
    const subscribe = () => void this.subscribe();
    // The node of a cluster that messages come from may be another one then.
    subscriber.on('-node', subscribe);
    for (const connection of [subscriber, commands]) {
      connection.on('ready', subscribe);
      connection.connect().catch(() => undefined); // it goes on trying by itself
    }
  }

  /** Once both connections are there: what is read after that misses nothing. */
  private async subscribe(): Promise<void> {
    const { subscriber, commands, listeners } = this;
    if (subscriber.status !== 'ready' || commands.status !== 'ready') return;
    try {
      await subscriber.subscribe(...listeners.keys());
    } catch {
      return; // another time
    }
    if (subscriber.status !== 'ready') return;
    this.lostAt = -Infinity;
    for (const listener of listeners.values()) listener.connected?.();
  }

  private tellLost(): void {
    for (const listener of this.listeners.values()) listener.lost?.();
  }

  private lost(): void {
    this.lostAt = performance.now();
    if (this.isDown) return;
    this.isDown = true;
    this.logger.warn({ hint: 'Each process goes by what it knows itself.' }, 'retry_redis_lost');
  }

  private found(): void {
    this.lostAt = -Infinity;
    if (!this.isDown) return;
    this.isDown = false;
    this.logger.info({}, 'retry_redis_found');
  }
}
