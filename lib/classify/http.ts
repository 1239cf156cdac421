import { AI_MODEL, MCP, type ErrorHint, type Family } from './family.js';
import type { HttpFailure } from './failure.js';
import type { Finding } from './finding.js';
import { resetSeconds, retryAfterSeconds } from './retry-after.js';

/** What the status of a response says where the platform itself says no more (RFC 9110, 15). */
export function httpFindingOf(
  http: HttpFailure,
  family: Family,
  hint: ErrorHint,
  now: number,
): Finding | undefined {
  const { status, header } = http;
  const retryAfter = retryAfterSeconds(header, now);
  if (status === 429) {
    return { type: 'API_RATE_LIMIT', retryAfter: retryAfter ?? resetSeconds(header, now) };
  }
  if (status >= 500) return serverError(status, family, retryAfter);
  if (status === 408) return { type: family.timeout, retryAfter };
  const type = refusal(http, family, hint);
  return type && { type, retryable: false, mayHaveExecuted: false, retryAfter };
}

function serverError(status: number, family: Family, retryAfter: number | undefined): Finding {
  const isPlatforms = family.serverError === 'PLATFORM_SERVICE_ERROR';
  return {
    type: family.serverError,
    retryAfter,
    ...(isPlatforms ? { statusCode: status } : {}),
  };
}

/** A 4xx: refused before anything was done. */
function refusal(
  { status, isResponse }: HttpFailure,
  family: Family,
  { platform }: ErrorHint,
): Finding['type'] | undefined {
  if (family === AI_MODEL || family === MCP) return family.connection;
  const isPlatforms = platform !== undefined;
  // Authentication middlewares throw such errors about the application's own session.
  if ((status === 401 || status === 403) && !isPlatforms && !isResponse) return undefined;
  if (status === 401) return 'TOKEN_INVALID';
  if (status === 403) return 'PERMISSION_DENIED';
  if ([400, 404, 405, 410, 413, 415, 422].includes(status)) return 'VALIDATION_ERROR';
  return isPlatforms ? 'AD_PLATFORM_ERROR' : undefined;
}
