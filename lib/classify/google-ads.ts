import { read, readString } from '../errors/safe-read.js';
import { bodiesOf, firstOf, listIn, readCode, wordsIn } from './body.js';
import {
  INVALID_INPUT,
  PERMISSION_DENIED,
  PLATFORM_TIMED_OUT,
  QUOTA_USED_UP,
  RATE_LIMITED,
  SERVICE_BUSY,
  SERVICE_FAILED,
  TOKEN_EXPIRED,
  TOKEN_INVALID,
  UNLISTED,
  type Answer,
  type Finding,
} from './finding.js';
import { failureFindingOf, isFailure } from './google-ads-failure.js';
import {
  reasonIn,
  retryInfoSeconds,
  RPC_CODES,
  rpcStatusOf,
  type RpcStatus,
} from './google-rpc.js';

/**
 * Google Ads API: a `GoogleAdsFailure` in the body, in the trailer of gRPC or thrown as it is, else
 * the status that carries it; and what google-auth-library throws where it gets no token.
 */
export function googleAdsFindingOf(error: object, answer: Answer): Finding | undefined {
  const said =
    firstOf(bodiesOf(error), (body) => findingIn(body, answer)) ??
    grpcFindingOf(error) ??
    lostBySdk(error);
  if (said !== undefined || answer.status !== undefined) return said;
  // A failure that says nothing known, and no status to tell what it was.
  return [...bodiesOf(error)].some(isFailure) ? UNLISTED : undefined;
}

function findingIn(body: object, { status }: Answer): Finding | undefined {
  const ofFailure = failureFindingOf(body, status);
  if (ofFailure !== undefined) return ofFailure;
  const oauth = readString(body, 'error');
  if (oauth !== undefined) return OAUTH.get(oauth);
  const rpc = rpcStatusOf(body);
  if (rpc !== undefined) return ofRpcStatus(rpc);
  // google-ads-api makes an empty failure of what it cannot read and leaves google.rpc.ErrorInfo.
  return REASONS.get(reasonIn([body]) ?? '');
}

/** RFC 6749, 5.2, and Google's own (developers.google.com/identity/protocols/oauth2). */
export const OAUTH: ReadonlyMap<string, Finding> = new Map([
  ['invalid_grant', TOKEN_INVALID], // the refresh token: only a new consent helps
  ['invalid_client', PERMISSION_DENIED],
  ['unauthorized_client', PERMISSION_DENIED],
  ['access_denied', PERMISSION_DENIED],
  ['admin_policy_enforced', PERMISSION_DENIED],
  ['org_internal', PERMISSION_DENIED],
  ['invalid_scope', PERMISSION_DENIED],
  ['invalid_request', INVALID_INPUT],
  ['unsupported_grant_type', INVALID_INPUT],
]);

/** google/api/error_reason.proto */
export const REASONS: ReadonlyMap<string, Finding> = new Map([
  ['ACCESS_TOKEN_EXPIRED', TOKEN_EXPIRED],
  ['ACCESS_TOKEN_TYPE_UNSUPPORTED', TOKEN_INVALID],
  ['CREDENTIALS_MISSING', TOKEN_INVALID],
  ['API_KEY_INVALID', TOKEN_INVALID],
  ['ACCOUNT_STATE_INVALID', TOKEN_INVALID],
  ['SESSION_COOKIE_INVALID', TOKEN_INVALID],
  ['ACCESS_TOKEN_SCOPE_INSUFFICIENT', PERMISSION_DENIED],
  ['SERVICE_DISABLED', PERMISSION_DENIED],
  ['BILLING_DISABLED', PERMISSION_DENIED],
  ['CONSUMER_SUSPENDED', PERMISSION_DENIED],
  ['CONSUMER_INVALID', PERMISSION_DENIED],
  ['USER_PROJECT_DENIED', PERMISSION_DENIED],
  ['SECURITY_POLICY_VIOLATED', PERMISSION_DENIED],
  ['RATE_LIMIT_EXCEEDED', RATE_LIMITED],
  ['RESOURCE_QUOTA_EXCEEDED', RATE_LIMITED],
]);

