import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { shared } from './shared-state.js';

/** Where the attempt is kept that the running code belongs to; the same for all copies. */
export function attemptStore<Attempt>(): AsyncLocalStorage<Attempt> {
  return shared('attempts', () => new AsyncLocalStorage<Attempt>());
}

// Before Node 24 what is entered inside a resource stays with the resource, so that the attempt
// would never be left again by way of it.
export const STORES_ON_RESOURCES = (() => {
  const storage = new AsyncLocalStorage<true>();
  const resource = new AsyncResource('RetryProbe', 0);
  resource.runInAsyncScope(() => storage.enterWith(true));
  const stays = resource.runInAsyncScope(() => storage.getStore()) === true;
  storage.disable();
  return stays;
})();
