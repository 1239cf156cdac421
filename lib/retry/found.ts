import { shared } from './shared-state.js';

/** What a lost call turned out to have done. Made by {@link found}. @publicApi */
export interface Found<T> {
  readonly value: T;
}

/** A lost call turned out to have done nothing. Made by {@link notFound}. @publicApi */
export interface NotFound {
  readonly value?: undefined;
}

// One of each in the process: an application may hold two copies of the package.
const answers = shared('answers', () => ({ found: new WeakSet<object>(), notFound: {} }));

/**
 * What `reconcile` returns where the lost call has done its work after all: the value is the call's
 * result.
 *
 * @example
 * reconcile: async (_error, attempt) => {
 *   const campaign = await findByKey(attempt.idempotencyKey);
 *   return campaign ? found(campaign) : notFound();
 * }
 * @publicApi
 */
export function found<T>(value: T): Found<T> {
  const answer = Object.freeze({ value });
  answers.found.add(answer);
  return answer;
}

/**
 * What `reconcile` returns where the lost call has surely done nothing, so that it may be repeated.
 *
 * @publicApi
 */
export function notFound(): NotFound {
  return answers.notFound;
}

export function isFound(answer: unknown): answer is Found<unknown> {
  return answers.found.has(answer as object);
}

export function isNotFound(answer: unknown): boolean {
  return answer === answers.notFound;
}