/** google/rpc/code.proto: what the code alone says. */
export const STATUSES: ReadonlyMap<string, Finding> = new Map([
  ['CANCELLED', SERVICE_FAILED], // by the other side
  ['UNKNOWN', SERVICE_FAILED],
  ['INVALID_ARGUMENT', INVALID_INPUT],
  ['DEADLINE_EXCEEDED', PLATFORM_TIMED_OUT],
  ['NOT_FOUND', INVALID_INPUT],
  ['ALREADY_EXISTS', INVALID_INPUT],
  ['PERMISSION_DENIED', PERMISSION_DENIED],
  ['RESOURCE_EXHAUSTED', RATE_LIMITED],
  ['FAILED_PRECONDITION', INVALID_INPUT],
  ['ABORTED', SERVICE_FAILED],
  ['OUT_OF_RANGE', INVALID_INPUT],
  ['UNIMPLEMENTED', INVALID_INPUT],
  ['INTERNAL', SERVICE_FAILED],
  ['UNAVAILABLE', SERVICE_FAILED],
  ['DATA_LOSS', SERVICE_FAILED],
  ['UNAUTHENTICATED', TOKEN_INVALID],
]);

function ofRpcStatus({ code, status, message, details }: RpcStatus): Finding | undefined {
  const reason = reasonIn(details);
  const finding = REASONS.get(reason ?? '') ?? STATUSES.get(status ?? '');
  if (finding === undefined) return undefined;
  const isDaily = finding === RATE_LIMITED && details.some(isDailyQuota);
  return {
    ...finding,
    ...(isDaily ? { ...QUOTA_USED_UP, midnightIn: GOOGLES_DAY } : {}),
    retryAfter: isDaily ? undefined : retryInfoSeconds(details),
    statusCode: finding.type === 'PLATFORM_SERVICE_ERROR' ? code : undefined,
    platformCode: reason ?? status,
    message: message || undefined,
  };
}

/** cloud.google.com/docs/quotas: a quota of a day is renewed at midnight there. */
const GOOGLES_DAY = 'America/Los_Angeles';

/** `google.rpc.ErrorInfo` of a quota has its unit in `metadata`: `1/d/{project}` is a day's. */
function isDailyQuota(detail: unknown): boolean {
  const metadata = read(detail, 'metadata');
  return (
    wordsIn(metadata, 'quota_unit').startsWith('1/d') ||
    /per_?day/i.test(wordsIn(metadata, 'quota_limit'))
  );
}

/** The words of @grpc/grpc-js itself: a server could name a code of its own connections. */
const NEVER_SENT = /^14 UNAVAILABLE: (?:No connection established|Name resolution failed)/;

/** What @grpc/grpc-js finds wrong with an answer that has come: the call was carried out. */
const AFTER_THE_ANSWER =
  /Received message larger than max|decompresses to a size larger than|No message received|Too many responses received/;

/** An error of @grpc/grpc-js or google-gax without a failure in its trailer. */
function grpcFindingOf(error: object): Finding | undefined {
  const code = readCode(error, 'code');
  const words = wordsIn(error);
  const isGrpc = typeof read(error, 'details') === 'string' || /^\d{1,3} \w{1,30}: /.test(words);
  const isGax = /^Total timeout of API |^Exceeded maximum number of retries /.test(words);
  if (code === undefined || !(isGrpc || isGax)) return undefined;
  // The HTTP status of the token endpoint stands where the gRPC code belongs: no call was made.
  if (words.includes('Getting metadata from plugin failed')) return withoutToken(words);
  // google-gax gave up; what its attempts before did, nobody knows.
  if (isGax) return SERVICE_FAILED;
  if (NEVER_SENT.test(words)) return { type: 'CONNECTION_FAILED', mayHaveExecuted: false };
  if (words.includes('Cancelled on client')) return { type: 'CANCELLED' };
  if (AFTER_THE_ANSWER.test(words)) return UNLISTED;
  if (words.includes('Attempted to send message with a size larger')) return INVALID_INPUT;
  const status = RPC_CODES[code];
  const details = listIn(error, 'statusDetails');
  const finding = STATUSES.get(status ?? '');
  return finding && { ...finding, retryAfter: retryInfoSeconds(details), platformCode: status };
}

function withoutToken(words: string): Finding {
  for (const [oauth, finding] of OAUTH) if (words.includes(oauth)) return finding;
  return SERVICE_BUSY;
}

// What google-ads-api's stream parser (stream-json) leaves of an answer that is no list of results.
function lostBySdk(error: object): Finding | undefined {
  const isParsers = /^Parser cannot parse input|^Top-level object should be an array/;
  return isParsers.test(wordsIn(error)) ? SERVICE_FAILED : undefined;
}
