import type { ParkedError } from '../errors/operation.errors.js';
import { isOfType } from '../errors/service-error.js';
import type { ParkedAs } from './call-hooks.js';
import type { GaveUp } from './next-step.js';
import type { InTrouble } from './remedies.js';
import { MAX_WAIT_MS, type WorkQueue } from './work-queue.js';

/** Where calls wait that their process cannot wait for. */
export interface ParkingLot {
  /** Parks a call that would be given up, and gives it up where that cannot be. */
  take(call: Parkable, park: ParkedAs, gaveUp: GaveUp, waitMs: number, error: unknown): void;
}

/** What is needed of a call to park it, and to make it when it was parked. */
export interface Parkable extends InTrouble {
  readonly self?: unknown;
  readonly retries: number;
  readonly isWrite: boolean;
  readonly emitted: number;
  readonly queue: WorkQueue | undefined;
  /** The call is not there any more, but a job. */
  parkedAs(error: ParkedError): void;
}

/** By what a parked call is found again. */
export interface ParkedTicket {
  readonly jobId: string;
  /** In milliseconds since 1970. */
  readonly resumesAt: number;
}

/** A call that was parked and is made now. */
export interface ResumedCall {
  readonly idempotencyKey: string;
  /** Nobody knows what a run before has done. */
  readonly isOpen: boolean;
  /** Whether it is the call that was parked, and not one that this one makes. */
  claim(call: Parkable): boolean;
  /** Goes on to the first attempt, unless the call has been made already. */
  begin(call: Parkable, go: () => void): void;
}

/** Parks a call that would be given up; where that cannot be, or would do twice what it has done, it is given up. */
export function parkOrGiveUp(call: Parkable, gaveUp: GaveUp, waitMs: number, error: unknown): void {
  const { park } = call.hooks ?? {};
  const { parking } = call.runtime;
  const isOnce = call.policy.maxRetries === 0 || call.hasWritten || call.emitted > 0;
  // In a job it is the job that waits.
  const stays = isOnce || call.queue !== undefined;
  if (park === undefined || parking === undefined || stays) call.giveUp(gaveUp);
  else parking.take(call, park, gaveUp, Math.min(waitMs, MAX_WAIT_MS), error);
}

/** The call may be the one that the job around it is there for, or a write inside that one. */
export function claimResumed(call: Parkable): void {
  const resumed = call.queue?.resumed;
  const isOwn = resumed?.claim(call) === true;
  if (resumed === undefined || (!isOwn && !(call.isWrite && resumed.isOpen))) return;
  const past = call.past();
  past.resumed = resumed;
  if (isOwn) past.idempotencyKey = resumed.idempotencyKey;
}

/** Whether it tells that a call is parked, by whatever copy of the package. */
export function isParked(error: unknown): boolean {
  return isOfType(error, 'PARKED');
}
