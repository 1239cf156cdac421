import { isError, read, readNumber, readString } from '../errors/safe-read.js';
import type { ErrorType } from '../errors/error-types.js';
import { ServiceError, type ServiceErrorOptions } from '../errors/service-error.js';
import { brand } from '../errors/brand.js';

/**
 * What one of the application's own HTTP exceptions says, in this package's terms. It never leaves
 * a call: the exception itself does, as its `cause`.
 */
export class HttpExceptionError extends ServiceError {
  static {
    brand(this, 'HttpExceptionError');
  }

  constructor(
    type: ErrorType,
    /** The exception's HTTP status, which the response keeps. */
    readonly status: number,
    /** The exception's own words, where it speaks to the client (4xx). */
    readonly clientMessage: string | undefined,
    options: ServiceErrorOptions,
  ) {
    super(type, options);
  }
}

const TYPE_OF_STATUS: Readonly<Record<number, ErrorType>> = {
  400: 'VALIDATION_ERROR',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  429: 'API_RATE_LIMIT',
  502: 'SERVICE_UNAVAILABLE',
  503: 'SERVICE_UNAVAILABLE',
  504: 'SERVICE_UNAVAILABLE',
};

/** How many classes an exception of messages is made of at most; a Proxy may have no end of them. */
/**
 * Nest's `HttpException` (told by its shape, since an application may hold two copies of Nest) and
 * the errors of Express' and Fastify's own body parsers and routers.
 */
export function classifyHttpException(error: unknown): HttpExceptionError | undefined {
  const status = httpExceptionStatus(error) ?? frameworkErrorStatus(error);
  if (status === undefined) return undefined;
  const fallback = status < 500 ? 'BAD_REQUEST' : 'UNKNOWN_ERROR';
  const response = responseOf(error);
  const ownWords = status < 500 ? clientMessage(error, response) : undefined;
  return new HttpExceptionError(TYPE_OF_STATUS[status] ?? fallback, status, ownWords, {
    message: readString(error, 'message'),
    details: publicDetails(error, status < 500 ? read(response, 'message') : undefined),
    retryable: status === 429 || status === 503,
    mayHaveExecuted: status >= 500,
    cause: error,
  });
}

function httpExceptionStatus(error: unknown): number | undefined {
  if (!isError(error) || typeof read(error, 'getResponse') !== 'function') return undefined;
  return asStatus(call(error, 'getStatus'));
}

// The rule of Nest's own filter: `expose` is a mark of http-errors, the FST_ codes of Fastify.
function frameworkErrorStatus(error: unknown): number | undefined {
  if (!isError(error)) return undefined;
  const status = asStatus(readNumber(error, 'statusCode'));
  const fromHttpErrors =
    typeof read(error, 'expose') === 'boolean' && readNumber(error, 'status') === status;
  const fromFastify = readString(error, 'code')?.startsWith('FST_') === true;
  return fromHttpErrors || fromFastify ? status : undefined;
}

function asStatus(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) >= 400 && (value as number) < 600
    ? (value as number)
    : undefined;
}

function responseOf(error: unknown): unknown {
  return typeof read(error, 'getResponse') === 'function' ? call(error, 'getResponse') : undefined;
}

function clientMessage(error: unknown, response: unknown): string | undefined {
  if (typeof response === 'string') return response;
  // http-errors' mark for words that are not the client's, such as the path of a missing file.
  if (read(error, 'expose') === false) return undefined;
  if (Array.isArray(read(response, 'message'))) return undefined;
  return readString(response, 'message') ?? readString(error, 'message');
}

function publicDetails(
  error: unknown,
  messages: unknown,
): Readonly<Record<string, unknown>> | undefined {
  const code = read(error, 'errorCode');
  const hasCode = typeof code === 'string' || typeof code === 'number';
  if (!hasCode && !Array.isArray(messages)) return undefined;
  return {
    ...(Array.isArray(messages) ? { errors: messages } : {}),
    ...(hasCode ? { platform_code: code } : {}),
  };
}

function call(target: unknown, method: string): unknown {
  try {
    return (target as Record<string, () => unknown>)[method]?.();
  } catch {
    return undefined;
  }
}
