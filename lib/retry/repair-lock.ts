/** What becomes of a repair: whether it has succeeded. */
export type Flight = Promise<boolean>;

/** How long a repair and what it is for take. @publicApi */
export interface RepairTimes {
  /** So many milliseconds ago the attempt began that has failed. */
  readonly attemptMs: number;
  /** So many milliseconds the repair takes at most: after that another one may be made. */
  readonly limitMs: number;
}

/**
 * Sees to it that an account is repaired once, however many processes fail with the same token. Where
 * it fails, each process repairs by itself.
 *
 * @publicApi
 */
export interface RepairLock {
  /**
   * Has the account repaired: by `repair`, unless another process repairs it, whose repair is waited
   * for, or has done so since the attempt began.
   *
   * @param repair answers whether it has succeeded; never rejects
   * @returns whether the account is repaired
   */
  once(account: string, repair: () => Promise<boolean>, times: RepairTimes): PromiseLike<boolean>;
  /** The application has ended: connections of the lock's own are not needed any more. */
  close?(): unknown;
}
