import {
  constant,
  Cooldowns,
  RetryStrategy,
  type RetryableModuleExtras,
  type RetryableModuleOptions,
  type RetryWithBackoffOptions,
} from '../../lib/index.js';
import { failureOf, limited } from './calls.js';
import { context } from './context.js';
import { stopTime } from './time.js';

/** The options of a call of that account of a platform. */
export const of = (key: string | undefined, more: RetryWithBackoffOptions = {}) => ({
  platform: 'meta',
  key,
  backoff: constant(0),
  context: `call of ${key}`,
  ...more,
});

/** An application in which time stands still, and whose retries no budget limits. */
export async function startAccounts(options: RetryableModuleOptions & RetryableModuleExtras = {}) {
  const { module, lines } = await context({ retryBudget: false, ...options });
  stopTime();
  const strategy = module.get(RetryStrategy);
  const call = strategy.retryWithBackoff.bind(strategy);
  return {
    module,
    lines,
    call,
    cooldowns: module.get(Cooldowns),
    /** Has the platform limit the account for that many seconds. */
    limit: (key: string | undefined, seconds: number) =>
      failureOf(call(() => limited(seconds), of(key, { maxRetries: 0 }))),
  };
}
