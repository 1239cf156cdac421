import { read, readNumber, readString } from '../errors/safe-read.js';
import type { Finding } from './finding.js';

/** Whether something is the standard JSON of an error. */
export function isStandardJson(value: unknown): boolean {
  return (
    read(value, 'status') === 'error' &&
    readString(read(value, 'error'), 'code') !== undefined &&
    typeof read(value, 'retry_allowed') === 'boolean'
  );
}

/**
 * What another service has answered with this package's JSON, which clients of microservices reject
 * with as it is. That service has made its retries: whether more can help it says itself.
 */
export function standardJsonFindingOf(value: object): Finding | undefined {
  const error = read(value, 'error');
  const type = readString(error, 'type');
  if (type === undefined || !isStandardJson(value)) return undefined;
  return {
    type,
    code: readString(error, 'code'),
    platform: readString(error, 'platform'),
    message: readString(error, 'message'),
    retryable: read(value, 'retry_allowed') === true,
    retryAfter: readNumber(value, 'retry_after'),
  };
}
