import { createHash } from 'node:crypto';
import { readString } from '../errors/safe-read.js';
import { isServiceError } from '../errors/service-error.js';
import type { Parkable } from '../retry/parking.js';

/** What a parked call is in the queue: all that another process needs to make it. */
export interface ParkedCallData {
  readonly version: 1;
  /** What `serialize` has given. */
  readonly args: unknown;
  readonly context: string;
  readonly platform?: string | undefined;
  readonly idempotencyKey: string;
  /** Attempts and retries made before. */
  readonly attempts: number;
  readonly retries: number;
  /** Both in milliseconds since 1970. */
  readonly parkedAt: number;
  readonly resumesAt: number;
  /** Why it was parked. */
  readonly error: { readonly type: string; readonly code?: string | undefined };
  /** The call that has put it into the queue. */
  readonly parkedBy?: string | undefined;
  /** A run has begun and has not come to an end. */
  readonly began?: true | undefined;
}

export function dataOf(
  call: Parkable,
  args: unknown,
  resumesAt: number,
  error: unknown,
): ParkedCallData {
  const { policy, idempotencyKey, attemptsMade, retries } = call;
  const { context, platform } = policy;
  const known = isServiceError(error) ? error : undefined;
  return {
    version: 1,
    args,
    context,
    platform,
    idempotencyKey,
    attempts: attemptsMade,
    retries,
    parkedAt: Date.now(),
    resumesAt,
    error: {
      type: readString(known, 'type') ?? 'API_RATE_LIMIT',
      code: readString(known, 'code'),
    },
  };
}

/** Whether this version of the package understands it. */
export function isParkedCall(data: unknown): data is ParkedCallData {
  const { version, context, idempotencyKey, error, ...rest } = (data ??
    {}) as Partial<ParkedCallData>;
  const isText = [context, idempotencyKey].every((text) => typeof text === 'string');
  const { attempts, retries, parkedAt, resumesAt } = rest;
  const isCounted = [attempts, retries, parkedAt, resumesAt].every(isCount);
  return version === 1 && isText && isCounted && typeof error === 'object' && error !== null;
}

/** Times too, none of which is beyond what a date can be. */
function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 8.64e15;
}

/** The same for the same idempotency key; in the form of a UUID, which logs and clients may see. */
export function jobIdOf(name: string, idempotencyKey: string): string {
  return uuidOf([name, idempotencyKey]);
}

/** A UUID that is the same for the same parts. */
export function uuidOf(parts: readonly unknown[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  const groups = /^(.{8})(.{4})(.{4})(.{4})(.{12})/.exec(hash) ?? [];
  return groups.slice(1).join('-');
}
