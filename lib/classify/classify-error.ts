import { defaultsOf } from '../errors/error-types.js';
import { isError, readNumber, readString } from '../errors/safe-read.js';
import {
  isServiceError,
  renewedIn,
  withoutStack,
  type ServiceError,
} from '../errors/service-error.js';
import { wordsIn } from './body.js';
import { chainOf, headersOf, headerReader, httpFailureOf, innerErrors } from './failure.js';
import { familyOf, MCP, type ErrorHint } from './family.js';
import { errorOf, type Finding, type PlatformClassifier } from './finding.js';
import { geminiFindingOf } from './gemini.js';
import { googleAdsFindingOf } from './google-ads.js';
import { classifyHttpException } from './http-exception.js';
import { httpFindingOf } from './http.js';
import { mcpFindingOf } from './mcp.js';
import { metaFindingOf } from './meta.js';
import { networkFindingOf } from './network.js';
import { longest, resetSeconds, retryAfterSeconds, type HeaderReader } from './retry-after.js';
import { standardJsonFindingOf } from './standard-json.js';
import { tiktokFindingOf } from './tiktok.js';

/** An application's own understanding of an error; undefined where it has none. @publicApi */
export type Classifier = (error: unknown, hint: ErrorHint) => ServiceError | undefined;

/** How deep errors that sum up others are opened; what is deeper is not recognised. */
const MAX_DEPTH = 2;

const PLATFORMS: ReadonlyMap<string, PlatformClassifier> = new Map([
  ['meta', metaFindingOf],
  ['tiktok', tiktokFindingOf],
  ['google', googleAdsFindingOf],
  ['gemini', geminiFindingOf],
  ['mcp', mcpFindingOf],
]);

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
    return withoutStack(() => classifyHttpException(error) ?? classifyForeign(error, hint));
  } catch {
    return undefined; // a Proxy whose traps throw, or a revoked one
  }
}

/** The error of an attempt that reached its limit. */
export function timeLimitError(hint: ErrorHint, limitMs: number, hasBegun = true): ServiceError {
  const message = `No result within the limit of ${limitMs} ms`;
  const mayHaveExecuted = hasBegun ? undefined : false;
  const finding = { type: familyOf(hint).timeout, message, mayHaveExecuted };
  return withoutStack(() => errorOf(finding, undefined, hint.platform));
}

/** @param depth how often an error that sums up others is opened */
function classifyForeign(
  error: unknown,
  hint: ErrorHint,
  depth = MAX_DEPTH,
): ServiceError | undefined {
  let vague: Finding | undefined;
  const links = [...chainOf(error)];
  for (const [index, link] of links.entries()) {
    if (isServiceError(link)) return link;
    const standard = standardJsonFindingOf(link);
    if (standard !== undefined) return errorOf(standard, error, hint.platform);
    const answered = answeredFinding(link, hint);
    if (answered !== undefined && answered.vague !== true) {
      return errorOf(answered, error, hint.platform);
    }
    vague ??= answered;
    if (answered !== undefined) continue;
    const network = networkFinding(link, hint, depth);
    if (network !== undefined && network.vague !== true) {
      // That nothing was sent is believed only where no cause says otherwise.
      const mayHaveExecuted =
        network.mayHaveExecuted === true ||
        links
          .slice(index + 1)
          .some((cause) => networkFinding(cause, hint, depth)?.mayHaveExecuted === true);
      return errorOf({ ...network, mayHaveExecuted }, error, hint.platform);
    }
    vague ??= network;
  }
  return vague && errorOf(vague, error, hint.platform);
}

/** What came back: the platform is believed first, then the HTTP status. */
function answeredFinding(link: object, hint: ErrorHint): Finding | undefined {
  const family = familyOf(hint);
  const http = httpFailureOf(link);
  const now = Date.now();
  const ofPlatform = PLATFORMS.get(hint.platform ?? (family === MCP ? 'mcp' : ''));
  if (ofPlatform !== undefined) {
    const header = http?.header ?? headerReader(headersOf(link));
    const finding = ofPlatform(link, { status: http?.status, header });
    if (finding !== undefined) return withStatedWait(finding, header, now);
    if (isUnreadableBody(link)) return { type: family.serverError };
  }
  const ofStatus = http && httpFindingOf(http, family, hint, now);
  // A number alone may be a wrapper's; what the cause says is closer to what happened.
  return ofStatus && { ...ofStatus, vague: !http.isResponse };
}

function networkFinding(link: object, hint: ErrorHint, depth: number): Finding | undefined {
  const { errors, areAll } = innerErrors(link);
  if (errors.length === 0) return networkFindingOf(link, familyOf(hint));
  const finding = depth === 0 ? undefined : findingOfAll(errors, hint, depth - 1);
  return finding && { ...finding, mayHaveExecuted: finding.mayHaveExecuted || !areAll };
}

/** A wait is for what may succeed later; one that the platform states in its body is not the only. */
function withStatedWait(finding: Finding, header: HeaderReader, now: number): Finding {
  const retryable = finding.retryable ?? defaultsOf(finding.type).retryable;
  if (!retryable) return finding;
  const retryAfter = longest(finding.retryAfter, retryAfterSeconds(header, now));
  if (retryAfter !== undefined) return { ...finding, retryAfter };
  if (finding.type !== 'API_RATE_LIMIT') return finding;
  return { ...finding, retryAfter: resetSeconds(header, now) };
}

// A page of a proxy where JSON was expected: clients that parse first lose the status.
function isUnreadableBody(link: object): boolean {
  return (
    isError(link) && readString(link, 'name') === 'SyntaxError' && /\bJSON\b/.test(wordsIn(link))
  );
}

// One attempt at several addresses or accounts: nothing happened only if nothing did anywhere.
function findingOfAll(
  errors: readonly unknown[],
  hint: ErrorHint,
  depth: number,
): Finding | undefined {
  const known = errors.map((error) => classifyForeign(error, hint, depth));
  const all = known.filter((error) => error !== undefined);
  const worst =
    all.find(({ retryable }) => !retryable) ??
    all.find(({ mayHaveExecuted }) => mayHaveExecuted) ??
    all[0];
  if (worst === undefined || all.length < known.length) return undefined;
  return {
    type: worst.type,
    retryable: worst.retryable,
    mayHaveExecuted: all.some(({ mayHaveExecuted }) => mayHaveExecuted),
    message: worst.message,
    platformCode:
      readString(worst.details, 'platform_code') ?? readNumber(worst.details, 'platform_code'),
    requestId: readString(worst.details, 'platform_request_id'),
    renewedIn: renewedIn(worst),
    retryAfter: longest(...all.map(({ retryAfter }) => retryAfter)),
  };
}
