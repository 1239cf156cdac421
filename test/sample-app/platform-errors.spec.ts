import { describe, expect, it } from 'vitest';
import { googleError } from '../../sample-app/adapters/google.errors.js';
import { metaError } from '../../sample-app/adapters/meta.errors.js';
import { tiktokError } from '../../sample-app/adapters/tiktok.errors.js';
import { geminiError } from '../../sample-app/ai/gemini.errors.js';
import type { Reply } from '../../sample-app/http/exchange.js';

function reply(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return { status, body, headers: new Headers(headers) };
}

const meta = (code: number, error_subcode?: number, headers?: Record<string, string>) =>
  metaError(reply(400, { error: { message: 'x', code, error_subcode } }, headers));
const tiktok = (code: number) => tiktokError(reply(200, { code, message: 'x', request_id: '1' }));
const google = (status: number, category: string, name: string, details?: object) =>
  googleError(
    reply(status, {
      error: {
        code: status,
        details: [{ errors: [{ errorCode: { [category]: name }, message: 'x', details }] }],
      },
    }),
  );
const gemini = (status: number, rpcStatus: string, details: object[] = []) =>
  geminiError(reply(status, { error: { message: 'x', status: rpcStatus, details } }));

describe('what a platform says', () => {
  it.each<[string, unknown, Record<string, unknown>]>([
    ['an expired session', meta(190, 463), { type: 'TOKEN_EXPIRED' }],
    ['a changed password', meta(190, 460), { type: 'TOKEN_INVALID' }],
    ['a missing permission', meta(200), { type: 'PERMISSION_DENIED' }],
    ['no payment method', meta(100, 1_359_188), { type: 'BUDGET_INSUFFICIENT' }],
    ['a rejected ad', meta(100, 2_490_427), { type: 'CREATIVE_REJECTED' }],
    ['a wrong parameter', meta(100), { type: 'VALIDATION_ERROR' }],
    ['a throttle without a wait', meta(17), { type: 'API_RATE_LIMIT', retryAfter: undefined }],
    [
      'a throttle of seven minutes',
      meta(80_004, 2_446_079, {
        'x-business-use-case-usage': '{"1":[{"estimated_time_to_regain_access":7}]}',
      }),
      { type: 'API_RATE_LIMIT', retryAfter: 420 },
    ],
    ['a code nobody knows', meta(4711), { type: 'AD_PLATFORM_ERROR', retryable: false }],
    ['a JSON of something else', metaError(reply(502, {})), { status: 502 }],
  ])('Meta: %s', (_, error, expected) => {
    expect(error).toMatchObject(expected);
  });

  it.each<[number, string]>([
    [40_102, 'TOKEN_EXPIRED'],
    [40_105, 'TOKEN_INVALID'],
    [40_001, 'PERMISSION_DENIED'],
    [40_100, 'API_RATE_LIMIT'],
    [40_904, 'CREATIVE_REJECTED'],
    [50_000, 'PLATFORM_SERVICE_ERROR'],
    [99_999, 'AD_PLATFORM_ERROR'],
  ])('TikTok: HTTP 200 and code %d', (code, type) => {
    expect(tiktok(code)).toMatchObject({ type, details: { platform_code: code } });
  });

  it.each<[string, unknown, Record<string, unknown>]>([
    [
      'an expired token',
      google(401, 'authenticationError', 'OAUTH_TOKEN_EXPIRED'),
      { type: 'TOKEN_EXPIRED' },
    ],
    [
      'a revoked token',
      google(401, 'authenticationError', 'OAUTH_TOKEN_REVOKED'),
      { type: 'TOKEN_INVALID' },
    ],
    [
      'a quota with a wait',
      google(429, 'quotaError', 'RESOURCE_EXHAUSTED', {
        quotaErrorDetails: { retryDelay: '30s' },
      }),
      { type: 'API_RATE_LIMIT', retryAfter: 30 },
    ],
    [
      'a quota without one',
      google(429, 'quotaError', 'RESOURCE_EXHAUSTED'),
      { type: 'API_RATE_LIMIT', retryAfter: undefined },
    ],
    [
      'a policy finding',
      google(400, 'policyFindingError', 'POLICY_FINDING'),
      { type: 'CREATIVE_REJECTED', details: { reason: 'POLICY_FINDING' } },
    ],
    [
      'anything else that is 400',
      google(400, 'fieldError', 'REQUIRED'),
      { type: 'VALIDATION_ERROR' },
    ],
    [
      'a failure without details',
      googleError(reply(503, { error: { code: 503 } })),
      { status: 503 },
    ],
  ])('Google: %s', (_, error, expected) => {
    expect(error).toMatchObject(expected);
  });

  it.each<[string, unknown, Record<string, unknown>]>([
    ['an overload', gemini(503, 'UNAVAILABLE'), { type: 'AI_MODEL_FAILED', retryable: true }],
    ['a bad key', gemini(400, 'INVALID_ARGUMENT'), { type: 'AI_MODEL_FAILED', retryable: false }],
    ['its own limit', gemini(504, 'DEADLINE_EXCEEDED'), { type: 'AI_MODEL_TIMEOUT' }],
    [
      'a quota of the day',
      gemini(429, 'RESOURCE_EXHAUSTED', [
        { violations: [{ quotaId: 'RequestsPerMinute' }, { quotaId: 'RequestsPerDay' }] },
        { retryDelay: '12s' },
      ]),
      { type: 'AI_MODEL_QUOTA_EXCEEDED', retryable: false, retryAfter: undefined },
    ],
    [
      'a quota of the minute',
      gemini(429, 'RESOURCE_EXHAUSTED', [
        { violations: [{ quotaId: 'RequestsPerMinute' }] },
        { retryDelay: '34.5s' },
      ]),
      { type: 'API_RATE_LIMIT', retryAfter: 34.5 },
    ],
  ])('Gemini: %s', (_, error, expected) => {
    expect(error).toMatchObject(expected);
  });

  it('is no error where it went well', () => {
    expect(metaError(reply(200, { id: '1' }))).toBeUndefined();
    expect(tiktokError(reply(200, { code: 0, data: {} }))).toBeUndefined();
    expect(googleError(reply(200, { results: [] }))).toBeUndefined();
    expect(geminiError(reply(200, { candidates: [] }))).toBeUndefined();
  });
});
