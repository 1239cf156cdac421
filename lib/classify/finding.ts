import {
  AdPlatformError,
  BudgetInsufficientError,
  CreativeRejectedError,
  PermissionDeniedError,
  PlatformServiceError,
  PlatformTimeoutError,
  RateLimitError,
  TokenExpiredError,
  TokenInvalidError,
} from '../errors/ad-platform.errors.js';
import { AiModelError, AiModelQuotaError, AiModelTimeoutError } from '../errors/ai-model.errors.js';
import type { ErrorType, KnownErrorType } from '../errors/error-types.js';
import { McpConnectionError, McpTimeoutError, McpToolError } from '../errors/mcp.errors.js';
import {
  ConnectionFailedError,
  OperationCancelledError,
  OperationTimeoutError,
  ServiceUnavailableError,
  ValidationError,
} from '../errors/operation.errors.js';
import { readString } from '../errors/safe-read.js';
import { ServiceError, type Platform, type ServiceErrorOptions } from '../errors/service-error.js';
import { secondsToMidnight, type HeaderReader } from './retry-after.js';

/** What can be said about a foreign error. */
export interface Finding {
  readonly type: ErrorType;
  /** The number in the response. Default: the type's. */
  readonly code?: string | undefined;
  /** Default: the platform that was called. */
  readonly platform?: Platform | undefined;
  /** Default: the type's. */
  readonly retryable?: boolean | undefined;
  /** Default: the type's. */
  readonly mayHaveExecuted?: boolean | undefined;
  /** Seconds that upstream stated. */
  readonly retryAfter?: number | undefined;
  /** Seconds until a used-up quota is renewed, by the platform's documentation. */
  readonly renewedIn?: number | undefined;
  /** The time zone at whose midnight it is renewed, where that is how long it takes. */
  readonly midnightIn?: string | undefined;
  /** The HTTP status of a platform's failure. */
  readonly statusCode?: number | undefined;
  /** The platform's own code for what happened. */
  readonly platformCode?: string | number | undefined;
  /** Which policy a creative has offended, by the platform's name for it. Default: its code. */
  readonly reason?: string | undefined;
  /** What the platform's support asks for. */
  readonly requestId?: string | undefined;
  /** The platform's own words, for logs. Default: the error's message. */
  readonly message?: string | undefined;
  /** A cause that says more is believed instead. */
  readonly vague?: boolean | undefined;
}

/** What came with a failed call, beside the error itself. */
export interface Answer {
  /** The HTTP status, where it is one of a failure. */
  readonly status: number | undefined;
  readonly header: HeaderReader;
}

/**
 * What a platform itself says of an error, in the body of its response or by the classes of its
 * SDKs; undefined where it says nothing, and the network or the HTTP status has to tell.
 */
export type PlatformClassifier = (error: object, answer: Answer) => Finding | undefined;

/** The findings that tables of several platforms have in common. */
export const TOKEN_EXPIRED: Finding = { type: 'TOKEN_EXPIRED' };
export const TOKEN_INVALID: Finding = { type: 'TOKEN_INVALID' };
export const PERMISSION_DENIED: Finding = { type: 'PERMISSION_DENIED' };
export const INVALID_INPUT: Finding = { type: 'VALIDATION_ERROR' };
export const RATE_LIMITED: Finding = { type: 'API_RATE_LIMIT' };
/** A quota that is not renewed while a request waits. */
export const QUOTA_USED_UP: Finding = { type: 'API_RATE_LIMIT', retryable: false };
export const SERVICE_FAILED: Finding = { type: 'PLATFORM_SERVICE_ERROR' };
/** The platform failed before it did anything. */
export const SERVICE_BUSY: Finding = { type: 'PLATFORM_SERVICE_ERROR', mayHaveExecuted: false };
export const PLATFORM_TIMED_OUT: Finding = { type: 'PLATFORM_TIMEOUT' };
export const NO_BUDGET: Finding = { type: 'BUDGET_INSUFFICIENT' };
export const CREATIVE_REJECTED: Finding = { type: 'CREATIVE_REJECTED' };
/** A code that no table has: nobody knows what happened. */
export const UNLISTED: Finding = { type: 'AD_PLATFORM_ERROR' };

