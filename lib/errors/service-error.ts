import { brand, hasBrandOf, hasMark, markOf } from './brand.js';
import { defaultsOf, type ErrorType } from './error-types.js';
import { read } from './safe-read.js';

/** The platforms this package knows by name, or any other. @publicApi */
export type Platform = 'meta' | 'tiktok' | 'google' | 'mcp' | 'gemini' | (string & {});

/** What every error class of this package takes. @publicApi */
export interface ServiceErrorOptions {
  /** The number in the response. Default: the type's. */
  code?: string | number | undefined;
  /** Whose API failed. Default: the platform of the `@Retryable` method. */
  platform?: Platform | undefined;
  /** For developers and logs. It never reaches a client: people read the catalog's message. */
  message?: string | undefined;
  /** Facts about the error. Only those in {@link ServiceError.publicDetails} reach a client. */
  details?: Readonly<Record<string, unknown>> | undefined;
  /** Whether the same request may succeed later. Default: the type's. */
  retryable?: boolean | undefined;
  /** Seconds that upstream asked to wait. Only a wait that was really stated. Default: none. */
  retryAfter?: number | undefined;
  /** Whether the operation may have taken effect although it failed. Default: the type's. */
  mayHaveExecuted?: boolean | undefined;
  /** The error behind this one. */
  cause?: unknown;
}

/** The details of an error that states none. */
export const NO_DETAILS: Readonly<Record<string, unknown>> = Object.freeze({});

/**
 * An error of a known kind: what went wrong, whether trying again can help, and whether the
 * operation may have happened all the same.
 *
 * @example
 * throw new ServiceError('LEDGER_CLOSED', { code: 7001, message: 'Ledger 2024 is closed' });
 * @publicApi
 */
export class ServiceError extends Error {
  static {
    brand(this, 'ServiceError');
  }

  /**
   * The keys of `details` that a client may see. Values are still bounded and cleaned of URLs and
   * secrets. A subclass may declare more.
   */
  static readonly publicDetails: readonly string[] = [
    'retry_after',
    'status_code',
    'reason',
    'field',
    'errors',
    'required',
    'available',
    'platform_code',
    'platform_request_id',
  ];

  readonly type: ErrorType;
  readonly code: string;
  readonly platform: Platform | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryable: boolean;
  readonly retryAfter: number | undefined;
  readonly mayHaveExecuted: boolean;

  constructor(type: ErrorType, options: ServiceErrorOptions = {}) {
    const defaults = defaultsOf(type);
    super(
      typeof options.message === 'string' ? options.message : defaults.summary,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.type = type;
    this.code = statedCode(options.code) ?? defaults.code;
    this.platform = options.platform;
    this.details = options.details ?? NO_DETAILS;
    this.retryable = statedFlag(options.retryable) ?? defaults.retryable;
    this.retryAfter = statedSeconds(options.retryAfter);
    this.mayHaveExecuted = statedFlag(options.mayHaveExecuted) ?? defaults.mayHaveExecuted;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasBrandOf(this, value);
  }
}

const SERVICE_ERROR = markOf('ServiceError');

/** Whether a value is a {@link ServiceError}, also one made by another copy of the package. @publicApi */
export function isServiceError(value: unknown): value is ServiceError {
  return hasMark(value, SERVICE_ERROR);
}

/** Whether it is a {@link ServiceError} of that type. */
export function isOfType(value: unknown, type: ErrorType): boolean {
  return isServiceError(value) && read(value, 'type') === type;
}

/** Seconds until the used-up quota behind an error is renewed, where its platform documents that. */
export function renewedIn(error: ServiceError): number | undefined {
  return statedSeconds(read(error.details, 'retry_after'));
}

/**
 * Runs `create` without capturing a stack: the errors this package makes itself say nothing by
 * their stack, and capturing it is most of what an error costs.
 */
export function withoutStack<T>(create: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return create();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

// An error's constructor never throws: that would hide the failure it stands for. Options are often
// filled with what upstream sent, so that their types promise little.
function statedSeconds(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}

function statedCode(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function statedFlag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** The options with facts of a class added to their details. */
export function withDetails(
  options: ServiceErrorOptions,
  facts: Record<string, unknown>,
): ServiceErrorOptions {
  const stated = Object.entries(facts).filter(([, value]) => value !== undefined);
  if (stated.length === 0) return options;
  return { ...options, details: { ...options.details, ...Object.fromEntries(stated) } };
}
