import { currentAttempt, type ServiceError } from 'nestjs-retryable';

/**
 * Creates something on a platform that takes no key against repetition. The name carries the key of
 * the call, and an attempt after the first looks for that name before it creates anything: an
 * earlier attempt may have got through although its answer was lost. (A request that the platform
 * is still working on cannot be seen that way; the wait before the attempt is there for it.)
 *
 * Call it inside a `@Retryable` method.
 *
 * @returns the id
 */
export async function createOnce(
  name: string,
  {
    find,
    create,
  }: {
    find: (label: string) => Promise<string | undefined>;
    create: (label: string) => Promise<string>;
  },
): Promise<string> {
  const attempt = currentAttempt();
  if (attempt === undefined) return create(name);
  const label = `${name} #${attempt.idempotencyKey.slice(0, 8)}`;
  const existing = attempt.number > 1 ? await find(label) : undefined;
  return existing ?? create(label);
}

/** A `retryOn` for what cannot be looked up and must not happen twice. */
export function surelyNotExecuted(error: ServiceError): boolean {
  return error.retryable && !error.mayHaveExecuted;
}
