import { read, readNumber, readString } from '../errors/safe-read.js';
import { listIn, wordsIn } from './body.js';
import {
  CREATIVE_REJECTED,
  INVALID_INPUT,
  NO_BUDGET,
  PERMISSION_DENIED,
  PLATFORM_TIMED_OUT,
  QUOTA_USED_UP,
  RATE_LIMITED,
  SERVICE_BUSY,
  SERVICE_FAILED,
  TOKEN_EXPIRED,
  TOKEN_INVALID,
  type Finding,
} from './finding.js';
import { CATEGORIES } from './google-ads-categories.js';
import { isDailyQuota, policyTopic, quotaWait } from './google-ads-details.js';
import { failureInTrailer, failureInAny } from './google-ads-trailer.js';
import { retryInfoSeconds } from './google-rpc.js';
import { longest, waitInWords } from './retry-after.js';

/**
 * The rows of google/ads/googleads/v25/errors/*.proto that are not wrong input: the category, what
 * it means, and the names with their numbers. REST writes names, gRPC numbers.
 */
export const ROWS: readonly (readonly [string, Finding, Readonly<Record<string, number>>])[] = [
  ['authentication_error', TOKEN_EXPIRED, { OAUTH_TOKEN_EXPIRED: 16 }],
  [
    'authentication_error',
    PERMISSION_DENIED,
    {
      NOT_ADS_USER: 14,
      TWO_STEP_VERIFICATION_NOT_ENROLLED: 23,
      ADVANCED_PROTECTION_NOT_ENROLLED: 24,
      ORGANIZATION_NOT_RECOGNIZED: 26,
      ORGANIZATION_NOT_APPROVED: 27,
      ORGANIZATION_NOT_ASSOCIATED_WITH_DEVELOPER_TOKEN: 28,
      DEVELOPER_TOKEN_INVALID: 29,
    },
  ],
  [
    'authentication_error',
    INVALID_INPUT,
    { CLIENT_CUSTOMER_ID_INVALID: 5, CUSTOMER_NOT_FOUND: 8, USER_ID_INVALID: 22 },
  ],
  ['quota_error', PERMISSION_DENIED, { ACCESS_PROHIBITED: 3 }],
  // "Wait for a week."
  [
    'quota_error',
    { ...QUOTA_USED_UP, renewedIn: 604_800 },
    { PAYMENTS_PROFILE_ACTIVATION_RATE_LIMIT_EXCEEDED: 7 },
  ],
  ['internal_error', PLATFORM_TIMED_OUT, { DEADLINE_EXCEEDED: 5 }],
  // "Retry the request."
  ['database_error', SERVICE_BUSY, { CONCURRENT_MODIFICATION: 2 }],
  [
    'request_error',
    { ...PLATFORM_TIMED_OUT, mayHaveExecuted: false },
    { RPC_DEADLINE_TOO_SHORT: 33 },
  ],
  ['campaign_budget_error', NO_BUDGET, { BUDGET_BELOW_PER_DAY_MINIMUM: 22 }],
  [
    'account_budget_proposal_error',
    NO_BUDGET,
    { SPENDING_LIMIT_LOWER_THAN_ACCRUED_COST_NOT_ALLOWED: 18 },
  ],
  ['identity_verification_error', NO_BUDGET, { NO_EFFECTIVE_BILLING: 2 }],
  [
    'asset_generation_error',
    CREATIVE_REJECTED,
    { FREEFORM_PROMPT_VIOLATES_ADS_POLICY: 23, INPUT_IMAGE_VIOLATES_POLICY: 28 },
  ],
  ['policy_finding_error', INVALID_INPUT, { POLICY_TOPIC_NOT_FOUND: 3 }],
];

/** What all other names of a category mean; in every other category the input is wrong. */
export const OTHERS: ReadonlyMap<string, Finding> = new Map([
  ['authentication_error', TOKEN_INVALID],
  ['authorization_error', PERMISSION_DENIED],
  ['operation_access_denied_error', PERMISSION_DENIED],
  ['resource_access_denied_error', PERMISSION_DENIED],
  ['not_allowlisted_error', PERMISSION_DENIED],
  ['quota_error', RATE_LIMITED],
  ['internal_error', SERVICE_FAILED],
  ['policy_finding_error', CREATIVE_REJECTED],
  ['policy_violation_error', CREATIVE_REJECTED],
  ['billing_setup_error', NO_BUDGET],
]);

/** By category and name, and by category and number. */
const NAMED = new Map<string, { readonly name: string; readonly finding: Finding }>();
for (const [category, finding, names] of ROWS) {
  for (const [name, number] of Object.entries(names)) {
    NAMED.set(`${category}.${name}`, { name, finding });
    NAMED.set(`${category}.${number}`, { name, finding });
  }
}

/** Of several errors the one that has to be solved first. */
const ORDER: readonly string[] = [
  'TOKEN_EXPIRED',
  'TOKEN_INVALID',
  'PERMISSION_DENIED',
  'CREATIVE_REJECTED',
  'BUDGET_INSUFFICIENT',
  'VALIDATION_ERROR',
  'API_RATE_LIMIT',
  'PLATFORM_TIMEOUT',
  'PLATFORM_SERVICE_ERROR',
];

