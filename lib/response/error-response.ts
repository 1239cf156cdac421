import { randomUUID } from 'node:crypto';
import { classifyError } from '../classify/classify-error.js';
import { HttpExceptionError } from '../classify/http-exception.js';
import type { KnownErrorType } from '../errors/error-types.js';
import { redact } from '../errors/redact.js';
import { redactName } from '../errors/redact-name.js';
import { read, readString } from '../errors/safe-read.js';
import { renewedIn, ServiceError, withoutStack, type Platform } from '../errors/service-error.js';
import { DEFAULTS } from '../retry/retry-options.js';
import { retryReport, type RetryReport } from '../retry/retry-report.js';
import { CATALOG, type CatalogEntry } from './error-catalog.js';
import {
  DEFAULT_PRESENTATION,
  type ErrorPresentation,
  type PresentedWords,
} from './error-presentation.js';
import { isoTimestamp } from './iso-timestamp.js';
import { publicDetails } from './public-details.js';

/** The standard JSON of every error. @publicApi */
export interface ErrorResponse {
  status: 'error';
  error: {
    code: string;
    type: string;
    message: string;
    context: string;
    platform?: string;
    /** ISO 8601, UTC. */
    timestamp: string;
    action?: string;
    action_url?: string;
    details?: Record<string, unknown>;
    request_id?: string;
  };
  retry_allowed: boolean;
  /** Seconds. */
  retry_after?: number;
}

/** @publicApi */
export interface ErrorResponseInput {
  /** Any thrown value. */
  error: unknown;
  /** Name of the operation. Default: what the error's report says. */
  context?: string | undefined;
  /** Default: what the error or its report says. */
  platform?: Platform | undefined;
  /** Retries made. Default: what the error's report says, else 0. */
  retryCount?: number | undefined;
  /** Retries allowed. Default: what the error's report says, else 3. */
  maxRetries?: number | undefined;
  /** Language of the words. Default `'zh-CN'`. */
  locale?: string | undefined;
  /** The number of the request in the logs. Default: a new UUID. */
  requestId?: string | undefined;
}

/** What a transport knows beside what an application says. */
export interface AnswerInput extends ErrorResponseInput {
  /** Seconds that the response states already: they count unless the error states a wait itself. */
  readonly statedWait?: number | undefined;
  /** What the application itself says to its client. */
  readonly words?: string | undefined;
}

/** The JSON together with what belongs beside it over HTTP. */
export interface ErrorAnswer {
  readonly httpStatus: number;
  readonly locale: string;
  readonly body: ErrorResponse;
}

/** The longest text of an application's own 4xx exception, in characters. */
const MAX_CLIENT_MESSAGE = 500;

/**
 * The standard JSON for any thrown value. Nothing of an unknown error gets into it.
 *
 * @example
 * createErrorResponse({ error, context: 'create_campaign', platform: 'meta', retryCount: 0 })
 * @publicApi
 */
export function createErrorResponse(input: ErrorResponseInput): ErrorResponse {
  const platform = input.platform ?? retryReport(input.error)?.platform;
  return answerFor(input, classifyError(input.error, { platform }), DEFAULT_PRESENTATION).body;
}

/**
 * The only place where the JSON is built.
 *
 * @param known what the error is, or undefined where nobody recognised it
 */
export function answerFor(
  input: AnswerInput,
  known: ServiceError | undefined,
  presentation: ErrorPresentation,
): ErrorAnswer {
  try {
    return buildAnswer(input, isWhole(known) ? known : undefined, presentation);
  } catch {
    return buildAnswer(input, undefined, presentation); // a getter or a Proxy that throws
  }
}

