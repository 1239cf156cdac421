/** How large a bucket of tokens is, and how fast it fills by itself. @publicApi */
export interface BucketSize {
  readonly maxTokens: number;
  readonly tokensPerMinute: number;
}

/** What has become of a token that was asked for. @publicApi */
export interface TokenAnswer {
  /** False where there was none. */
  readonly isTaken: boolean;
  /** What is left in the bucket. */
  readonly tokens: number;
}

/**
 * Where the buckets of a retry budget are that all processes share. Each process keeps a copy of those
 * that are not full, and goes by it where the store fails.
 *
 * @publicApi
 */
export interface RetryBudgetStore {
  /** Takes the token of a retry from the account's bucket; undefined where that is not known. */
  take(
    account: string,
    size: BucketSize,
  ): TokenAnswer | undefined | PromiseLike<TokenAnswer | undefined>;
  /** Puts tokens into the account's bucket: for calls that have succeeded, and may be some time later. */
  add(account: string, tokens: number, size: BucketSize): unknown;
  /** The application has ended: connections of the store's own are not needed any more. */
  close?(): unknown;
}
