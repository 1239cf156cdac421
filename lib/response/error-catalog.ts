import type { KnownErrorType } from '../errors/error-types.js';

/** How an error of a type is answered, beside its words. */
export interface CatalogEntry {
  readonly httpStatus: number;
  /** Seconds to advise where upstream stated no wait; a client is told, the library never waits for it. */
  readonly retryAfter?: number;
  /** Where the person can do what the action says. */
  readonly actionUrl?: string;
}

const AUTHORIZATION_PAGE = '/settings/ad-accounts';

export const CATALOG: Readonly<Record<KnownErrorType, CatalogEntry>> = {
  TOKEN_EXPIRED: { httpStatus: 401, actionUrl: AUTHORIZATION_PAGE },
  TOKEN_INVALID: { httpStatus: 401, actionUrl: AUTHORIZATION_PAGE },
  PERMISSION_DENIED: { httpStatus: 403 },
  API_RATE_LIMIT: { httpStatus: 429, retryAfter: 60 },
  PLATFORM_SERVICE_ERROR: { httpStatus: 502, retryAfter: 30 },
  PLATFORM_TIMEOUT: { httpStatus: 504, retryAfter: 30 },
  BUDGET_INSUFFICIENT: { httpStatus: 402 },
  CREATIVE_REJECTED: { httpStatus: 422 },
  AD_PLATFORM_ERROR: { httpStatus: 502 },
  MCP_CONNECTION_ERROR: { httpStatus: 503, retryAfter: 5 },
  MCP_TIMEOUT: { httpStatus: 504, retryAfter: 10 },
  MCP_TOOL_ERROR: { httpStatus: 502 },
  INSUFFICIENT_CREDITS: { httpStatus: 402 },
  AI_MODEL_FAILED: { httpStatus: 503, retryAfter: 30 },
  AI_MODEL_TIMEOUT: { httpStatus: 504, retryAfter: 30 },
  AI_MODEL_QUOTA_EXCEEDED: { httpStatus: 429, retryAfter: 60 },
  CONNECTION_FAILED: { httpStatus: 503, retryAfter: 5 },
  TIMEOUT: { httpStatus: 504 },
  SERVICE_UNAVAILABLE: { httpStatus: 503 },
  VALIDATION_ERROR: { httpStatus: 400 },
  // The request may be right and the service well: what it depends on has not been confirmed.
  OUTCOME_UNKNOWN: { httpStatus: 424 },
  // Accepted: nothing has failed, and nothing is to be sent again.
  PARKED: { httpStatus: 202 },
  // nginx's status for a client that closed the connection: nobody reads it, access logs count it.
  CANCELLED: { httpStatus: 499 },
  BAD_REQUEST: { httpStatus: 400 },
  UNAUTHORIZED: { httpStatus: 401 },
  FORBIDDEN: { httpStatus: 403 },
  NOT_FOUND: { httpStatus: 404 },
  CONFLICT: { httpStatus: 409 },
  UNKNOWN_ERROR: { httpStatus: 500 },
};

/** What a person reads: what happened and what to do. */
export interface ErrorWords {
  readonly message: string;
  readonly action?: string | undefined;
}

/** The words of every type in one language. */
export type Messages = Readonly<Record<KnownErrorType, ErrorWords>>;
