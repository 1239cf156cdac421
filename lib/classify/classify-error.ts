import { AiModelError, AiModelTimeoutError } from '../errors/ai-model.errors.js';
import {
  AdPlatformError,
  PermissionDeniedError,
  PlatformServiceError,
  PlatformTimeoutError,
  RateLimitError,
  TokenInvalidError,
} from '../errors/ad-platform.errors.js';
import { McpConnectionError, McpTimeoutError } from '../errors/mcp.errors.js';
import {
  ConnectionFailedError,
  OperationCancelledError,
  OperationTimeoutError,
  ServiceUnavailableError,
  ValidationError,
} from '../errors/operation.errors.js';
import {
  isServiceError,
  withoutStack,
  type Platform,
  type ServiceError,
  type ServiceErrorOptions,
} from '../errors/service-error.js';
import { readString } from '../errors/safe-read.js';
import { chainOf, httpFailureOf, type HttpFailure } from './failure.js';
import { classifyHttpException } from './http-exception.js';
import { networkFactOf, type NetworkFact } from './network.js';
import { retryAfterSeconds } from './retry-after.js';

/** Whose call failed: decides the class where the fact alone does not. @publicApi */
export interface ErrorHint {
  platform?: Platform | undefined;
  operation?: string | undefined;
}

/** An application's own understanding of an error; undefined where it has none. @publicApi */
export type Classifier = (error: unknown, hint: ErrorHint) => ServiceError | undefined;

/** The classes for the facts that a family of services shares. */
interface Family {
  timeout(options: ServiceErrorOptions): ServiceError;
  connection(options: ServiceErrorOptions): ServiceError;
  serverError(options: ServiceErrorOptions, status: number): ServiceError;
}

const AI_MODEL: Family = {
  timeout: (options) => new AiModelTimeoutError(options),
  connection: (options) => new AiModelError(options),
  serverError: (options) => new AiModelError(options),
};
const MCP: Family = {
  timeout: (options) => new McpTimeoutError(options),
  connection: (options) => new McpConnectionError(options),
  serverError: (options) => new McpConnectionError(options),
};
const AD_PLATFORM: Family = {
  timeout: (options) => new PlatformTimeoutError(options.platform, options),
  connection: (options) => new ConnectionFailedError(options),
  serverError: (options, statusCode) =>
    new PlatformServiceError(options.platform, { ...options, statusCode }),
};
const UNNAMED: Family = {
  timeout: (options) => new OperationTimeoutError(options),
  connection: (options) => new ConnectionFailedError(options),
  serverError: (options) => new ServiceUnavailableError(options),
};

function familyOf({ platform, operation }: ErrorHint): Family {
  if (platform === 'gemini') return AI_MODEL;
  if (platform === 'mcp') return MCP;
  if (platform !== undefined) return AD_PLATFORM;
  if (operation === 'ai_generation') return AI_MODEL;
  if (operation === 'mcp_call') return MCP;
  return UNNAMED;
}

/**
 * Any thrown value as a {@link ServiceError} with the foreign error as its `cause`, or undefined
 * where it is not recognised. Never throws.
 *
 * @param hint the platform is looked at first, then the operation
 * @example
 * classifyError(axiosError, { platform: 'meta' })?.type // 'PLATFORM_TIMEOUT'
 * @publicApi
 */
export function classifyError(error: unknown, hint: ErrorHint = {}): ServiceError | undefined {
  if (isServiceError(error)) return error;
  try {
    return withoutStack(() => classifyForeign(error, hint));
  } catch {
    return undefined; // a Proxy whose traps throw, or a revoked one
  }
}

function classifyForeign(error: unknown, hint: ErrorHint): ServiceError | undefined {
  const ofApplication = classifyHttpException(error);
  if (ofApplication !== undefined) return ofApplication;
  let vague: NetworkFact | undefined;
  for (const link of chainOf(error)) {
    if (isServiceError(link)) return link;
    const http = httpFailureOf(link);
    if (http !== undefined) return ofStatus(http, error, hint);
    const network = networkFactOf(link);
    if (network !== undefined && !network.vague) return ofNetwork(network, error, hint);
    vague ??= network;
  }
  return vague && ofNetwork(vague, error, hint);
}

/** The error of an attempt that reached its limit. */
export function timeLimitError(hint: ErrorHint, limitMs: number): ServiceError {
  const message = `No result within the limit of ${limitMs} ms`;
  return withoutStack(() => familyOf(hint).timeout({ message, platform: hint.platform }));
}

function ofNetwork(fact: NetworkFact, error: unknown, hint: ErrorHint): ServiceError {
  const options = {
    ...foreign(error, hint),
    retryable: fact.retryable,
    mayHaveExecuted: fact.mayHaveExecuted,
  };
  if (fact.kind === 'cancelled') return new OperationCancelledError(options);
  return fact.kind === 'timeout'
    ? familyOf(hint).timeout(options)
    : familyOf(hint).connection(options);
}

function ofStatus(http: HttpFailure, error: unknown, hint: ErrorHint): ServiceError | undefined {
  const family = familyOf(hint);
  const options = {
    ...foreign(error, hint),
    retryAfter: retryAfterSeconds(http.header, Date.now()),
  };
  const { status } = http;
  if (status === 429) return new RateLimitError(hint.platform, options);
  if (status >= 500) return family.serverError(options, status);
  if (status === 408) return family.timeout(options);
  return refused(http, family, options);
}

/** A 4xx: refused before anything was done. */
function refused(
  { status, isResponse }: HttpFailure,
  family: Family,
  options: ServiceErrorOptions,
): ServiceError | undefined {
  const untouched = { ...options, retryable: false, mayHaveExecuted: false };
  if (family === AI_MODEL || family === MCP) return family.connection(untouched);
  const isPlatforms = options.platform !== undefined;
  // Authentication middlewares throw such errors about the application's own session.
  if ((status === 401 || status === 403) && !isPlatforms && !isResponse) return undefined;
  if (status === 401) return new TokenInvalidError(options.platform, untouched);
  if (status === 403) return new PermissionDeniedError(options.platform, untouched);
  if ([400, 404, 405, 410, 413, 415, 422].includes(status)) return new ValidationError(untouched);
  return isPlatforms ? new AdPlatformError(options.platform, untouched) : undefined;
}

function foreign(error: unknown, hint: ErrorHint): ServiceErrorOptions {
  return { platform: hint.platform, message: readString(error, 'message'), cause: error };
}
