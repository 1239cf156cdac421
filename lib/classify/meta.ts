import { isError, read, readString } from '../errors/safe-read.js';
import { bodiesOf, firstOf, objectsIn, readAmount, readCode, wordsIn } from './body.js';
import { headerReader } from './failure.js';
import {
  CREATIVE_REJECTED,
  INVALID_INPUT,
  NO_BUDGET,
  PERMISSION_DENIED,
  PLATFORM_TIMED_OUT,
  QUOTA_USED_UP,
  RATE_LIMITED,
  SERVICE_FAILED,
  TOKEN_EXPIRED,
  TOKEN_INVALID,
  UNLISTED,
  type Answer,
  type Finding,
} from './finding.js';
import { longest, positive, type HeaderReader } from './retry-after.js';

/*
 * Meta Marketing API. Sources, all of developers.facebook.com/docs:
 * [E] graph-api/guides/error-handling, [R] graph-api/overview/rate-limiting,
 * [M] marketing-api/error-reference, [L] marketing-api/overview/rate-limiting.
 * [O] is observed in real bodies and not documented.
 */
export const CODES: ReadonlyMap<number, Finding> = new Map([
  [1, SERVICE_FAILED], // [E] an unknown error
  [2, SERVICE_FAILED], // [E] temporary
  [3, PERMISSION_DENIED], // [E] capability
  [4, RATE_LIMITED], // [R] the app
  [10, PERMISSION_DENIED], // [E]
  [17, RATE_LIMITED], // [R] the user, or with a subcode the ad account
  [32, RATE_LIMITED], // [R] the page
  [100, INVALID_INPUT], // [E]
  // [M] an incorrect signature; others have seen it as a reset connection, so nothing is certain
  [104, { ...TOKEN_INVALID, mayHaveExecuted: true }],
  [294, PERMISSION_DENIED], // [M]
  [341, RATE_LIMITED], // [E]
  [368, PERMISSION_DENIED], // [E] blocked for policy violations
  [506, INVALID_INPUT], // [E] a duplicate: an earlier attempt may have posted it
  [613, RATE_LIMITED], // [R]
  [960, PLATFORM_TIMED_OUT], // [O] a request of a batch timed out
  [2635, INVALID_INPUT], // [M] a version that is no more
]);

/** What is more precise than the code it comes with; of some, listings know it as a code too. */
export const SUBCODES: ReadonlyMap<number, Finding> = new Map([
  [458, TOKEN_INVALID], // [E] the app was removed
  [459, TOKEN_INVALID], // [E] the person has to log in on facebook.com
  [460, TOKEN_INVALID], // [E] the password was changed
  [463, TOKEN_EXPIRED], // [E]
  [464, TOKEN_INVALID], // [E] the person is not confirmed
  [467, TOKEN_INVALID], // [E]
  [492, PERMISSION_DENIED], // [E] no role on the page
  [1359188, NO_BUDGET], // [O] no payment method
  [1404078, RATE_LIMITED], // [M] temporarily blocked
  [1404163, PERMISSION_DENIED], // [M] no longer allowed to advertise
  [1487225, RATE_LIMITED], // [L] creation of ads
  [1487472, CREATIVE_REJECTED], // [M] content that cannot be promoted
  [1487632, { ...RATE_LIMITED, renewedIn: 3600 }], // [L] four changes of a budget an hour
  [1870034, PERMISSION_DENIED], // [M] the terms of custom audiences are not accepted
  [1885172, { ...QUOTA_USED_UP, renewedIn: 86_400 }], // [L] ten changes of the spend cap a day
  [1885183, PERMISSION_DENIED], // [O] the app is in development mode
  [1885272, NO_BUDGET], // [M] the budget is below the minimum
  [1885650, NO_BUDGET], // [M] the same
  [2490427, CREATIVE_REJECTED], // [M]
  [2490468, CREATIVE_REJECTED], // [M]
  [2859015, RATE_LIMITED], // [M] temporarily blocked
  [3910001, SERVICE_FAILED], // [M] an issue of the account, try later
]);

/** [R] The codes of business use cases, and what `X-Business-Use-Case-Usage` calls them. */
const USE_CASES: ReadonlyMap<number, string> = new Map([
  [80000, 'ads_insights'],
  [80001, 'pages'],
  [80002, 'instagram'],
  [80003, 'custom_audience'],
  [80004, 'ads_management'],
  [80005, 'leadgen'],
  [80006, 'messenger'],
  [80008, 'whatsapp'],
  [80009, 'catalog_management'],
  [80014, 'catalog_batch'],
]);

/** [R] Limits of an app or a page: what is known of ad accounts does not apply … */
const NOT_OF_AN_ACCOUNT = [4, 32, 341];
/** [L] … but for those of insights, which the code of the app carries too. */
const INSIGHTS = [1504022, 1504039];

/** What Graph API says: `{ error: { code, error_subcode, … } }`, or its SDK's inner part of it. */
export function metaFindingOf(error: object, answer: Answer): Finding | undefined {
  // The SDK keeps the request as `data`, which could look like an answer.
  const isSdks = readString(error, 'name') === 'FacebookRequestError';
  const bodies = isSdks ? objectsIn(read(error, 'response')) : bodiesOf(error);
  const said = firstOf(bodies, (body) => graphFinding(body, answer));
  return said ?? (isSdks ? lostBySdk(error) : undefined);
}

/** Whether a result is an error of Graph API: facebook-nodejs-business-sdk takes one for an object. */
export function isGraphFailure(body: object): boolean {
  return graphErrorOf(body) !== undefined;
}

