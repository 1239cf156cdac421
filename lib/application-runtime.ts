import type { RetryRuntime } from './retry/retry-runtime.js';

/**
 * The runtime that an optional part was given.
 *
 * @param part whose it is
 * @throws Error where there is none
 */
export function requireRuntime(runtime: RetryRuntime | undefined, part: string): RetryRuntime {
  if (runtime !== undefined) return runtime;
  const advice = 'add `RetryableModule.forRoot()` to the imports of the application';
  throw new Error(`${part} needs a global RetryableModule: ${advice}.`);
}
