import type { ErrorType } from '../errors/error-types.js';
import type { Attempt } from './attempt.js';

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
  /** What repairs the cause of an error of that type. */
  repairOf?(type: ErrorType): ((error: unknown) => unknown) | undefined;
}
