import type { BucketSize, RetryBudgetStore, TokenAnswer } from './budget-store.js';
import type { Platform } from '../errors/service-error.js';
import { readNumber } from '../errors/safe-read.js';
import { now } from './deadline-queue.js';

/**
 * How many retries an application may make, however its calls go: a bucket of tokens for each
 * platform and `key`. A retry takes one, and one whose wait the platform has stated none.
 *
 * @publicApi
 */
export interface RetryBudgetOptions {
  /** Tokens in a full bucket: so many retries may be made at once. Default 10. */
  maxTokens?: number | undefined;
  /** Tokens for each call that succeeds. Default 0.1. */
  tokenRatio?: number | undefined;
  /** Tokens that come by themselves in a minute. Default 4. */
  tokensPerMinute?: number | undefined;
}

/** Whose retries were not made: what the first of them was. */
export interface Suppressed {
  readonly context: string;
  readonly platform: Platform | undefined;
}

interface Bucket {
  readonly who: Suppressed;
  tokens: number;
  filledAt: number;
  /** Retries that were not made and that nobody has been told of. */
  suppressed: number;
  toldAt: number;
}

/** So many buckets that are not full are kept; of more the oldest is dropped. */
const MAX_BUCKETS = 10_000;
const TELL_EVERY_MS = 60_000;
/** After so many successes of accounts whose bucket is full the others are looked at. */
const SWEEP_EVERY = 1024;

/** The buckets of one application. */
export class RetryBudget {
  // A bucket that is not here is full, so that a success has nothing to look up in good times.
  private readonly buckets = new Map<string, Bucket>();
  private readonly maxTokens: number;
  private readonly tokenRatio: number;
  private readonly tokensPerMs: number;
  private readonly size: BucketSize;
  private misses = 0;

  /**
   * @param tell told of retries that were not made: of the first at once, of others once a minute
   * @param store holds the buckets that all processes share, of which those here are copies then
   * @param onFailure told what the store has failed with
   */
  constructor(
    { maxTokens = 10, tokenRatio = 0.1, tokensPerMinute = 4 }: RetryBudgetOptions,
    private readonly tell: (who: Suppressed, count: number) => void,
    private readonly store?: RetryBudgetStore,
    private readonly onFailure: (error: unknown) => void = () => undefined,
  ) {
    this.size = { maxTokens, tokensPerMinute };
    this.maxTokens = maxTokens;
    this.tokenRatio = tokenRatio;
    this.tokensPerMs = tokensPerMinute / 60_000;
  }

  /** Whether all buckets are full. */
  get isFull(): boolean {
    return this.buckets.size === 0;
  }

  /** Of each bucket that is not full: whose it is, and whether it has no token for a retry. */
  *levels(): Generator<{ readonly platform: Platform | undefined; readonly isUsedUp: boolean }> {
    for (const account of Array.from(this.buckets.keys())) {
      const bucket = this.filled(account);
      if (bucket === undefined) continue;
      yield { platform: bucket.who.platform, isUsedUp: bucket.tokens < 1 };
    }
  }

  /** The buckets are not in this process: {@link takeShared} asks for their tokens. */
  get isShared(): boolean {
    return this.store !== undefined;
  }

  /** Takes the token of a retry; false where none is left. */
  take(account: string, who: Suppressed): boolean {
    const bucket = this.bucketOf(account, who);
    if (bucket.tokens < 1) return this.refuse(bucket);
    bucket.tokens--;
    return true;
  }

  /** Takes it from the bucket that all processes share, or from its copy where that is not to be had. */
  async takeShared(account: string, who: Suppressed): Promise<boolean> {
    let answer: TokenAnswer | undefined;
    try {
      answer = await this.store?.take(account, this.size);
    } catch (error) {
      this.onFailure(error);
    }
    const tokens = readNumber(answer, 'tokens');
    if (answer === undefined || tokens === undefined) return this.take(account, who);
    const bucket = this.bucketOf(account, who);
    bucket.tokens = Math.min(tokens, this.maxTokens);
    return answer.isTaken || this.refuse(bucket);
  }

  private refuse(bucket: Bucket): false {
    bucket.suppressed++;
    if (bucket.filledAt - bucket.toldAt >= TELL_EVERY_MS) this.tellOf(bucket);
    return false;
  }

  /** A retry has succeeded, or was not made after all. */
  giveBack(account: string): void {
    this.add(account, 1);
  }

  /** A call has succeeded. */
  succeeded(account: string): void {
    this.add(account, this.tokenRatio);
  }

  private add(account: string, tokens: number): void {
    const bucket = this.filled(account);
    if (bucket !== undefined) {
      if (this.store !== undefined) this.addShared(this.store, account, tokens);
      bucket.tokens = Math.min(bucket.tokens + tokens, this.maxTokens);
      this.dropIfFull(account, bucket);
    } else if (++this.misses % SWEEP_EVERY === 0) {
      for (const other of this.buckets.keys()) this.filled(other);
    }
  }

  private addShared(store: RetryBudgetStore, account: string, tokens: number): void {
    const add = async (): Promise<unknown> => store.add(account, tokens, this.size);
    void add().catch(this.onFailure);
  }

  /** The bucket with what has come by itself meanwhile, unless it is full. */
  private filled(account: string): Bucket | undefined {
    const bucket = this.buckets.get(account);
    if (bucket === undefined) return undefined;
    const time = now();
    // The clock is another one where fake timers are switched on or off.
    const grown = Math.max(0, time - bucket.filledAt) * this.tokensPerMs;
    bucket.tokens = Math.min(bucket.tokens + grown, this.maxTokens);
    bucket.filledAt = time;
    return this.dropIfFull(account, bucket) ? undefined : bucket;
  }

  private dropIfFull(account: string, bucket: Bucket): boolean {
    const isFull = bucket.tokens >= this.maxTokens && this.maxTokens >= 1;
    if (!isFull || bucket.filledAt - bucket.toldAt < TELL_EVERY_MS) return false;
    if (bucket.suppressed > 0) this.tellOf(bucket);
    return this.buckets.delete(account);
  }

  private bucketOf(account: string, { context, platform }: Suppressed): Bucket {
    return this.filled(account) ?? this.open(account, { context, platform });
  }

  private open(account: string, who: Suppressed): Bucket {
    const { maxTokens: tokens, buckets } = this;
    const bucket = { who, tokens, filledAt: now(), suppressed: 0, toldAt: -Infinity };
    const [oldest] = buckets.size >= MAX_BUCKETS ? buckets.keys() : [];
    if (oldest !== undefined) buckets.delete(oldest);
    buckets.set(account, bucket);
    return bucket;
  }

  private tellOf(bucket: Bucket): void {
    const { who, suppressed } = bucket;
    bucket.toldAt = bucket.filledAt;
    bucket.suppressed = 0;
    this.tell(who, suppressed);
  }
}
