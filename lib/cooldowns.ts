import { Inject, Injectable } from '@nestjs/common';
import type { Platform } from './errors/service-error.js';
import { accountOf, identityOf } from './retry/account.js';
import type { RetryRuntime } from './retry/retry-runtime.js';
import { wallClock } from './retry/virtual-clock.js';
import { RUNTIME } from './retryable.tokens.js';

/** An account that is left alone, because its platform has asked for that. @publicApi */
export interface Cooldown {
  readonly platform: Platform | undefined;
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/**
 * The accounts whose calls are held up, because their platform has asked for a wait.
 *
 * @example
 * cooldowns.list() // [{ platform: 'meta', key: 'act_17', until: 1764072000000 }]
 * @publicApi
 */
@Injectable()
export class Cooldowns {
  constructor(@Inject(RUNTIME) private readonly runtime: RetryRuntime) {}

  /** The accounts that cool down at present. */
  list(): Cooldown[] {
    const entries = [...(this.runtime.cooldowns?.store.list() ?? [])];
    return entries
      .filter(([, until]) => until > wallClock())
      .map(([account, until]) => ({ ...identityOf(account), until }));
  }

  /** Ends the cooldown of an account: its calls go on at once. */
  clear({ platform, key }: Pick<Cooldown, 'platform' | 'key'>): void {
    this.runtime.cooldowns?.clear(accountOf(platform, key));
  }
}
