import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { classifyError, createErrorResponse } from '../../../lib/index.js';
import { verdictOn, type Verdict } from './verdict.js';
import { inEveryWrapping, WRAPPINGS } from './wrappings.js';

const TIKTOK = { platform: 'tiktok' };

const TOKEN: Verdict = ['TOKEN_INVALID', 'final', 'not executed'];
const DENIED: Verdict = ['PERMISSION_DENIED', 'final', 'not executed'];
const INPUT: Verdict = ['VALIDATION_ERROR', 'final', 'not executed'];
const FETCH: Verdict = ['VALIDATION_ERROR', 'again', 'not executed'];
const LIMIT: Verdict = ['API_RATE_LIMIT', 'again', 'not executed'];
const BUSY: Verdict = ['PLATFORM_SERVICE_ERROR', 'again', 'not executed'];
const FAILED: Verdict = ['PLATFORM_SERVICE_ERROR', 'again', 'may have executed'];
const TIMEOUT: Verdict = ['PLATFORM_TIMEOUT', 'again', 'may have executed'];
const CREATIVE: Verdict = ['CREATIVE_REJECTED', 'final', 'not executed'];
const UNLISTED: Verdict = ['AD_PLATFORM_ERROR', 'final', 'may have executed'];

const body = (code: unknown, message = 'x') => ({
  code,
  message,
  request_id: '20261123',
  data: {},
});
const thrown = (content: unknown, status = 200) =>
  WRAPPINGS['an AxiosError']?.({ status, body: content });

/** TikTok's return codes, and what they mean to a caller. */
const CODES: readonly (readonly [code: number, Verdict, message?: string])[] = [
  [40102, ['TOKEN_EXPIRED', 'final', 'not executed'], 'Access token has expired'],
  [40103, TOKEN],
  [40104, TOKEN],
  [40105, TOKEN],
  [40107, TOKEN],
  [40110, TOKEN],
  [40001, DENIED],
  [40003, DENIED],
  [40101, DENIED, 'Invalid app ID or secret'],
  [40113, DENIED],
  [40117, DENIED],
  [40118, DENIED],
  [40124, DENIED],
  [40125, DENIED],
  [40130, DENIED],
  [40301, DENIED],
  [41000, DENIED],
  [40002, DENIED, 'No permission to operate advertiser 123'],
  [40000, INPUT],
  [40002, INPUT, 'bid: must be a number'],
  [40006, INPUT],
  [40008, INPUT],
  [40050, INPUT],
  [40060, INPUT],
  [40300, INPUT],
  [40502, INPUT],
  [40900, INPUT],
  [40999, INPUT],
  [40902, FETCH],
  [40913, FETCH],
  [40016, LIMIT],
  [40100, LIMIT],
  [40132, LIMIT],
  [40133, LIMIT],
  [51021, LIMIT],
  [61000, LIMIT],
  [40101, LIMIT, 'Requests made too frequently'],
  [40102, LIMIT, 'Requests made too frequently for a certain field value'],
  [40201, BUSY],
  [40202, BUSY],
  [40200, FAILED],
  [50000, FAILED],
  [50002, FAILED],
  [51000, FAILED],
  [51099, FAILED],
  [51305, FAILED],
  [52001, FAILED],
  [53999, FAILED],
  [60001, FAILED],
  [51010, TIMEOUT],
  [52103, TIMEOUT],
  [52202, TIMEOUT],
  [51039, TIMEOUT, 'internal service timeout'],
  [51001, TIMEOUT, 'The service timed out'],
  [40904, CREATIVE],
  [40916, CREATIVE],
  [20001, ['VALIDATION_ERROR', 'final', 'may have executed']],
  [20002, UNLISTED],
  [42000, UNLISTED],
  [54000, UNLISTED],
  [62000, UNLISTED],
];

