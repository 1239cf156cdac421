import type { BucketSize, RetryBudgetStore, TokenAnswer } from '../retry/budget-store.js';
import { RedisLink, type RedisSource, type RedisStoreOptions } from './redis-link.js';
import { ADD_TOKENS, TAKE_TOKEN } from './scripts.js';

/** Tokens are put into their buckets that often. */
const ADD_EVERY_MS = 1000;

/** What an account's bucket is to get. */
interface Credit {
  tokens: number;
  size: BucketSize;
}

/**
 * The buckets of a retry budget that all processes have in common: one command for each retry, and one
 * a second for all calls that succeed while a bucket is not full. Where Redis (6.2 or later) is away or
 * slow, each process goes by its copy of the buckets.
 *
 * @throws TypeError where an argument is not allowed
 * @publicApi
 */
export class RedisRetryBudget implements RetryBudgetStore {
  private readonly credits = new Map<string, Credit>();
  private readonly link: RedisLink;
  private timer: NodeJS.Timeout | undefined;

  /** @param redis a client, whose settings two connections of the budget's own have, or a URL */
  constructor(redis: RedisSource | RedisLink, options?: RedisStoreOptions) {
    this.link = RedisLink.to(redis, options, 'in RedisRetryBudget');
  }

  async take(account: string, size: BucketSize): Promise<TokenAnswer | undefined> {
    if (this.link.isAway) return undefined;
    const { maxTokens, tokensPerMinute } = size;
    const answer = await this.link.ask((redis) =>
      redis.eval(TAKE_TOKEN, 1, this.key(account), maxTokens, tokensPerMinute),
    );
    if (!Array.isArray(answer)) return undefined;
    return { isTaken: Number(answer[0]) === 1, tokens: Number(answer[1]) };
  }

  add(account: string, tokens: number, size: BucketSize): void {
    const before = this.credits.get(account)?.tokens ?? 0;
    this.credits.set(account, { tokens: before + tokens, size });
    this.timer ??= setTimeout(() => this.pay(), ADD_EVERY_MS).unref();
  }

  /** The application has ended. */
  close(): void {
    clearTimeout(this.timer);
    this.link.close();
  }

  private pay(): void {
    const credits = [...this.credits];
    this.credits.clear();
    this.timer = undefined;
    const keys = credits.map(([account]) => this.key(account));
    const values = credits.flatMap(([, { tokens, size }]) => [
      tokens,
      size.maxTokens,
      size.tokensPerMinute,
    ]);
    // What is lost fills up by itself.
    if (!this.link.isAway) {
      void this.link.ask((redis) => redis.eval(ADD_TOKENS, keys.length, ...keys, ...values));
    }
  }

  private key(account: string): string {
    return this.link.key(`budget:${account}`);
  }
}
