import { Inject, Injectable, Optional, type OnApplicationShutdown } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { requireRuntime } from '../application-runtime.js';
import { redactName } from '../errors/redact-name.js';
import type { Platform } from '../errors/service-error.js';
import { identityOf } from '../retry/account.js';
import type { RetryRuntime } from '../retry/retry-runtime.js';
import { wallClock } from '../retry/virtual-clock.js';
import { RUNTIME } from '../retryable.tokens.js';

/** What a health check says of a platform. Accounts are counted, never named. @publicApi */
export interface PlatformHealth {
  /** When a call has succeeded last, in ISO 8601; null where none has yet. */
  last_success: string | null;
  /** Retry budgets that are not full, and those of them that allow no retry at present. */
  budgets: { below_full: number; used_up: number };
  /** Accounts that are left alone because the platform has asked for it, and until when the last. */
  cooldowns: { accounts: number; until: string | null };
}

/**
 * Tells `@nestjs/terminus` how the calls of an application go, per platform. It is never down: an
 * upstream that fails is no reason to take the application away from those it can still serve. With
 * Terminus 12 it is `degraded` while a budget for retries is used up; with 11 it stays `up`.
 *
 * @throws Error at boot, where `RetryableModule` is not registered
 * @example
 * providers: [RetryHealthIndicator]
 * // in a controller:
 * \@Get('health') \@HealthCheck()
 * check() { return this.health.check([() => this.retries.check('retries')]); }
 * @publicApi
 */
@Injectable()
export class RetryHealthIndicator implements OnApplicationShutdown {
  private readonly runtime: RetryRuntime;
  /** When a call of each platform that was called has succeeded last. */
  private readonly successes = new Map<string, number | undefined>();
  private readonly endWatch: () => void;

  constructor(
    private readonly indicators: HealthIndicatorService,
    @Optional() @Inject(RUNTIME) given?: RetryRuntime,
  ) {
    this.runtime = requireRuntime(given, 'RetryHealthIndicator');
    this.endWatch = this.runtime.watch({
      attemptBegan: ({ owner }) => this.note(owner.policy.platform, undefined),
      callEnded: ({ policy }, end) => {
        if (end === 'succeeded') this.note(policy.platform, wallClock());
      },
    });
  }

  /** The health of every platform that has been called or that asks for a wait. */
  check<const Key extends string>(key: Key): HealthIndicatorResult<Key> {
    const platforms = this.platforms();
    const isDegraded = Object.values(platforms).some(({ budgets }) => budgets.used_up > 0);
    const session = this.indicators.check(key);
    return isDegraded ? degraded(session, { platforms }) : session.up({ platforms });
  }

  onApplicationShutdown(): void {
    this.endWatch();
  }

  private note(platform: Platform | undefined, success: number | undefined): void {
    const { successes } = this;
    const name = nameOf(platform);
    if (successes.size >= MAX_PLATFORMS && !successes.has(name)) return;
    successes.set(name, success ?? successes.get(name));
  }

  private platforms(): Record<string, PlatformHealth> {
    const found = new Map<string, PlatformHealth>();
    const of = (name: string): PlatformHealth => {
      const health = found.get(name) ?? healthy();
      found.set(name, health);
      return health;
    };
    for (const [name, time] of this.successes) {
      of(name).last_success = time === undefined ? null : iso(time);
    }
    for (const { platform, isUsedUp } of this.runtime.budget?.levels() ?? []) {
      const { budgets } = of(nameOf(platform));
      budgets.below_full++;
      if (isUsedUp) budgets.used_up++;
    }
    for (const { name, until } of this.cooling()) {
      const { cooldowns } = of(name);
      cooldowns.accounts++;
      if (cooldowns.until === null || until > cooldowns.until) cooldowns.until = until;
    }
    return Object.fromEntries(found);
  }

  /** The accounts that cool down; none where a store of the application fails, as for calls. */
  private cooling(): Cooling[] {
    const { cooldowns, observer } = this.runtime;
    try {
      return [...(cooldowns?.store.list() ?? [])]
        .filter(([, until]) => until > wallClock())
        .map(([account, until]) => ({
          name: nameOf(identityOf(account).platform),
          until: iso(until),
        }));
    } catch (error) {
      observer.callbackFailed('cooldown.store', 'health', error);
      return [];
    }
  }
}

/** A function of the arguments may name any number of platforms. */
const MAX_PLATFORMS = 100;

interface Cooling {
  readonly name: string;
  /** In ISO 8601. */
  readonly until: string;
}

function healthy(): PlatformHealth {
  return {
    last_success: null,
    budgets: { below_full: 0, used_up: 0 },
    cooldowns: { accounts: 0, until: null },
  };
}

function nameOf(platform: Platform | undefined): string {
  return platform === undefined ? 'none' : redactName(platform);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

type Session<Key extends string> = ReturnType<typeof HealthIndicatorService.prototype.check<Key>>;

/** Terminus 11 has no such state. */
interface MaybeDegraded<Key extends string> {
  degraded?(data: object): HealthIndicatorResult<Key>;
}

function degraded<Key extends string>(
  session: Session<Key>,
  data: { platforms: Record<string, PlatformHealth> },
): HealthIndicatorResult<Key> {
  return (session as MaybeDegraded<Key>).degraded?.(data) ?? session.up(data);
}
