import { REDIS_URL } from '../settings.js';

/**
 * With Redis, a call that its platform puts off for long waits in a queue under this name. Only for
 * campaigns: an ad set or ad that is parked is not there yet when the rest of its campaign is answered,
 * and who completes that campaign would have it twice.
 */
export function parkedAs(name: string): { name: string } | undefined {
  return REDIS_URL === undefined ? undefined : { name };
}
