import type { ErrorType } from '../errors/error-types.js';
import type { Platform, ServiceError } from '../errors/service-error.js';
import type { Attempt } from './attempt.js';
import { exponential, type Backoff, type Jitter } from './backoff.js';

/** What a time limit is picked by. @publicApi */
export type Operation = 'api_call' | 'mcp_call' | 'ai_generation' | 'default' | (string & {});

// A union of all error classes' constructors: only `instanceof` is asked of them.
type ErrorClass = abstract new (...args: never[]) => Error;

/** Which errors are retried: their types or classes, or a predicate. @publicApi */
export type RetryOn = readonly (ErrorType | ErrorClass)[] | ((error: ServiceError) => boolean);

/** What every layer (module, platform, class, method, call) may say about retries. @publicApi */
export interface RetryOptions {
  /** Retries **in addition to** the first call: 3 means up to 4 calls. 0: call once. Default 3. */
  maxRetries?: number | undefined;
  /** Milliseconds before each retry. Default `exponential()`: 1 s, 2 s, 4 s, … up to 30 s. */
  backoff?: Backoff | undefined;
  /** How the backoff is scattered. Default `'none'`: exactly 1 s, 2 s, 4 s. */
  jitter?: Jitter | undefined;
  /**
   * Milliseconds for **each attempt**; of an Observable or AsyncIterable until its first item.
   * Default: the module's `timeouts` for the operation, 30 000.
   */
  timeout?: number | undefined;
  /** Milliseconds for the whole call, waits included. Default: none. */
  totalTimeout?: number | undefined;
  /**
   * The longest wait **stated by the server**, in milliseconds, that is slept in process; a longer
   * one ends the call at once and is reported. Default 30 000.
   */
  maxRetryAfter?: number | undefined;
  /**
   * Which errors are retried. Never widens CANCELLED, and a list does not cover an error that says
   * itself that trying again is no use though its type is retried. Default: `error.retryable`.
   */
  retryOn?: RetryOn | undefined;
  /**
   * Whether a result that says that the call failed is an error: TikTok's `code` other than 0 and
   * MCP's `isError` unless it is false; with true also partial failures of Google Ads, errors that
   * Meta answers like results and blocked answers of Gemini. Default: true for `tiktok` and `mcp`.
   */
  resultErrors?: boolean | undefined;
  /**
   * Whether the operation may be repeated though it may have happened already. `true`: whatever
   * happened. `false`: only where nothing can have happened; an open outcome ends the call with
   * `OutcomeUnknownError`. Default: as `true`; see `undeclaredWrites`.
   */
  idempotent?: boolean | undefined;
  /**
   * Runs each attempt, as a circuit breaker or a bulkhead of cockatiel does. The attempt's limit
   * begins when it calls the operation, which it does once at most. Default: none.
   */
  through?: Through | undefined;
  /** Whether a rate limit with a stated wait holds up the other calls of its `key`. Default true. */
  cooldown?: boolean | undefined;
}

/** What runs an attempt, or refuses to: any policy of cockatiel. @publicApi */
export interface Through {
  execute<T>(
    func: (context: { readonly signal: AbortSignal }) => PromiseLike<T> | T,
    signal?: AbortSignal,
  ): Promise<T>;
}

/** What a single operation may say beside {@link RetryOptions}. @publicApi */
export interface OperationOptions extends RetryOptions {
  /** Name of the operation in logs and responses. */
  context?: string | undefined;
  /** Picks the time limit. Default: by platform (`mcp`: `mcp_call`, `gemini`: `ai_generation`). */
  operation?: Operation | undefined;
}

/** Options of `retryWithBackoff` and `retryWithBackoff$`. @publicApi */
export interface RetryWithBackoffOptions extends OperationOptions {
  /** Whose API is called. Default: none. */
  platform?: Platform | undefined;
  /** Cancels the attempt and the wait: the call rejects with `signal.reason`. Default: none. */
  signal?: AbortSignal | (() => AbortSignal | undefined) | undefined;
  /** The account that cooldown, budget and repair apply to. Default: none. */
  key?: string | undefined;
  /** `attempt.idempotencyKey` of every attempt. Default: a UUID for each call. */
  idempotencyKey?: string | undefined;
  /**
   * Asked after an attempt that may have done its work although it failed: `found(value)` is the
   * call's result, `notFound()` allows the retry; anything else, its failure or its own limit (that
   * of an attempt) ends the call with `OutcomeUnknownError`. Default: none.
   */
  reconcile?: ((error: unknown, attempt: Attempt) => unknown) | undefined;
  /** By the type of an error: repairs what caused it, as by a new token. Needs `key`. Default: none. */
  repair?: Repairs<(error: unknown) => unknown> | undefined;
}

/** By the type of an error, what repairs its cause. @publicApi */
export type Repairs<Repair> = Readonly<Partial<Record<ErrorType, Repair | undefined>>>;

/** Time limits per operation in milliseconds. @publicApi */
export interface Timeouts {
  api_call?: number | undefined;
  mcp_call?: number | undefined;
  ai_generation?: number | undefined;
  default?: number | undefined;
  [operation: string]: number | undefined;
}

interface RetryDefaults {
  readonly maxRetries: number;
  readonly backoff: Backoff;
  readonly jitter: Jitter;
  readonly maxRetryAfter: number;
}

/** The only place where a default of the engine stands. */
export const DEFAULTS: RetryDefaults = Object.freeze({
  maxRetries: 3,
  backoff: exponential(),
  jitter: 'none',
  maxRetryAfter: 30_000,
});

/** The time limit of each operation unless the module says otherwise. */
export const DEFAULT_TIMEOUTS = Object.freeze({
  api_call: 30_000,
  mcp_call: 30_000,
  ai_generation: 30_000,
  default: 30_000,
});

/** The operation of a method that names none. */
export function operationOf(platform: Platform | undefined): Operation {
  if (platform === undefined) return 'default';
  if (platform === 'mcp') return 'mcp_call';
  if (platform === 'gemini') return 'ai_generation';
  return 'api_call';
}