function graphFinding(body: object, answer: Answer): Finding | undefined {
  const graphError = graphErrorOf(body);
  if (graphError !== undefined) return findingOf(graphError, answer);
  // A part of a batch: a response of its own, as text. What else the batch did, it did.
  if (typeof read(body, 'body') !== 'string' || readCode(body, 'code') === undefined) {
    return undefined;
  }
  const header = headerReader(read(body, 'headers'));
  const ofPart = firstOf(objectsIn(read(body, 'body')), (part) =>
    graphFinding(part, { status: readCode(body, 'code'), header }),
  );
  return ofPart && { ...ofPart, retryable: false, retryAfter: undefined, mayHaveExecuted: true };
}

function graphErrorOf(body: object): object | undefined {
  const inner = read(body, 'error');
  if (typeof inner === 'object' && inner !== null && readCode(inner, 'code') !== undefined) {
    return inner;
  }
  // Errors of other libraries have a code and a type too.
  const marks = isError(body) ? ['fbtrace_id'] : ['type', 'fbtrace_id', 'error_subcode'];
  const isInner = marks.some((key) => read(body, key) != null);
  return isInner && readCode(body, 'code') !== undefined ? body : undefined;
}

function findingOf(graphError: object, answer: Answer): Finding {
  const code = readCode(graphError, 'code') ?? 0;
  const subcode = readCode(graphError, 'error_subcode');
  const words = wordsIn(graphError);
  const finding = judge(code, subcode, words, graphError, answer.status);
  const isLimit = finding.type === 'API_RATE_LIMIT' && finding.retryable !== false;
  return {
    ...finding,
    retryAfter: isLimit
      ? longest(finding.retryAfter, usageWait(answer.header, code, subcode))
      : undefined,
    statusCode: finding.type === 'PLATFORM_SERVICE_ERROR' ? answer.status : undefined,
    platformCode: subcode === undefined ? String(code) : `${code}/${subcode}`,
    requestId: readString(graphError, 'fbtrace_id'),
    message: words || undefined,
  };
}

function judge(
  code: number,
  subcode: number | undefined,
  words: string,
  graphError: object,
  status: number | undefined,
): Finding {
  const bySubcode = SUBCODES.get(subcode ?? 0) ?? SUBCODES.get(code);
  if (bySubcode !== undefined) return bySubcode;
  // The same request never succeeds: it asks for too much.
  const tooMuch = (code === 1 && subcode === 99) || words.includes('reduce the amount of data');
  if (tooMuch) return { ...SERVICE_FAILED, retryable: false, mayHaveExecuted: false };
  // [E] 102 is 190 of older versions; without a subcode only the words tell the two apart.
  if (code === 190 || code === 102) {
    return /\bexpired\b/i.test(words) ? TOKEN_EXPIRED : TOKEN_INVALID;
  }
  if (code === 100 && /\bmissing permission/i.test(words)) return PERMISSION_DENIED;
  const byCode = CODES.get(code) ?? ofRange(code);
  // Not in the documentation, but in Meta's own SDKs: the same request may succeed later.
  const isTransient = read(graphError, 'is_transient') === true;
  if (isTransient && (code === 100 || byCode === undefined)) return SERVICE_FAILED;
  return byCode ?? ((status ?? 0) >= 500 ? SERVICE_FAILED : UNLISTED);
}

function ofRange(code: number): Finding | undefined {
  if (code < 0) return SERVICE_FAILED; // [M]
  if (code >= 200 && code <= 299) return PERMISSION_DENIED; // [E]
  // [R] lists most of these numbers; those between can hardly be anything else
  return code >= 80_000 && code <= 80_014 ? RATE_LIMITED : undefined;
}

/**
 * What Meta's usage headers say of the wait, in seconds. They come with successes too, so that they
 * never make an error a limit; `X-App-Usage` states no wait.
 */
function usageWait(
  header: HeaderReader,
  code: number,
  subcode: number | undefined,
): number | undefined {
  const useCases = header('x-business-use-case-usage');
  if (NOT_OF_AN_ACCOUNT.includes(code)) {
    return INSIGHTS.includes(subcode ?? 0) ? waitOf('ads_insights', useCases) : undefined;
  }
  const usage = usageIn(header('x-ad-account-usage'));
  const ofAccount = positive(readAmount(usage, 'reset_time_duration') ?? 0); // [R] seconds
  // Of all, where it cannot be told which was limited.
  const ofUseCase = waitOf(USE_CASES.get(code), useCases) ?? waitOf(undefined, useCases);
  return longest(ofUseCase, ofAccount);
}

/** Node takes no more than 16 KiB of headers; what is longer did not come with a response. */
function usageIn(header: string | undefined): object | undefined {
  const [usage] = objectsIn((header?.length ?? 0) > 2 ** 14 ? undefined : header);
  return usage;
}

/** The longest wait of a use case, or of all. */
function waitOf(useCase: string | undefined, header: string | undefined): number | undefined {
  const entries = Object.values(usageIn(header) ?? {})
    .slice(0, 32) // [R] there are no more
    .flatMap((list) => [...objectsIn(list)])
    .filter((entry) => useCase === undefined || read(entry, 'type') === useCase);
  const waits = entries.map(
    (entry) => positive((readAmount(entry, 'estimated_time_to_regain_access') ?? 0) * 60), // [R] minutes
  );
  return longest(...waits);
}

/**
 * facebook-nodejs-business-sdk keeps nothing of what went wrong below HTTP, and makes a SyntaxError
 * of a page that is not JSON (src/exceptions.js, src/http.js).
 */
function lostBySdk(error: object): Finding | undefined {
  return read(error, 'response') == null ? { type: 'CONNECTION_FAILED' } : undefined;
}
