import { isError, read, readString } from '../errors/safe-read.js';
import { bodiesOf, firstOf, readCode, wordsIn } from './body.js';
import {
  CREATIVE_REJECTED,
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

/*
 * TikTok Business API v1.3. Names and numbers are those of tiktok_code.py in
 * github.com/tiktok/tiktok-business-api-sdk; [A] airbyte and [P] PostHog read them so too;
 * [O] is observed in real bodies only.
 */
export const CODES: ReadonlyMap<number, Finding> = new Map([
  // PARTIAL_OK: some of it was done, and doing all of it again would do that twice.
  [20001, { ...INVALID_INPUT, mayHaveExecuted: true }],
  [40001, PERMISSION_DENIED], // PERMISSION_ERROR
  [40003, PERMISSION_DENIED],
  [40016, RATE_LIMITED], // BIZ_FC_ERROR [P]
  [40100, RATE_LIMITED], // REQUEST_TOO_FREQUENT [A] [P]
  [40101, PERMISSION_DENIED], // INVALID_PARTNER: the app's id and secret
  [40102, TOKEN_EXPIRED], // ACCESS_TOKEN_EXPIRE
  [40103, TOKEN_INVALID], // REFRESH_TOKEN_EXPIRE: only a new consent helps
  [40104, TOKEN_INVALID], // EMPTY_ACCESS_TOKEN
  [40105, TOKEN_INVALID], // INVALID_ACCESS_TOKEN [A]
  [40107, TOKEN_INVALID], // INVALID_REFRESH_TOKEN
  [40110, TOKEN_INVALID], // AUTH_CODE_ERROR
  [40113, PERMISSION_DENIED],
  [40117, PERMISSION_DENIED], // APP_METHOD_FORBIDDEN
  [40118, PERMISSION_DENIED], // NOT_IN_WHITELIST
  [40124, PERMISSION_DENIED],
  [40125, PERMISSION_DENIED],
  [40130, PERMISSION_DENIED], // SCOPE_NOT_AUTHORIZED
  [40132, RATE_LIMITED], // REQUEST_FREQUENCY_LIMITED [P]
  [40133, RATE_LIMITED], // [O] the advertiser's limit
  [40200, SERVICE_FAILED], // GENERAL_TASK_ERROR [P]
  [40201, SERVICE_BUSY], // TASK_NOT_READY [P]
  [40202, SERVICE_BUSY], // WRITE_CONFLICT [P]
  [40301, PERMISSION_DENIED], // the role in the advertiser's account
  // TikTok could not fetch the file from the URL it was given.
  [40902, { ...INVALID_INPUT, retryable: true }],
  [40913, { ...INVALID_INPUT, retryable: true }],
  [40904, CREATIVE_REJECTED], // IMAGE_ILLEGAL_CONTENT
  [40916, CREATIVE_REJECTED], // VIDEO_ILLEGAL_CONTENT
  [41000, PERMISSION_DENIED], // BLOCKED
  [51010, PLATFORM_TIMED_OUT], // INTERNAL_TIME_OUT
  [51021, RATE_LIMITED], // [O] "Too many requests"
  [52103, PLATFORM_TIMED_OUT],
  [52202, PLATFORM_TIMED_OUT],
  [61000, RATE_LIMITED], // TOO_MANY_REQUESTS_BL
]);

/** A limit a minute lasts five, one a day until midnight UTC (docs/?id=1740029171730433). */
const MINUTE_LIMIT_SECONDS = 300;

/** What TikTok says: `{ code, message, request_id }`, with HTTP 200; its SDK makes a text of it. */
export function tiktokFindingOf(error: object, { status = 0 }: Answer): Finding | undefined {
  const found = firstOf(bodiesOf(error), findingIn);
  if (found?.type === UNLISTED.type && status >= 500) return { ...found, ...SERVICE_FAILED };
  return found ?? findingInText(readString(error, 'message') ?? '');
}

/** Whether a body is TikTok's and says that the request failed. */
export function isTiktokFailure(body: object): boolean {
  const finding = findingIn(body);
  if (finding?.requestId === undefined || read(body, 'message') === undefined) return false;
  return finding.type !== UNLISTED.type || read(body, 'data') !== undefined;
}

function findingIn(body: object): Finding | undefined {
  const code = readCode(body, 'code');
  const requestId = readString(body, 'request_id');
  if (code === undefined || code === 0) return undefined;
  // Five digits, in a body: a status, or a number of another library such as a database's.
  const isReturnCode =
    code >= 20_000 && code <= 99_999 && readString(body, 'message') !== undefined;
  if (requestId === undefined && (!isReturnCode || isError(body))) return undefined;
  return findingOf(code, wordsIn(body), requestId);
}

/** The only thing that tiktok-business-api-sdk-official leaves (src/ApiClient.js), and its Python kin. */
const SDK_BEGINNING = /^request_id:(\S{0,64}) message: /;
const SDK_END = / code: (\d{5}|undefined)$/;
const PYTHON_TEXT = /^Error Code: (\d{5}), message: /;

function findingInText(text: string): Finding | undefined {
  const [start, requestId] = SDK_BEGINNING.exec(text.slice(0, 100)) ?? [];
  const [end, code] = SDK_END.exec(text.slice(-40)) ?? [];
  if (start !== undefined && end !== undefined) {
    const words = text.slice(start.length, -end.length).slice(0, 2000);
    // Without a code it was a page that is not JSON.
    return code === 'undefined' ? SERVICE_FAILED : findingOf(Number(code), words, requestId);
  }
  const [before, ofPython] = PYTHON_TEXT.exec(text.slice(0, 100)) ?? [];
  if (before === undefined) return undefined;
  return findingOf(Number(ofPython), text.slice(before.length, 2000), undefined);
}

function findingOf(code: number, words: string, requestId: string | undefined): Finding {
  const finding = judge(code, words);
  const limit = finding.type === 'API_RATE_LIMIT' ? ofWindow(words) : {};
  return { ...finding, ...limit, platformCode: code, requestId, message: words || undefined };
}

function judge(code: number, words: string): Finding {
  // Two codes that the SDK and those who use it read differently: the words decide.
  const saysTooOften = (code === 40_101 || code === 40_102) && /too frequent/i.test(words);
  if (saysTooOften) return RATE_LIMITED;
  // PARAM_ERROR with the words of a permission [O]
  if (code === 40_002 && /\bno permission\b/i.test(words)) return PERMISSION_DENIED;
  const listed = CODES.get(code);
  if (listed !== undefined) return listed;
  if (code < 50_000) return code >= 40_000 && code < 41_000 ? INVALID_INPUT : UNLISTED;
  // 50000 and 50002 are the API, 51000 to 53999 its backends, 60001 its maintenance.
  if (code < 54_000)
    return /\btime(?:d )?-?out\b/i.test(words) ? PLATFORM_TIMED_OUT : SERVICE_FAILED;
  return code === 60_001 ? SERVICE_FAILED : UNLISTED;
}

function ofWindow(words: string): Partial<Finding> {
  if (/\bQPD\b|\bper day\b|\bdaily\b/i.test(words)) {
    return { ...QUOTA_USED_UP, midnightIn: 'UTC' };
  }
  return /\bQPM\b|\bper minute\b/i.test(words) ? { retryAfter: MINUTE_LIMIT_SECONDS } : {};
}
