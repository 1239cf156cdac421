/** What is true of an error of a type unless the error itself says otherwise. */
export interface ErrorTypeDefaults {
  /** The number that clients and dashboards know the type by. */
  readonly code: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Whether the operation may have taken effect although it failed. */
  readonly mayHaveExecuted: boolean;
  /** For developers and logs; people read the catalog's message. */
  readonly summary: string;
}

function define(
  code: string,
  retryable: boolean,
  mayHaveExecuted: boolean,
  summary: string,
): ErrorTypeDefaults {
  return { code, retryable, mayHaveExecuted, summary };
}

/** Every type this package knows. */
export const ERROR_TYPES = {
  TOKEN_EXPIRED: define('6001', false, false, 'The access token has expired'),
  TOKEN_INVALID: define('6001', false, false, 'The access token is not valid'),
  PERMISSION_DENIED: define('6001', false, false, 'The account lacks the permission'),
  API_RATE_LIMIT: define('1003', true, false, 'The rate limit is exceeded'),
  PLATFORM_SERVICE_ERROR: define('4002', true, true, 'The platform failed'),
  PLATFORM_TIMEOUT: define('4002', true, true, 'The platform did not answer in time'),
  BUDGET_INSUFFICIENT: define('6002', false, false, 'The budget is not sufficient'),
  CREATIVE_REJECTED: define('6003', false, false, 'The creative was rejected'),
  AD_PLATFORM_ERROR: define('4002', false, true, 'The platform reported an error'),
  MCP_CONNECTION_ERROR: define('3000', true, true, 'The MCP server cannot be reached'),
  MCP_TIMEOUT: define('3004', true, true, 'The MCP server did not answer in time'),
  MCP_TOOL_ERROR: define('3003', false, true, 'The MCP tool failed'),
  INSUFFICIENT_CREDITS: define('6011', false, false, 'The credits are not sufficient'),
  AI_MODEL_FAILED: define('4001', true, true, 'The AI model failed'),
  AI_MODEL_TIMEOUT: define('4002', true, true, 'The AI model did not answer in time'),
  AI_MODEL_QUOTA_EXCEEDED: define('4003', false, false, 'The quota of the AI model is used up'),
  CONNECTION_FAILED: define('2000', true, true, 'The connection failed'),
  TIMEOUT: define('2003', true, true, 'The operation did not end in time'),
  SERVICE_UNAVAILABLE: define('4000', true, true, 'The service is not available'),
  VALIDATION_ERROR: define('1001', false, false, 'The input is not valid'),
  OUTCOME_UNKNOWN: define('5001', false, true, 'It is not known whether the operation took effect'),
  PARKED: define('5002', false, false, 'The call waits in a queue and will be made later'),
  CANCELLED: define('5005', false, true, 'The operation was cancelled'),
  BAD_REQUEST: define('1001', false, false, 'The request cannot be processed'),
  UNAUTHORIZED: define('1002', false, false, 'The request is not authenticated'),
  FORBIDDEN: define('1004', false, false, 'The request is not allowed'),
  NOT_FOUND: define('5000', false, false, 'The resource does not exist'),
  CONFLICT: define('5004', false, false, 'The request conflicts with the present state'),
  UNKNOWN_ERROR: define('1000', false, true, 'An error that is not recognised'),
} as const satisfies Record<string, ErrorTypeDefaults>;

/** A type that this package knows. @publicApi */
export type KnownErrorType = keyof typeof ERROR_TYPES;

/** A known type or one of the application's own. @publicApi */
export type ErrorType = KnownErrorType | (string & {});

/** The defaults of a type; a type nobody knows is treated like UNKNOWN_ERROR. */
export function defaultsOf(type: ErrorType): ErrorTypeDefaults {
  return Object.hasOwn(ERROR_TYPES, type)
    ? ERROR_TYPES[type as KnownErrorType]
    : ERROR_TYPES.UNKNOWN_ERROR;
}
