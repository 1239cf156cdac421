import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { classifyError, createErrorResponse } from '../../../lib/index.js';
import { verdictOn, type Verdict } from './verdict.js';
import { inEveryWrapping, WRAPPINGS } from './wrappings.js';

const GEMINI = { platform: 'gemini' };

const LIMIT: Verdict = ['API_RATE_LIMIT', 'again', 'not executed'];
const QUOTA: Verdict = ['AI_MODEL_QUOTA_EXCEEDED', 'final', 'not executed'];
const FAILED: Verdict = ['AI_MODEL_FAILED', 'again', 'may have executed'];
const TIMEOUT: Verdict = ['AI_MODEL_TIMEOUT', 'again', 'may have executed'];
const REFUSED: Verdict = ['AI_MODEL_FAILED', 'final', 'not executed'];
const BLOCKED: Verdict = ['AI_MODEL_FAILED', 'final', 'may have executed'];

const body = (code: number, status: string, message = 'x', details?: readonly object[]) => ({
  error: { code, message, status, ...(details === undefined ? {} : { details }) },
});
const quota = (ids: readonly string[], retryDelay?: string, quotaValue = '20') => [
  {
    '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
    violations: ids.map((quotaId) => ({ quotaId, quotaMetric: 'generate_requests', quotaValue })),
  },
  ...(retryDelay === undefined
    ? []
    : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }]),
];
const apiError = (message: string, status: number) =>
  Object.assign(new Error(message), { name: 'ApiError', status });

const PER_MINUTE = 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier';
const PER_DAY = 'GenerateRequestsPerDayPerProjectPerModel-FreeTier';

const ANSWERS: readonly (readonly [code: number, status: string, Verdict, message?: string])[] = [
  [400, 'INVALID_ARGUMENT', REFUSED, 'API key not valid. Please pass a valid API key.'],
  [400, 'FAILED_PRECONDITION', REFUSED],
  [401, 'UNAUTHENTICATED', REFUSED],
  [403, 'PERMISSION_DENIED', REFUSED],
  [404, 'NOT_FOUND', REFUSED],
  [429, 'RESOURCE_EXHAUSTED', LIMIT, 'Resource has been exhausted (e.g. check quota).'],
  [429, 'Too Many Requests', LIMIT],
  [429, 'RESOURCE_EXHAUSTED', QUOTA, 'Quota exceeded: free_tier_requests, limit: 0, model: x'],
  [429, 'RESOURCE_EXHAUSTED', LIMIT, 'Quota exceeded: free_tier_requests, limit: 05'],
  [429, 'RESOURCE_EXHAUSTED', QUOTA, 'Requests per day exceeded'],
  [408, 'x', TIMEOUT],
  [499, 'CANCELLED', BLOCKED],
  [500, 'DATA_LOSS', FAILED],
  [500, 'INTERNAL', FAILED],
  [503, 'UNAVAILABLE', FAILED, 'The model is overloaded. Please try again later.'],
  [504, 'DEADLINE_EXCEEDED', TIMEOUT],
];
const rows = ANSWERS.map(([code, status, verdict, message]) => ({
  code,
  status,
  verdict,
  message,
}));

describe('an answer of Gemini', () => {
  it.each(inEveryWrapping(rows))(
    '$code $status ($message) says what went wrong as $wrapping',
    ({ code, status, message, verdict, wrap }) => {
      const reply = { status: code, body: body(code, status, message) };
      expect(verdictOn(wrap(reply), GEMINI)).toEqual(verdict);
    },
  );

  it.each(rows)(
    '$code $status ($message) is read from the message of an ApiError, in each of its forms',
    ({ code, status, message, verdict }) => {
      const json = JSON.stringify(body(code, status, message), null, 2);
      const inJson = JSON.stringify({ error: { message: json, code, status: 'x' } });
      for (const form of [json, inJson, `got status: ${status}. ${json}`]) {
        expect(verdictOn(apiError(form, code), GEMINI)).toEqual(verdict);
      }
    },
  );

  it('may be a page, as text of the error inside the message', () => {
    const message = (code: number) =>
      JSON.stringify({ error: { message: '<html>x</html>', code, status: 'Service Unavailable' } });
    expect(verdictOn(apiError(message(503), 503), GEMINI)).toEqual(FAILED);
    expect(verdictOn(apiError(message(429), 429), GEMINI)).toEqual(LIMIT);
  });

  it('may be long, inside the message of the error inside the message', () => {
    const details = [{ pad: 'x'.repeat(3000) }, ...quota([PER_DAY], '11s')];
    const inner = JSON.stringify(body(429, 'RESOURCE_EXHAUSTED', 'x', details));
    const message = JSON.stringify({ error: { message: inner, code: 429, status: 'x' } });
    expect(verdictOn(apiError(message, 429), GEMINI)).toEqual(QUOTA);
  });

  it('of a gateway leaves the status to say what went wrong', () => {
    for (const status of ['error', 'BAD_GATEWAY']) {
      const reply = { status: 503, body: { error: { status, message: 'x' } } };
      expect(verdictOn(WRAPPINGS['an AxiosError']?.(reply), GEMINI)).toEqual(FAILED);
    }
  });

  it('goes to the details by its name', () => {
    const known = classifyError(apiError(JSON.stringify(body(500, 'INTERNAL')), 500), GEMINI);
    expect(known?.details).toEqual({ platform_code: 'INTERNAL' });
    const reasons = [{ reason: 'API_KEY_INVALID', domain: 'googleapis.com' }];
    const badKey = apiError(JSON.stringify(body(400, 'INVALID_ARGUMENT', 'x', reasons)), 400);
    expect(classifyError(badKey, GEMINI)?.details).toEqual({ platform_code: 'API_KEY_INVALID' });
  });

  it('whose name is a text of any kind keeps it to itself', () => {
    for (const status of ['Service Unavailable', 'see https://x.test', 'A'.repeat(201), 'a.b']) {
      const known = classifyError(apiError(JSON.stringify(body(503, status)), 503), GEMINI);
      expect(known?.details).toEqual({});
    }
  });
});

