import { isError, read, readString } from '../errors/safe-read.js';
import { bodiesOf, firstOf, listIn, objectsIn, wordsIn } from './body.js';
import { RATE_LIMITED, type Finding } from './finding.js';
import { reasonIn, retryInfoSeconds, rpcStatusOf, type RpcStatus } from './google-rpc.js';

const FAILED: Finding = { type: 'AI_MODEL_FAILED' };
const TIMED_OUT: Finding = { type: 'AI_MODEL_TIMEOUT' };
/** The model answered, and the same request gets the same answer. */
const BLOCKED: Finding = { type: 'AI_MODEL_FAILED', retryable: false };
/** Also a key that is not valid: an ad account's token has nothing to do with it. */
const REFUSED: Finding = { type: 'AI_MODEL_FAILED', retryable: false, mayHaveExecuted: false };
const MODEL_QUOTA: Finding = { type: 'AI_MODEL_QUOTA_EXCEEDED' };

/**
 * Gemini API. @google/genai puts the body of the response into the message of its `ApiError`, as
 * JSON, as JSON in JSON where the content type was another, or after words of its own in a stream.
 */
export function geminiFindingOf(error: object): Finding | undefined {
  return firstOf(bodiesOf(error), findingIn) ?? bySdk(error);
}

function findingIn(body: object): Finding | undefined {
  const rpc = rpcStatusOf(body);
  if (rpc === undefined) return blockedFinding(body);
  const message = readString(read(body, 'error'), 'message');
  return firstOf(objectsIn(message), ofInnerBody) ?? ofStatus(rpc);
}

function ofInnerBody(body: object): Finding | undefined {
  const rpc = rpcStatusOf(body);
  return rpc && ofStatus(rpc);
}

// ai.google.dev/gemini-api/docs/troubleshooting
function ofStatus(rpc: RpcStatus): Finding | undefined {
  const finding = judge(rpc);
  const platformCode = reasonIn(rpc.details) ?? rpc.status;
  return finding && { platformCode, message: rpc.message || undefined, ...finding };
}

const REFUSALS = [
  'INVALID_ARGUMENT',
  'FAILED_PRECONDITION',
  'OUT_OF_RANGE',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'UNIMPLEMENTED',
];

function judge(rpc: RpcStatus): Finding | undefined {
  const { code = 0, status } = rpc;
  if (code === 429 || status === 'RESOURCE_EXHAUSTED') return ofQuota(rpc);
  if (code === 504 || code === 408 || status === 'DEADLINE_EXCEEDED') return TIMED_OUT;
  if (code === 499 || status === 'CANCELLED') return BLOCKED;
  const isRefusal = (code >= 400 && code < 500) || REFUSALS.includes(status ?? '');
  if (isRefusal) return REFUSED;
  const isFailure = code >= 500 || status !== undefined;
  return isFailure ? { ...FAILED, retryAfter: retryInfoSeconds(rpc.details) } : undefined;
}

/**
 * A quota a minute is a burst limit and `RetryInfo` its wait. A quota a day is used up until midnight
 * in California (ai.google.dev/gemini-api/docs/rate-limits), whatever its `RetryInfo` says; a limit
 * of 0 is a model that the plan does not have.
 */
function ofQuota({ message, details }: RpcStatus): Finding {
  const violations = details.flatMap((detail) => listIn(detail, 'violations'));
  const isAbsent =
    violations.some((each) => readString(each, 'quotaValue') === '0') ||
    /\blimit: 0(?![\d.])/.test(message);
  if (isAbsent) return MODEL_QUOTA;
  const isDaily =
    violations.some((each) => /per_?day/i.test(quotaOf(each))) || /\bper day\b/i.test(message);
  if (!isDaily) return { ...RATE_LIMITED, retryAfter: retryInfoSeconds(details) };
  return { ...MODEL_QUOTA, midnightIn: 'America/Los_Angeles' };
}

function quotaOf(violation: unknown): string {
  return wordsIn(violation, 'quotaId') + wordsIn(violation, 'quotaMetric');
}

/** Whether the model would not say what it was asked for; such a call resolves. */
export function isBlocked(body: object): boolean {
  return blockedFinding(body) !== undefined;
}

function blockedFinding(body: object): Finding | undefined {
  const [candidate] = listIn(body, 'candidates');
  const reason =
    readString(read(body, 'promptFeedback'), 'blockReason') ??
    readString(candidate, 'finishReason');
  if (reason === undefined || ['STOP', 'MAX_TOKENS'].includes(reason)) return undefined;
  return { ...BLOCKED, platformCode: reason };
}

/** What the SDK throws without a body. */
function bySdk(error: object): Finding | undefined {
  if (!isError(error)) return undefined;
  // httpOptions.timeout aborts too and leaves no reason; who cancels a call ends it by its signal.
  if (readString(error, 'name') === 'AbortError') return TIMED_OUT;
  const words = wordsIn(error);
  // The interactions API; the names of its errors are "Error" in version 1.
  if (words.startsWith('Request timed out')) return TIMED_OUT;
  if (/^Request (?:was )?aborted\b/.test(words)) return { type: 'CANCELLED' };
  // Version 1 with retryOptions keeps only the words of the status (src/_api_client.ts).
  const [, retried] = /^Retryable HTTP Error: (.{0,100})$/.exec(words) ?? [];
  if (retried === 'Too Many Requests') return RATE_LIMITED;
  if (retried !== undefined) return retried === 'Gateway Timeout' ? TIMED_OUT : FAILED;
  return words.startsWith('Non-retryable exception ') ? REFUSED : undefined;
}