describe('a return code of TikTok', () => {
  it.each(inEveryWrapping(CODES.map(([code, verdict, message]) => ({ code, verdict, message }))))(
    '$code ($message) says what went wrong as $wrapping',
    ({ code, verdict, message, wrap }) => {
      expect(verdictOn(wrap({ status: 200, body: body(code, message) }), TIKTOK)).toEqual(verdict);
    },
  );

  it.each([401, 429, 500, 504])('counts more than the HTTP status it comes with: %i', (status) => {
    expect(verdictOn(thrown(body(40105), status), TIKTOK)).toEqual(TOKEN);
  });

  it('may be written as text', () => {
    expect(verdictOn(thrown(body('40100')), TIKTOK)).toEqual(LIMIT);
  });

  it.each([0, null, 'x', 40_001.5])('is none where it is %j: the status has to tell', (code) => {
    expect(verdictOn(thrown(body(code), 503), TIKTOK)).toEqual(FAILED);
    expect(verdictOn(thrown(body(code)), TIKTOK)).toBeUndefined();
  });

  it.each([5, 404, 19_999, 100_000, -1])(
    'that nobody knows leaves the status to say whether TikTok failed: %j',
    (code) => {
      expect(verdictOn(thrown(body(code), 503), TIKTOK)).toEqual(FAILED);
      expect(verdictOn(thrown(body(code)), TIKTOK)).toEqual(UNLISTED);
      expect(verdictOn(thrown({ code, message: 'x' }), TIKTOK)).toBeUndefined();
    },
  );

  it.each(['40001', '53300', '23505'])('is not that of a database: %s', (code) => {
    expect(
      verdictOn(Object.assign(new Error('could not serialize'), { code }), TIKTOK),
    ).toBeUndefined();
  });

  it('needs no message where there is the id of the request', () => {
    expect(verdictOn(thrown({ ...body(40105), message: null }), TIKTOK)).toEqual(TOKEN);
  });

  it('goes to the details, with the id of the request', () => {
    const known = classifyError(thrown(body(40105, 'Access token is incorrect')), TIKTOK);
    expect(known?.details).toEqual({ platform_code: 40105, platform_request_id: '20261123' });
    expect(known?.message).toBe('Access token is incorrect');
  });
});

describe('a limit', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-29T23:00:00Z') });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const known = (message: string) => classifyError(thrown(body(40100, message)), TIKTOK);

  it('of a second states no wait', () => {
    const error = known('App reaches the QPS limit 20');
    expect([error?.retryable, error?.retryAfter, error?.details['retry_after']]).toEqual([
      true,
      undefined,
      undefined,
    ]);
  });

  it('of a minute lasts five', () => {
    const error = known('App reaches the QPM limit 600');
    expect([error?.retryable, error?.retryAfter]).toEqual([true, 300]);
  });

  it('of a day is not retried, and is over at midnight UTC', () => {
    for (const message of ['App reaches the QPD limit', 'Reached the daily limit', '9 per day']) {
      const error = known(message);
      expect([error?.retryable, error?.retryAfter, error?.details['retry_after']]).toEqual([
        false,
        undefined,
        3600,
      ]);
      expect(createErrorResponse({ error })).toMatchObject({
        retry_allowed: false,
        retry_after: 3600,
        error: { details: { retry_after: 3600 } },
      });
    }
  });

  it('of the edge is what its headers say', () => {
    const reply = { status: 429, headers: { 'Retry-After': '30' }, body: '<html>429</html>' };
    const error = classifyError(WRAPPINGS['an AxiosError']?.(reply), TIKTOK);
    expect([error?.type, error?.retryAfter]).toEqual(['API_RATE_LIMIT', 30]);
  });
});

describe('a text of the SDK', () => {
  const saying = (message: string) => verdictOn(new Error(message), TIKTOK);

  it('says the code at its end', () => {
    const message = 'request_id:20261123 message: App reaches the QPS limit 20 code: 40100';
    expect(saying(message)).toEqual(LIMIT);
    expect(classifyError(new Error(message), TIKTOK)?.details).toEqual({
      platform_code: 40100,
      platform_request_id: '20261123',
    });
  });

  it('is not read in its middle', () => {
    const id = '2026112340105000';
    expect(saying(`request_id:${id} message: code: 40105 is not 40100 code: 40002`)).toEqual(INPUT);
    expect(saying('request_id:1 message: a\nb code: 40105')).toEqual(TOKEN);
  });

  it('may be long', () => {
    expect(saying(`request_id:1 message: ${'x'.repeat(5000)} code: 40105`)).toEqual(TOKEN);
    expect(saying(`Error Code: 40105, message: ${'x'.repeat(5000)}`)).toEqual(TOKEN);
  });

  it('without a code comes of a page', () => {
    expect(saying('request_id:undefined message: undefined code: undefined')).toEqual(FAILED);
  });

  it('of the Python SDK begins with the code', () => {
    expect(saying('Error Code: 40001, message: No permission, request_id: 2026')).toEqual(DENIED);
  });

  it.each(['code: 40100', 'message: x code: 40100', 'request_id:1 message: x code: 401', '40105'])(
    'is no other text: %s',
    (message) => {
      expect(saying(message)).toBeUndefined();
    },
  );
});

describe('a page of a proxy', () => {
  it.each(Object.entries(WRAPPINGS))('is a failure of the platform as %s', (_, wrap) => {
    expect(verdictOn(wrap({ status: 504, body: '<html>504</html>' }), TIKTOK)).toEqual(FAILED);
  });
});
