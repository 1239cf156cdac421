import { read } from '../errors/safe-read.js';
import type { Platform } from '../errors/service-error.js';
import { classifyError } from './classify-error.js';
import { isToolFailure } from './mcp.js';
import { isTiktokFailure } from './tiktok.js';

/** Tells whether what a call has resolved with says that it failed. */
export type ResultTest = (value: unknown) => boolean;

/** Platforms that answer a failure like a success, and what tells the two apart beyond doubt. */
const BY_DEFAULT: ReadonlyMap<string, (body: object) => boolean> = new Map([
  ['tiktok', isTiktokFailure],
  ['mcp', isToolFailure],
]);

/**
 * The test of a call's results, or undefined where they are not looked at.
 *
 * @param resultErrors what the call says; where it says nothing, its platform decides
 */
export function resultTestOf(
  platform: Platform | undefined,
  resultErrors: boolean | undefined,
): ResultTest | undefined {
  if (platform === undefined || resultErrors === false) return undefined;
  const isFailure = BY_DEFAULT.get(platform);
  if (isFailure !== undefined) return (value) => bodiesOfResult(value).some(isFailure);
  if (resultErrors === undefined) return undefined;
  return (value) => typeof value === 'object' && classifyError(value, { platform }) !== undefined;
}

/** The result itself, and its body where it is the response of an HTTP client such as axios. */
function bodiesOfResult(value: unknown): object[] {
  const isResponse = read(value, 'status') !== undefined && read(value, 'headers') !== undefined;
  const candidates = [value, isResponse ? read(value, 'data') : undefined];
  return candidates.filter((each): each is object => typeof each === 'object' && each !== null);
}