interface Failure {
  readonly errors: readonly unknown[];
  /** There are more of them than are looked at. */
  readonly isCut: boolean;
  readonly requestId: string | undefined;
  /** What stands beside the failure in the status that carries it. */
  readonly details: readonly unknown[];
  /** Some of the operations were carried out. */
  readonly isPartial: boolean;
}

/**
 * What a `GoogleAdsFailure` says, wherever it is: in a REST body, a protobuf message that was thrown
 * as it is, an error of gRPC, or beside the results of a request that succeeded in part. Undefined
 * where it knows of nothing but codes of tomorrow.
 *
 * @param status the HTTP status that carried it
 */
export function failureFindingOf(body: object, status: number | undefined): Finding | undefined {
  const failure = failureIn(body);
  if (failure === undefined) return undefined;
  const { errors, isPartial, requestId, details } = failure;
  const findings = errors
    .map(findingOf)
    .filter((finding) => finding !== undefined)
    .toSorted((one, other) => ORDER.indexOf(one.type) - ORDER.indexOf(other.type));
  const [first] = findings;
  if (first === undefined) return undefined;
  // What is not known, or not looked at, may be of any kind.
  const isOpen = isPartial || failure.isCut || findings.length < errors.length;
  const isFinal = isOpen || findings.some(({ retryable }) => retryable === false);
  const waits = [retryInfoSeconds(details), ...findings.map((each) => each.retryAfter)];
  return {
    ...first,
    retryable: isFinal ? false : first.retryable,
    mayHaveExecuted: isOpen || mayHaveExecuted(findings),
    retryAfter: isFinal ? undefined : longest(...waits),
    statusCode: first.type === 'PLATFORM_SERVICE_ERROR' ? status : undefined,
    requestId,
  };
}

/** Whether there is a failure at all. */
export function isFailure(body: object): boolean {
  return failureIn(body) !== undefined;
}

/** Whether some operations of a request that succeeded have failed. */
export function isPartialFailure(body: object): boolean {
  return failureIn(body)?.isPartial === true;
}

// Nothing is done where one operation fails, unless the service itself is what failed.
function mayHaveExecuted(findings: readonly Finding[]): boolean {
  const failed = ['PLATFORM_SERVICE_ERROR', 'PLATFORM_TIMEOUT'];
  return findings.some(
    (finding) => failed.includes(finding.type) && finding.mayHaveExecuted !== false,
  );
}

function failureIn(body: object): Failure | undefined {
  const partial = read(body, 'partialFailureError') ?? read(body, 'partial_failure_error');
  const carrier = partial ?? read(body, 'error') ?? body;
  const details = listIn(carrier, 'details');
  const isPartial = partial !== undefined && partial !== null;
  for (const holder of holdersOf(body, carrier, details)) {
    const errors = listIn(holder, 'errors').filter((error) => codeOf(error) !== undefined);
    if (errors.length === 0) continue;
    const isCut = errors.length < (readNumber(read(holder, 'errors'), 'length') ?? 0);
    const requestId = readString(holder, 'requestId') ?? readString(holder, 'request_id');
    return { errors, isCut, requestId, details, isPartial };
  }
  return undefined;
}

function* holdersOf(body: object, carrier: unknown, details: readonly unknown[]): Generator {
  yield carrier;
  for (const detail of details) yield failureInAny(detail) ?? detail;
  yield failureInTrailer(body);
}

function codeOf(error: unknown): unknown {
  return read(error, 'errorCode') ?? read(error, 'error_code') ?? undefined;
}

function findingOf(error: unknown): Finding | undefined {
  const [category, value] = entryOf(codeOf(error));
  if (category === undefined) return undefined;
  const details = read(error, 'details');
  const named = NAMED.get(`${category}.${value}`);
  const words = wordsIn(error);
  const finding = named?.finding ?? OTHERS.get(category) ?? INVALID_INPUT;
  const wait =
    finding === RATE_LIMITED ? longest(quotaWait(details), waitInWords(words)) : undefined;
  const isDaily = finding === RATE_LIMITED && wait === undefined && isDailyQuota(details);
  return {
    ...finding,
    ...(isDaily ? { ...QUOTA_USED_UP, renewedIn: 86_400 } : {}),
    retryAfter: wait,
    reason: policyTopic(details),
    platformCode: `${category}.${named?.name ?? value}`,
    message: words || undefined,
  };
}

/** The longest names of Google Ads have 150 letters. */
const MAX_NAME = 200;

const SPELLINGS = [...CATEGORIES.values()].map((category) => ({
  category,
  inRest: category.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
}));

/** The category that is set, by name: who has a million members is not asked for all of them. */
function entryOf(code: unknown): readonly [category?: string, value?: string | number] {
  for (const { category, inRest } of SPELLINGS) {
    const value = read(code, inRest) ?? read(code, category);
    if (typeof value === 'string') return [category, value.slice(0, MAX_NAME)];
    if (typeof value === 'number' && value !== 0) return [category, value];
  }
  return [];
}
