import { AI_MODEL, familyOf } from '../classify/family.js';
import type { KnownErrorType } from '../errors/error-types.js';
import type { Platform } from '../errors/service-error.js';
import type { MethodOptions } from '../method-options.js';

type Types = readonly KnownErrorType[];

/** What is known of any HTTP API by its status and the network alone. */
const ANY_API: Types = ['VALIDATION_ERROR', 'TOKEN_INVALID', 'PERMISSION_DENIED', 'API_RATE_LIMIT'];
const OTHER_PLATFORM: Types = [
  ...ANY_API,
  'AD_PLATFORM_ERROR',
  'PLATFORM_SERVICE_ERROR',
  'CONNECTION_FAILED',
  'PLATFORM_TIMEOUT',
];
const UNNAMED: Types = [...ANY_API, 'CONNECTION_FAILED', 'SERVICE_UNAVAILABLE', 'TIMEOUT'];
const AI: Types = ['API_RATE_LIMIT', 'AI_MODEL_FAILED', 'AI_MODEL_TIMEOUT'];
const TIKTOK: Types = ['TOKEN_EXPIRED', 'CREATIVE_REJECTED', ...OTHER_PLATFORM];
const MCP: Types = ['API_RATE_LIMIT', 'MCP_CONNECTION_ERROR', 'MCP_TIMEOUT', 'MCP_TOOL_ERROR'];

/**
 * What a call of each platform can end with; its test holds it against the classifiers. CANCELLED is
 * left out: who cancels a call does not wait for its answer.
 */
export const TYPES_OF_PLATFORM: ReadonlyMap<Platform, Types> = new Map<Platform, Types>([
  ['meta', [...TIKTOK, 'BUDGET_INSUFFICIENT']],
  ['tiktok', TIKTOK],
  ['google', [...TIKTOK, 'BUDGET_INSUFFICIENT']],
  ['mcp', MCP],
  ['gemini', [...AI, 'AI_MODEL_QUOTA_EXCEEDED']],
]);

/** Of a platform, or of an operation without one. */
export function typesOfPlatform(platform: Platform | undefined, operation?: string): Types {
  const known = TYPES_OF_PLATFORM.get(platform ?? '');
  if (known !== undefined) return known;
  if (platform !== undefined) return OTHER_PLATFORM;
  if (operation === 'mcp_call') return MCP;
  return familyOf({ operation }) === AI_MODEL ? AI : UNNAMED;
}

/**
 * What a call of a method can end with, each type with a platform that it can come from.
 *
 * @param named the platforms that a function of the arguments can name. Default: all known ones
 */
export function typesOfMethod(
  method: MethodOptions,
  named: readonly Platform[] = [...TYPES_OF_PLATFORM.keys()],
): ReadonlyMap<KnownErrorType, Platform | undefined> {
  const { platform, operation, idempotent, reconcile, recover, through, park } = method;
  const platforms = typeof platform === 'function' ? named : [platform];
  const types = new Map<KnownErrorType, Platform | undefined>();
  for (const each of platforms) {
    const own: KnownErrorType[] = [];
    // What `recover` gives takes the place of all errors but these.
    if (park !== undefined) own.push('PARKED');
    if (idempotent === false || reconcile !== undefined) own.push('OUTCOME_UNKNOWN');
    if (recover === undefined) own.push(...typesOfPlatform(each, operation));
    if (recover === undefined && through !== undefined) own.push('SERVICE_UNAVAILABLE');
    for (const type of own) if (!types.has(type)) types.set(type, each);
  }
  return types;
}
