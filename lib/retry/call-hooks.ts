import type { ErrorType } from '../errors/error-types.js';
import type { Attempt } from './attempt.js';

/** The name that a call is parked under, and its arguments as JSON. */
export interface ParkedAs {
  readonly name: string;
  serialize(): unknown;
}

/** What the operation of a call says beside its policy; nothing, for most. */
export interface CallHooks {
  /** The account that cooldown, budget and repair apply to. */
  readonly key?: string | undefined;
  /** The key of every attempt, where the application has one. */
  idempotencyKey?(): string | undefined;
  /** Turns the final error into a result. */
  recover?: ((error: unknown) => unknown) | undefined;
  /** Says what became of an attempt whose outcome is open. */
  reconcile?: ((error: unknown, attempt: Attempt) => unknown) | undefined;
  /** By what the call can be made later, in another process. */
  readonly park?: ParkedAs | undefined;
  /** What repairs the cause of an error of that type. */
  repairOf?(type: ErrorType): ((error: unknown) => unknown) | undefined;
}
