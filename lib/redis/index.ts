export { RedisCooldownStore } from './redis-cooldown-store.js';
export type { RedisStoreOptions } from './redis-cooldown-store.js';
