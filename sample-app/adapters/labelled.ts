import { currentAttempt, found, notFound, type Found, type NotFound } from 'nestjs-retryable';

/**
 * The name of what a call creates on a platform that takes no key against repetition: it carries the
 * call's own key, so that the call's `reconcile` can find it by that.
 */
export function labelled(name: string, attempt = currentAttempt()): string {
  return attempt === undefined ? name : `${name} #${attempt.idempotencyKey.slice(0, 8)}`;
}

/** What `reconcile` says of a search that is complete. */
export function foundOrNot<Id>(id: Id | undefined): Found<Id> | NotFound {
  return id === undefined ? notFound() : found(id);
}
