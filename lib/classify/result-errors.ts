import { read } from '../errors/safe-read.js';
import type { Platform } from '../errors/service-error.js';
import { isBlocked } from './gemini.js';
import { isPartialFailure } from './google-ads-failure.js';
import { isToolFailure } from './mcp.js';
import { isGraphFailure } from './meta.js';
import { isTiktokFailure } from './tiktok.js';

/** Tells whether what a call has resolved with says that it failed. */
export type ResultTest = (value: unknown) => boolean;

/** What tells a failure from a success, where a platform or its SDK answers both alike. */
const TESTS: ReadonlyMap<string, (body: object) => boolean> = new Map([
  ['tiktok', isTiktokFailure],
  ['mcp', isToolFailure],
  ['meta', isGraphFailure],
  ['google', isPartialFailure],
  ['gemini', isBlocked],
]);

/** Platforms whose failures are looked for unless the call says otherwise. */
const BY_DEFAULT: readonly (Platform | undefined)[] = ['tiktok', 'mcp'];

/**
 * The test of a call's results, or undefined where they are not looked at.
 *
 * @param resultErrors what the call says; where it says nothing, its platform decides
 */
export function resultTestOf(
  platform: Platform | undefined,
  resultErrors = BY_DEFAULT.includes(platform),
): ResultTest | undefined {
  const isFailure = resultErrors ? TESTS.get(platform ?? '') : undefined;
  return isFailure && ((value) => says(value, isFailure));
}

function says(value: unknown, isFailure: (body: object) => boolean): boolean {
  try {
    return bodiesOfResult(value).some(isFailure);
  } catch {
    return false; // a Proxy that was revoked
  }
}

/** The result itself, and its body where it is the response of an HTTP client such as axios. */
function bodiesOfResult(value: unknown): object[] {
  const isResponse = read(value, 'status') !== undefined && read(value, 'headers') !== undefined;
  const candidates = [value, read(value, isResponse ? 'data' : '_data')];
  return candidates.filter((each): each is object => typeof each === 'object' && each !== null);
}
