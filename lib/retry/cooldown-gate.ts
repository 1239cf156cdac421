import { HttpExceptionError } from '../classify/http-exception.js';
import { RateLimitError } from '../errors/ad-platform.errors.js';
import { read, readNumber } from '../errors/safe-read.js';
import { withoutStack, type ServiceError } from '../errors/service-error.js';
import { MemoryCooldownStore, type CooldownStore } from './cooldown-store.js';
import type { RetryObserver } from './events.js';
import { retryReport } from './retry-report.js';
import { wallClock } from './virtual-clock.js';
import { startWait } from './wait.js';

/** So long a store of cooldowns may take to answer: then the call goes on without its answer. */
export const STORE_MS = 1000;

/** @publicApi */
export interface CooldownOptions {
  /**
   * Milliseconds that a cooldown lasts at most, whatever the platform asked for: then one call tries.
   * Default 900 000 (15 min).
   */
  maxCooldown?: number | undefined;
  /** Where cooldowns are kept. Default: in the memory of the process. */
  store?: CooldownStore | undefined;
}

/** What an account lets through: a call at once, only after a while, or only after another one. */
export type Admission =
  | { readonly kind: 'open' }
  | { readonly kind: 'probe' }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'follow' };

const OPEN: Admission = { kind: 'open' };
const PROBE: Admission = { kind: 'probe' };
const FOLLOW: Admission = { kind: 'follow' };

/** Holds up the calls of accounts whose platform has asked for a wait. */
export class CooldownGate {
  readonly store: CooldownStore;
  private readonly maxMs: number;
  /** Accounts whose first call after a cooldown is under way. */
  private readonly probed = new Set<string>();
  /** Wakes the calls that are held up. */
  private readonly sleepers = new Map<string, Set<() => void>>();

  constructor(
    { maxCooldown = 900_000, store = new MemoryCooldownStore() }: CooldownOptions,
    private readonly observer: Pick<RetryObserver, 'callbackFailed' | 'cooldownBegan'>,
  ) {
    this.store = store;
    this.maxMs = maxCooldown;
  }

  /** Tells whether a call of the account may go; at once where the store answers at once. */
  admit(account: string, tell: (admission: Admission) => void): void {
    this.ask(
      () => this.store.get(account),
      (until) => tell(this.admission(account, until)),
    );
  }

  private admission(account: string, until: unknown): Admission {
    if (typeof until !== 'number') return OPEN;
    const ms = until - wallClock();
    if (ms > 0) return { kind: 'wait', ms };
    if (this.probed.has(account)) return FOLLOW;
    this.probed.add(account);
    return PROBE;
  }

  /** An attempt of the account has failed. */
  failed(account: string, error: ServiceError | undefined, wasProbe: boolean): void {
    const seconds = statedWait(error);
    if (seconds === undefined) {
      if (wasProbe) this.clear(account);
      return;
    }
    if (error !== undefined) charged.add(error); // no call around this one is held up for it
    const ms = Math.min(seconds * 1000, this.maxMs);
    const until = wallClock() + ms;
    const begins = (before: unknown) => {
      if (typeof before !== 'number' || before <= wallClock())
        this.observer.cooldownBegan(account, ms);
    };
    this.ask(() => this.store.get(account), begins);
    const extended = once(() => wasProbe && this.probeEnded(account));
    this.ask(() => this.store.extend(account, until), extended);
    // The others follow when the store knows, or does not say so in time.
    if (wasProbe && this.probed.has(account)) startWait(STORE_MS, extended);
  }

  /** The first call after a cooldown has ended without saying how the account is. */
  probeEnded(account: string): void {
    this.probed.delete(account);
    this.wake(account);
  }

  /** The account is well, or its cooldown is taken back. */
  clear(account: string): void {
    this.ask(
      () => this.store.delete(account),
      () => undefined,
    );
    this.probeEnded(account);
  }

  /** Nothing more is asked of the store. */
  close(): void {
    this.ask(
      () => this.store.close?.(),
      () => undefined,
    );
  }

  /** Wakes a call that is held up as soon as it is worth to ask again. */
  sleep(account: string, wake: () => void): () => void {
    const { sleepers } = this;
    const all = sleepers.get(account) ?? new Set();
    sleepers.set(account, all.add(wake));
    return () => {
      if (all.delete(wake) && all.size === 0) sleepers.delete(account);
    };
  }

  private wake(account: string): void {
    // Those that go to sleep again meanwhile are not woken twice.
    for (const wake of Array.from(this.sleepers.get(account) ?? [])) wake();
  }

  /** Goes on with what the store answers: at once where it does, and with nothing where it fails. */
  private ask(question: () => unknown, then: (answer: unknown) => void): void {
    let answer: unknown;
    try {
      answer = question();
    } catch (error) {
      this.onFailure(error);
    }
    if (typeof read(answer, 'then') !== 'function') return then(answer);
    void Promise.resolve(answer)
      .catch((error: unknown) => this.onFailure(error))
      .then(then);
  }

  private onFailure(error: unknown): void {
    this.observer.callbackFailed('cooldown.store', 'cooldown', error);
  }
}

function once(action: () => unknown): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}

/** Errors that have begun a cooldown. */
const charged = new WeakSet<ServiceError>();

/** Seconds that upstream itself has asked for: neither the application nor a gate like this one. */
function statedWait(error: ServiceError | undefined): number | undefined {
  if (read(error, 'type') !== 'API_RATE_LIMIT' || error instanceof HttpExceptionError) {
    return undefined;
  }
  if (charged.has(error as ServiceError) || retryReport(error)?.gaveUp === 'cooldown') {
    return undefined;
  }
  return readNumber(error, 'retryAfter');
}

/** What a call fails with that an account does not let through. */
export function refusal(platform: string | undefined, ms: number): RateLimitError {
  const retryAfter = Math.ceil(ms / 1000);
  const message = `The account cools down for another ${retryAfter} s: nothing was sent`;
  return withoutStack(() => new RateLimitError(platform, { retryAfter, message }));
}
