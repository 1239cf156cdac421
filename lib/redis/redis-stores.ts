import { RedisCooldownStore } from './redis-cooldown-store.js';
import { RedisLink, type RedisSource, type RedisStoreOptions } from './redis-link.js';
import { RedisRepairLock } from './redis-repair-lock.js';
import { RedisRetryBudget } from './redis-retry-budget.js';

/** Everything that processes can share, by two connections. @publicApi */
export interface RedisStores {
  readonly cooldown: RedisCooldownStore;
  readonly repairs: RedisRepairLock;
  readonly retryBudget: RedisRetryBudget;
}

/**
 * Cooldowns, repairs and a retry budget that all processes of an application share.
 *
 * @param redis a client, whose settings two connections of the stores' own have, or a URL
 * @throws TypeError where an argument is not allowed
 * @example
 * RetryableModule.forRoot({ stores: redisStores('redis://127.0.0.1:6379') })
 * @publicApi
 */
export function redisStores(redis: RedisSource, options?: RedisStoreOptions): RedisStores {
  const link = RedisLink.to(redis, options, 'in redisStores');
  return {
    cooldown: new RedisCooldownStore(link),
    repairs: new RedisRepairLock(link),
    retryBudget: new RedisRetryBudget(link),
  };
}
