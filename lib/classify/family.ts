import type { KnownErrorType } from '../errors/error-types.js';
import type { Platform } from '../errors/service-error.js';

/** Whose call failed: decides the class where the fact alone does not. @publicApi */
export interface ErrorHint {
  /** The platform whose API was called: its own codes are understood. */
  platform?: Platform | undefined;
  /** `'ai_generation'` or `'mcp_call'` where no platform is named. */
  operation?: string | undefined;
}

/** The types of the facts that a family of services shares. */
export interface Family {
  readonly timeout: KnownErrorType;
  readonly connection: KnownErrorType;
  readonly serverError: KnownErrorType;
}

export const AI_MODEL: Family = {
  timeout: 'AI_MODEL_TIMEOUT',
  connection: 'AI_MODEL_FAILED',
  serverError: 'AI_MODEL_FAILED',
};
export const MCP: Family = {
  timeout: 'MCP_TIMEOUT',
  connection: 'MCP_CONNECTION_ERROR',
  serverError: 'MCP_CONNECTION_ERROR',
};
const AD_PLATFORM: Family = {
  timeout: 'PLATFORM_TIMEOUT',
  connection: 'CONNECTION_FAILED',
  serverError: 'PLATFORM_SERVICE_ERROR',
};
const UNNAMED: Family = {
  timeout: 'TIMEOUT',
  connection: 'CONNECTION_FAILED',
  serverError: 'SERVICE_UNAVAILABLE',
};

const KNOWN: readonly (Platform | undefined)[] = ['meta', 'tiktok', 'google', 'gemini', 'mcp'];

/** Whether what a platform says itself is understood. */
export function isKnown(platform: Platform | undefined): boolean {
  return KNOWN.includes(platform);
}

export function familyOf({ platform, operation }: ErrorHint): Family {
  if (platform === 'gemini') return AI_MODEL;
  if (platform === 'mcp') return MCP;
  if (platform !== undefined) return AD_PLATFORM;
  if (operation === 'ai_generation') return AI_MODEL;
  if (operation === 'mcp_call') return MCP;
  return UNNAMED;
}
