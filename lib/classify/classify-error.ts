import { defaultsOf } from '../errors/error-types.js';
import { isError, readString } from '../errors/safe-read.js';
import { isServiceError, withoutStack, type ServiceError } from '../errors/service-error.js';
import { chainOf, headersOf, headerReader, httpFailureOf, innerErrors } from './failure.js';
import { familyOf, type ErrorHint } from './family.js';
import { errorOf, type Finding } from './finding.js';
import { geminiFindingOf } from './gemini.js';
import { googleAdsFindingOf } from './google-ads.js';
import { classifyHttpException } from './http-exception.js';
import { httpFindingOf } from './http.js';
import { mcpFindingOf } from './mcp.js';
import { metaFindingOf } from './meta.js';
import { networkFindingOf } from './network.js';
import type { PlatformClassifier } from './platform-classifier.js';
import { longest, retryAfterSeconds } from './retry-after.js';
import { tiktokFindingOf } from './tiktok.js';

/** An application's own understanding of an error; undefined where it has none. @publicApi */
export type Classifier = (error: unknown, hint: ErrorHint) => ServiceError | undefined;

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
    return withoutStack(() => classifyHttpException(error) ?? classifyForeign(error, hint, true));
  } catch {
    return undefined; // a Proxy whose traps throw, or a revoked one
  }
}

/** The error of an attempt that reached its limit. */
export function timeLimitError(hint: ErrorHint, limitMs: number): ServiceError {
  const message = `No result within the limit of ${limitMs} ms`;
  const finding = { type: familyOf(hint).timeout, message };
  return withoutStack(() => errorOf(finding, undefined, hint.platform));
}

/** @param withInner whether the errors that one sums up are looked at; theirs in turn are not */
function classifyForeign(
  error: unknown,
  hint: ErrorHint,
  withInner: boolean,
): ServiceError | undefined {
  let vague: Finding | undefined;
  for (const link of chainOf(error)) {
    if (isServiceError(link)) return link;
    const finding = findingOf(link, hint, withInner);
    if (finding !== undefined && finding.vague !== true)
      return errorOf(finding, error, hint.platform);
    vague ??= finding;
  }
  return vague && errorOf(vague, error, hint.platform);
}

/** The platform is believed first, then what the network says, then the HTTP status. */
function findingOf(link: object, hint: ErrorHint, withInner: boolean): Finding | undefined {
  const family = familyOf(hint);
  const http = httpFailureOf(link);
  const ofPlatform = PLATFORMS.get(hint.platform ?? '');
  if (ofPlatform !== undefined) {
    const header = http?.header ?? headerReader(headersOf(link));
    const finding = ofPlatform(link, { status: http?.status, header });
    if (finding !== undefined)
      return withStatedWait(finding, retryAfterSeconds(header, Date.now()));
    if (isUnreadableBody(link)) return { type: family.serverError };
  }
  if (http !== undefined) return httpFindingOf(http, family, hint);
  const inner = withInner && isError(link) ? innerErrors(link) : [];
  return inner.length > 0 ? findingOfAll(inner, hint) : networkFindingOf(link, family);
}

/** A wait is for what may succeed later; one that the platform states in its body is not the only. */
function withStatedWait(finding: Finding, retryAfter: number | undefined): Finding {
  const retryable = finding.retryable ?? defaultsOf(finding.type).retryable;
  if (retryAfter === undefined || !retryable) return finding;
  return { ...finding, retryAfter: longest(finding.retryAfter, retryAfter) };
}

// A page of a proxy where JSON was expected: clients that parse first lose the status.
function isUnreadableBody(link: object): boolean {
  const isSyntaxError = readString(link, 'name') === 'SyntaxError' && isError(link);
  return isSyntaxError && /\bJSON\b/.test(readString(link, 'message')?.slice(0, 2000) ?? '');
}

// One attempt at several addresses or accounts: nothing happened only if nothing did anywhere.
function findingOfAll(errors: readonly unknown[], hint: ErrorHint): Finding | undefined {
  const known = errors.map((error) => classifyForeign(error, hint, false));
  const all = known.filter((error) => error !== undefined);
  if (all.length < known.length) return undefined;
  const worst =
    all.find(({ retryable }) => !retryable) ??
    all.find(({ mayHaveExecuted }) => mayHaveExecuted) ??
    all[0];
  return (
    worst && {
      type: worst.type,
      retryable: worst.retryable,
      mayHaveExecuted: all.some(({ mayHaveExecuted }) => mayHaveExecuted),
      retryAfter: longest(...all.map(({ retryAfter }) => retryAfter)),
    }
  );
}
