export { RedisCooldownStore } from './redis-cooldown-store.js';
export { RedisRepairLock } from './redis-repair-lock.js';
export { RedisRetryBudget } from './redis-retry-budget.js';
export { redisStores } from './redis-stores.js';
export type { RedisLink, RedisSource, RedisStoreOptions } from './redis-link.js';
export type { RedisStores } from './redis-stores.js';
