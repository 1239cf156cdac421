import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { classifyError, createErrorResponse } from '../../../lib/index.js';
import {
  SERVICE_BUSY,
  CREATIVE_REJECTED,
  PERMISSION_DENIED,
  SERVICE_FAILED,
  FETCH,
  INVALID_INPUT,
  THROTTLED,
  NO_ANSWER,
  TOKEN_INVALID,
  UNLISTED,
  verdictOn,
  type Verdict,
} from './verdict.js';
import { inEveryWrapping, WRAPPINGS } from './wrappings.js';

const TIKTOK = { platform: 'tiktok' };

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
  [40103, TOKEN_INVALID],
  [40104, TOKEN_INVALID],
  [40105, TOKEN_INVALID],
  [40107, TOKEN_INVALID],
  [40110, TOKEN_INVALID],
  [40001, PERMISSION_DENIED],
  [40003, PERMISSION_DENIED],
  [40101, PERMISSION_DENIED, 'Invalid app ID or secret'],
  [40113, PERMISSION_DENIED],
  [40117, PERMISSION_DENIED],
  [40118, PERMISSION_DENIED],
  [40124, PERMISSION_DENIED],
  [40125, PERMISSION_DENIED],
  [40130, PERMISSION_DENIED],
  [40301, PERMISSION_DENIED],
  [41000, PERMISSION_DENIED],
  [40002, PERMISSION_DENIED, 'No permission to operate advertiser 123'],
  [40000, INVALID_INPUT],
  [40002, INVALID_INPUT, 'bid: must be a number'],
  [40006, INVALID_INPUT],
  [40008, INVALID_INPUT],
  [40050, INVALID_INPUT],
  [40060, INVALID_INPUT],
  [40300, INVALID_INPUT],
  [40502, INVALID_INPUT],
  [40900, INVALID_INPUT],
  [40999, INVALID_INPUT],
  [40902, FETCH],
  [40913, FETCH],
  [40016, THROTTLED],
  [40100, THROTTLED],
  [40132, THROTTLED],
  [40133, THROTTLED],
  [51021, THROTTLED],
  [61000, THROTTLED],
  [40101, THROTTLED, 'Requests made too frequently'],
  [40102, THROTTLED, 'Requests made too frequently for a certain field value'],
  [40201, SERVICE_BUSY],
  [40202, SERVICE_BUSY],
  [40200, SERVICE_FAILED],
  [50000, SERVICE_FAILED],
  [50002, SERVICE_FAILED],
  [51000, SERVICE_FAILED],
  [51099, SERVICE_FAILED],
  [51305, SERVICE_FAILED],
  [52001, SERVICE_FAILED],
  [53999, SERVICE_FAILED],
  [60001, SERVICE_FAILED],
  [51010, NO_ANSWER],
  [52103, NO_ANSWER],
  [52202, NO_ANSWER],
  [51039, NO_ANSWER, 'internal service timeout'],
  [51001, NO_ANSWER, 'The service timed out'],
  [40904, CREATIVE_REJECTED],
  [40916, CREATIVE_REJECTED],
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
    expect(verdictOn(thrown(body(40105), status), TIKTOK)).toEqual(TOKEN_INVALID);
  });

  it('may be written as text', () => {
    expect(verdictOn(thrown(body('40100')), TIKTOK)).toEqual(THROTTLED);
  });

  it.each([0, null, 'x', 40_001.5])('is none where it is %j: the status has to tell', (code) => {
    expect(verdictOn(thrown(body(code), 503), TIKTOK)).toEqual(SERVICE_FAILED);
    expect(verdictOn(thrown(body(code)), TIKTOK)).toBeUndefined();
  });

  it.each([5, 404, 19_999, 100_000, -1])(
    'that nobody knows leaves the status to say whether TikTok failed: %j',
    (code) => {
      expect(verdictOn(thrown(body(code), 503), TIKTOK)).toEqual(SERVICE_FAILED);
      expect(verdictOn(thrown(body(code)), TIKTOK)).toEqual(UNLISTED);
      expect(verdictOn(thrown({ code, message: 'x' }), TIKTOK)).toBeUndefined();
    },
  );

  it.each(['40001', '53300', '23505'])('is not that of a database: %s', (code) => {
    expect(
      verdictOn(Object.assign(new Error('could not serialize'), { code }), TIKTOK),
    ).toBeUndefined();
  });

  it('is the reason of a rejected creative, as text', () => {
    const known = classifyError(thrown(body(40904)), TIKTOK);
    expect([known?.details['reason'], known?.details['platform_code']]).toEqual(['40904', 40904]);
  });

  it('needs no message where there is the id of the request', () => {
    expect(verdictOn(thrown({ ...body(40105), message: null }), TIKTOK)).toEqual(TOKEN_INVALID);
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
    expect(saying(message)).toEqual(THROTTLED);
    expect(classifyError(new Error(message), TIKTOK)?.details).toEqual({
      platform_code: 40100,
      platform_request_id: '20261123',
    });
  });

  it('is not read in its middle', () => {
    const id = '2026112340105000';
    expect(saying(`request_id:${id} message: code: 40105 is not 40100 code: 40002`)).toEqual(
      INVALID_INPUT,
    );
    expect(saying('request_id:1 message: a\nb code: 40105')).toEqual(TOKEN_INVALID);
  });

  it('may be long', () => {
    expect(saying(`request_id:1 message: ${'x'.repeat(5000)} code: 40105`)).toEqual(TOKEN_INVALID);
    expect(saying(`Error Code: 40105, message: ${'x'.repeat(5000)}`)).toEqual(TOKEN_INVALID);
  });

  it('without a code comes of a page', () => {
    expect(saying('request_id:undefined message: undefined code: undefined')).toEqual(
      SERVICE_FAILED,
    );
  });

  it('of the Python SDK begins with the code', () => {
    expect(saying('Error Code: 40001, message: No permission, request_id: 2026')).toEqual(
      PERMISSION_DENIED,
    );
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
    expect(verdictOn(wrap({ status: 504, body: '<html>504</html>' }), TIKTOK)).toEqual(
      SERVICE_FAILED,
    );
  });
});