function buildAnswer(
  input: AnswerInput,
  known: ServiceError | undefined,
  presentation: ErrorPresentation,
): ErrorAnswer {
  const report = retryReport(input.error);
  const platform = input.platform ?? known?.platform ?? report?.platform;
  const error = known ?? unknownError();
  const locale = presentation.localeOf(input.locale);
  const words = presentation.words(error.type, locale);
  const catalog = catalogEntry(error);
  const retryAfter = retryAfterOf(error, input.statedWait ?? catalog.retryAfter);
  const retries = input.retryCount ?? report?.retries ?? 0;
  const maxRetries = input.maxRetries ?? report?.maxRetries ?? DEFAULTS.maxRetries;
  const body: ErrorResponse = {
    status: 'error',
    error: errorPart(input, error, platform, words, catalog),
    retry_allowed: error.retryable && retries < maxRetries && !refusesRepeat(error, report),
  };
  const details = publicDetails(error, retryAfter);
  if (details !== undefined) body.error.details = details;
  body.error.request_id = input.requestId ?? randomUUID();
  if (retryAfter !== undefined) body.retry_after = retryAfter;
  return {
    httpStatus: presentation.httpStatus(error.type) ?? ownStatus(error) ?? catalog.httpStatus,
    locale,
    body,
  };
}

// The call's own policy says that what may have happened already must not be repeated.
function refusesRepeat(error: ServiceError, report: RetryReport | undefined): boolean {
  return error.mayHaveExecuted && report?.gaveUp === 'not-retryable';
}

// Keys are assigned one by one: only those with a value are there, in the order of the contract.
function errorPart(
  input: AnswerInput,
  error: ServiceError,
  platform: Platform | undefined,
  words: PresentedWords,
  catalog: CatalogEntry,
): ErrorResponse['error'] {
  const part: Partial<ErrorResponse['error']> = {
    code: redactName(error.code),
    type: redactName(error.type),
    message: ownWords(input.words ?? clientMessageOf(error)) ?? words.message,
    context: redactName(input.context ?? retryReport(input.error)?.context ?? 'unknown'),
  };
  if (platform !== undefined) part.platform = redactName(platform);
  part.timestamp = isoTimestamp();
  if (words.action !== undefined) part.action = words.action;
  const actionUrl = words.actionUrl ?? catalog.actionUrl;
  if (actionUrl !== undefined) part.action_url = actionUrl;
  return part as ErrorResponse['error'];
}

function catalogEntry(error: ServiceError): CatalogEntry {
  return Object.hasOwn(CATALOG, error.type)
    ? CATALOG[error.type as KnownErrorType]
    : CATALOG.UNKNOWN_ERROR;
}

/**
 * Whole seconds: the stated wait, else when a quota is known to be renewed, else the advice; only
 * where coming back can help.
 */
function retryAfterOf(error: ServiceError, advice: number | undefined): number | undefined {
  const stated = error.retryAfter ?? renewedIn(error);
  const isQuota = error.type === 'API_RATE_LIMIT' && stated !== undefined;
  if (!error.retryable && !isQuota && error.type !== 'AI_MODEL_QUOTA_EXCEEDED') return undefined;
  const seconds = stated ?? advice;
  return seconds === undefined ? undefined : Math.ceil(Math.min(seconds, Number.MAX_SAFE_INTEGER));
}

function ownStatus(error: ServiceError): number | undefined {
  return error instanceof HttpExceptionError ? error.status : undefined;
}

// A 4xx is the application's own word to its client.
function clientMessageOf(error: ServiceError): string | undefined {
  return error instanceof HttpExceptionError ? error.clientMessage : undefined;
}

function ownWords(words: string | undefined): string | undefined {
  return words === undefined ? undefined : redact(words, MAX_CLIENT_MESSAGE) || undefined;
}

/** Whether a branded object has what every error of ours has: an application may build its own. */
function isWhole(known: ServiceError | undefined): boolean {
  return (
    readString(known, 'type') !== undefined &&
    readString(known, 'code') !== undefined &&
    typeof read(known, 'retryable') === 'boolean'
  );
}

function unknownError(): ServiceError {
  return withoutStack(() => new ServiceError('UNKNOWN_ERROR'));
}
