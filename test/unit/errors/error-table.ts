import {
  AdPlatformError,
  AiModelError,
  AiModelQuotaError,
  AiModelTimeoutError,
  BudgetInsufficientError,
  ConnectionFailedError,
  CreativeRejectedError,
  InsufficientCreditsError,
  McpConnectionError,
  McpTimeoutError,
  McpToolError,
  OperationCancelledError,
  OperationTimeoutError,
  OutcomeUnknownError,
  ParkedError,
  PermissionDeniedError,
  PlatformServiceError,
  PlatformTimeoutError,
  RateLimitError,
  ServiceError,
  ServiceUnavailableError,
  TokenExpiredError,
  TokenInvalidError,
  ValidationError,
  type KnownErrorType,
  type ServiceErrorOptions,
} from '../../../lib/index.js';

type Construct = (options?: ServiceErrorOptions) => ServiceError;

/** What the contract promises of a class. */
export interface Row {
  readonly name: string;
  readonly create: Construct;
  readonly type: KnownErrorType;
  readonly code: string;
  readonly retryable: boolean;
  readonly mayHaveExecuted: boolean;
  readonly httpStatus: number;
  /** Seconds to advise, where the class has an advice. */
  readonly retryAfter: number | undefined;
}

type Facts = readonly [KnownErrorType, string, 'yes' | 'no', 'yes' | 'no', number, number?];

function row(name: string, create: Construct, facts: Facts): Row {
  const [type, code, retryable, executed, httpStatus, retryAfter] = facts;
  return {
    name,
    create,
    type,
    code,
    retryable: retryable === 'yes',
    mayHaveExecuted: executed === 'yes',
    httpStatus,
    retryAfter,
  };
}

/** Of a class whose first argument is the platform. */
function ofPlatform(
  Class: new (platform?: string, options?: ServiceErrorOptions) => ServiceError,
  ...facts: Facts
): Row {
  return row(Class.name, (options) => new Class('meta', options), facts);
}

function of(Class: new (options?: ServiceErrorOptions) => ServiceError, ...facts: Facts): Row {
  return row(Class.name, (options) => new Class(options), facts);
}

/** type, code, retryable, may have executed, HTTP status, seconds to advise. */
export const PLATFORM_ROWS: readonly Row[] = [
  ofPlatform(TokenExpiredError, 'TOKEN_EXPIRED', '6001', 'no', 'no', 401),
  ofPlatform(TokenInvalidError, 'TOKEN_INVALID', '6001', 'no', 'no', 401),
  ofPlatform(PermissionDeniedError, 'PERMISSION_DENIED', '6001', 'no', 'no', 403),
  ofPlatform(RateLimitError, 'API_RATE_LIMIT', '1003', 'yes', 'no', 429, 60),
  ofPlatform(PlatformServiceError, 'PLATFORM_SERVICE_ERROR', '4002', 'yes', 'yes', 502, 30),
  ofPlatform(PlatformTimeoutError, 'PLATFORM_TIMEOUT', '4002', 'yes', 'yes', 504, 30),
  ofPlatform(BudgetInsufficientError, 'BUDGET_INSUFFICIENT', '6002', 'no', 'no', 402),
  ofPlatform(CreativeRejectedError, 'CREATIVE_REJECTED', '6003', 'no', 'no', 422),
  ofPlatform(AdPlatformError, 'AD_PLATFORM_ERROR', '4002', 'no', 'yes', 502),
];

export const MCP_ROWS: readonly Row[] = [
  of(McpConnectionError, 'MCP_CONNECTION_ERROR', '3000', 'yes', 'yes', 503, 5),
  of(McpTimeoutError, 'MCP_TIMEOUT', '3004', 'yes', 'yes', 504, 10),
  of(McpToolError, 'MCP_TOOL_ERROR', '3003', 'no', 'yes', 502),
];

export const AI_ROWS: readonly Row[] = [
  of(InsufficientCreditsError, 'INSUFFICIENT_CREDITS', '6011', 'no', 'no', 402),
  of(AiModelError, 'AI_MODEL_FAILED', '4001', 'yes', 'yes', 503, 30),
  of(AiModelTimeoutError, 'AI_MODEL_TIMEOUT', '4002', 'yes', 'yes', 504, 30),
  of(AiModelQuotaError, 'AI_MODEL_QUOTA_EXCEEDED', '4003', 'no', 'no', 429, 60),
];

export const OPERATION_ROWS: readonly Row[] = [
  of(ConnectionFailedError, 'CONNECTION_FAILED', '2000', 'yes', 'yes', 503, 5),
  of(OperationTimeoutError, 'TIMEOUT', '2003', 'yes', 'yes', 504),
  of(ServiceUnavailableError, 'SERVICE_UNAVAILABLE', '4000', 'yes', 'yes', 503),
  of(ValidationError, 'VALIDATION_ERROR', '1001', 'no', 'no', 400),
  of(OutcomeUnknownError, 'OUTCOME_UNKNOWN', '5001', 'no', 'yes', 424),
  of(ParkedError, 'PARKED', '5002', 'no', 'no', 202),
  of(OperationCancelledError, 'CANCELLED', '5005', 'no', 'yes', 499),
];

/** The type of what nobody recognised. */
export const UNKNOWN_ROW: Row = row(
  'ServiceError',
  (options) => new ServiceError('UNKNOWN_ERROR', options),
  ['UNKNOWN_ERROR', '1000', 'no', 'yes', 500],
);

export const ERROR_TABLE: readonly Row[] = [
  ...PLATFORM_ROWS,
  ...MCP_ROWS,
  ...AI_ROWS,
  ...OPERATION_ROWS,
  UNKNOWN_ROW,
];