type Create = (platform: Platform | undefined, options: ServiceErrorOptions) => ServiceError;

const CLASSES: Readonly<Partial<Record<KnownErrorType, Create>>> = {
  TOKEN_EXPIRED: (platform, options) => new TokenExpiredError(platform, options),
  TOKEN_INVALID: (platform, options) => new TokenInvalidError(platform, options),
  PERMISSION_DENIED: (platform, options) => new PermissionDeniedError(platform, options),
  API_RATE_LIMIT: (platform, options) => new RateLimitError(platform, options),
  PLATFORM_SERVICE_ERROR: (platform, options) => new PlatformServiceError(platform, options),
  PLATFORM_TIMEOUT: (platform, options) => new PlatformTimeoutError(platform, options),
  BUDGET_INSUFFICIENT: (platform, options) => new BudgetInsufficientError(platform, options),
  CREATIVE_REJECTED: (platform, options) => new CreativeRejectedError(platform, options),
  AD_PLATFORM_ERROR: (platform, options) => new AdPlatformError(platform, options),
  AI_MODEL_FAILED: (_, options) => new AiModelError(options),
  AI_MODEL_TIMEOUT: (_, options) => new AiModelTimeoutError(options),
  AI_MODEL_QUOTA_EXCEEDED: (_, options) => new AiModelQuotaError(options),
  MCP_CONNECTION_ERROR: (_, options) => new McpConnectionError(options),
  MCP_TIMEOUT: (_, options) => new McpTimeoutError(options),
  MCP_TOOL_ERROR: (_, options) => new McpToolError(options),
  CONNECTION_FAILED: (_, options) => new ConnectionFailedError(options),
  TIMEOUT: (_, options) => new OperationTimeoutError(options),
  SERVICE_UNAVAILABLE: (_, options) => new ServiceUnavailableError(options),
  VALIDATION_ERROR: (_, options) => new ValidationError(options),
  CANCELLED: (_, options) => new OperationCancelledError(options),
};

/** `190/463`, `quota_error.RESOURCE_EXHAUSTED`, `UNAVAILABLE`: a client sees it, so that it is no other text. */
const CODE = /^(?:-?\d{1,12}(?:\/\d{1,12})?|(?:[a-z][a-z\d_]{0,60}\.)?[A-Z\d_]{1,200})$/;

function codeOf<Code extends string | number>(code: Code | undefined): Code | undefined {
  return code !== undefined && CODE.test(String(code)) ? code : undefined;
}

function renewedInOf({ renewedIn, midnightIn }: Finding): number | undefined {
  return midnightIn === undefined ? renewedIn : secondsToMidnight(midnightIn, Date.now());
}

function detailsOf(finding: Finding): Record<string, unknown> | undefined {
  const details: Record<string, unknown> = {};
  const code = codeOf(finding.platformCode);
  const renewedIn = renewedInOf(finding);
  if (renewedIn !== undefined) details['retry_after'] = renewedIn;
  if (finding.statusCode !== undefined) details['status_code'] = finding.statusCode;
  if (finding.type === 'CREATIVE_REJECTED')
    details['reason'] = codeOf(finding.reason) ?? code?.toString();
  if (code !== undefined) details['platform_code'] = code;
  if (finding.requestId !== undefined) details['platform_request_id'] = finding.requestId;
  return Object.keys(details).length === 0 ? undefined : details;
}

/** The finding as an error of its class, with the foreign error as its cause. */
export function errorOf(
  finding: Finding,
  error: unknown,
  platform: Platform | undefined,
): ServiceError {
  const { type, code, retryable, mayHaveExecuted, retryAfter } = finding;
  const message = finding.message ?? readString(error, 'message');
  const details = detailsOf(finding);
  const options = {
    code,
    platform: finding.platform ?? platform,
    message,
    details,
    retryable,
    mayHaveExecuted,
    retryAfter,
    cause: error,
  };
  const create = Object.hasOwn(CLASSES, type) ? CLASSES[type as KnownErrorType] : undefined;
  return create?.(options.platform, options) ?? new ServiceError(type, options);
}