describe('a quota', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-07-01T05:30:00Z') });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const exceeded = (details: readonly object[], headers = {}) => {
    const reply = { status: 429, headers, body: body(429, 'RESOURCE_EXHAUSTED', 'x', details) };
    return classifyError(WRAPPINGS['an AxiosError']?.(reply), GEMINI);
  };

  it('of a minute is waited for as long as RetryInfo says', () => {
    expect(exceeded(quota([PER_MINUTE], '34s'))).toMatchObject({
      type: 'API_RATE_LIMIT',
      retryable: true,
      retryAfter: 34,
    });
    expect(exceeded(quota([PER_MINUTE], '34.074824224s'))?.retryAfter).toBe(34.074824224);
  });

  it('is waited for as long as the longer of two statements says', () => {
    expect(exceeded(quota([PER_MINUTE], '34s'), { 'retry-after': '60' })?.retryAfter).toBe(60);
    expect(exceeded(quota([PER_MINUTE], '34s'), { 'retry-after': '10' })?.retryAfter).toBe(34);
  });

  it('of a day is used up until midnight in California, whatever RetryInfo says', () => {
    for (const ids of [[PER_DAY], [PER_MINUTE, PER_DAY], ['requests_per_day']]) {
      const known = exceeded(quota(ids, '11s'));
      expect(known).toMatchObject({ type: 'AI_MODEL_QUOTA_EXCEEDED', retryable: false });
      expect([known?.retryAfter, known?.details['retry_after']]).toEqual([undefined, 5400]);
      expect(createErrorResponse({ error: known })).toMatchObject({
        retry_allowed: false,
        retry_after: 5400,
      });
    }
  });

  it('of nothing is a model that the plan does not have: it is not renewed', () => {
    const known = exceeded(quota([PER_DAY], '11s', '0'));
    expect(known?.type).toBe('AI_MODEL_QUOTA_EXCEEDED');
    expect(known?.details).not.toHaveProperty('retry_after');
  });
});

describe('what the model would not say', () => {
  it.each([
    { promptFeedback: { blockReason: 'SAFETY' } },
    { candidates: [{ finishReason: 'PROHIBITED_CONTENT' }] },
  ])('is final, and was paid for: %j', (answer) => {
    expect(verdictOn(answer, GEMINI)).toEqual(BLOCKED);
  });

  it.each([
    { candidates: [{ finishReason: 'STOP' }] },
    { candidates: [{ finishReason: 'MAX_TOKENS' }] },
    { candidates: [] },
    { promptFeedback: {} },
  ])('is nothing where it said something: %j', (answer) => {
    expect(verdictOn(answer, GEMINI)).toBeUndefined();
  });
});

describe('an error of @google/genai without an answer', () => {
  it.each([
    [new DOMException('This operation was aborted', 'AbortError'), TIMEOUT],
    [new SyntaxError(`Unexpected token '<', "<html>" is not valid JSON`), FAILED],
    [new Error('Request timed out: TimeoutError: x'), TIMEOUT],
    [new Error('Request was aborted.'), ['CANCELLED', 'final', 'may have executed']],
    [new Error('Request aborted by client: x'), ['CANCELLED', 'final', 'may have executed']],
    [new Error('Retryable HTTP Error: Too Many Requests'), LIMIT],
    [new Error('Retryable HTTP Error: Service Unavailable'), FAILED],
    [new Error('Retryable HTTP Error: Gateway Timeout'), TIMEOUT],
    [new Error('Non-retryable exception Bad Request sending request'), REFUSED],
    [
      new TypeError('fetch failed', {
        cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
      }),
      ['AI_MODEL_FAILED', 'again', 'not executed'],
    ],
    [
      new TypeError('fetch failed', {
        cause: Object.assign(new Error('x'), { code: 'UND_ERR_SOCKET' }),
      }),
      FAILED,
    ],
  ] as const)('is what its kind says: %s', (error, verdict) => {
    expect(verdictOn(error, GEMINI)).toEqual(verdict);
  });

  it('has its headers where the interactions API threw it', () => {
    const error = Object.assign(new Error('429 {"error":{"code":"rate_limit_exceeded"}}'), {
      status: 429,
      headers: new Headers({ 'retry-after': '7' }),
      error: { error: { code: 'rate_limit_exceeded', message: 'slow down' } },
    });
    expect(verdictOn(error, GEMINI)).toEqual(LIMIT);
    expect(classifyError(error, GEMINI)?.retryAfter).toBe(7);
  });
});
