import { describe, expect, it } from 'vitest';
import { classifyError } from '../../../lib/index.js';
import {
  NO_BUDGET,
  CREATIVE_REJECTED,
  PERMISSION_DENIED,
  TOKEN_EXPIRED,
  SERVICE_FAILED,
  INVALID_INPUT,
  THROTTLED,
  QUOTA_USED_UP,
  TOKEN_INVALID,
  TOO_MUCH,
  UNLISTED,
  verdictOn,
  type Verdict,
} from './verdict.js';
import { inEveryWrapping, WRAPPINGS, type Reply } from './wrappings.js';

const META = { platform: 'meta' };

const error = (code: unknown, subcode?: unknown, rest: object = {}) => ({
  error: {
    message: 'Invalid parameter',
    type: 'OAuthException',
    code,
    ...(subcode === undefined ? {} : { error_subcode: subcode }),
    fbtrace_id: 'AbCdEfGhIjK',
    ...rest,
  },
});
const answer = (body: unknown, headers = {}, status = 400): Reply => ({ status, headers, body });
const thrown = (reply: Reply) => WRAPPINGS['an AxiosError']?.(reply);

/** Codes and subcodes of Meta's documentation, and what they mean to a caller. */
const CODES: readonly (readonly [code: number, subcode: number | undefined, Verdict])[] = [
  [190, 463, TOKEN_EXPIRED],
  [102, 463, TOKEN_EXPIRED],
  [190, 460, TOKEN_INVALID],
  [190, 467, TOKEN_INVALID],
  [190, 458, TOKEN_INVALID],
  [190, 459, TOKEN_INVALID],
  [190, 464, TOKEN_INVALID],
  [190, 492, PERMISSION_DENIED],
  [190, undefined, TOKEN_INVALID],
  [102, undefined, TOKEN_INVALID],
  [3, undefined, PERMISSION_DENIED],
  [10, undefined, PERMISSION_DENIED],
  [200, undefined, PERMISSION_DENIED],
  [278, undefined, PERMISSION_DENIED],
  [299, undefined, PERMISSION_DENIED],
  [200, 1870034, PERMISSION_DENIED],
  [294, undefined, PERMISSION_DENIED],
  [368, undefined, PERMISSION_DENIED],
  [100, 1885183, PERMISSION_DENIED],
  [100, 1404163, PERMISSION_DENIED],
  [100, undefined, INVALID_INPUT],
  [100, 33, INVALID_INPUT],
  [506, undefined, INVALID_INPUT],
  [2635, undefined, INVALID_INPUT],
  [4, undefined, THROTTLED],
  [4, 1504022, THROTTLED],
  [17, undefined, THROTTLED],
  [17, 2446079, THROTTLED],
  [32, undefined, THROTTLED],
  [341, undefined, THROTTLED],
  [613, undefined, THROTTLED],
  [613, 1487742, THROTTLED],
  [613, 1487225, THROTTLED],
  [100, 1404078, THROTTLED],
  [100, 2859015, THROTTLED],
  [80000, 2446079, THROTTLED],
  [80001, undefined, THROTTLED],
  [80006, undefined, THROTTLED],
  [80008, undefined, THROTTLED],
  [80014, undefined, THROTTLED],
  [17, 1885172, QUOTA_USED_UP],
  [1, undefined, SERVICE_FAILED],
  [2, undefined, SERVICE_FAILED],
  [2, 1885477, SERVICE_FAILED],
  [-1, undefined, SERVICE_FAILED],
  [-2147483648, undefined, SERVICE_FAILED],
  [100, 3910001, SERVICE_FAILED],
  [1, 99, TOO_MUCH],
  [960, undefined, ['PLATFORM_TIMEOUT', 'again', 'may have executed']],
  [104, undefined, ['TOKEN_INVALID', 'final', 'may have executed']],
  [100, 1359188, NO_BUDGET],
  [100, 1885272, NO_BUDGET],
  [100, 1885650, NO_BUDGET],
  [100, 2490427, CREATIVE_REJECTED],
  [2490468, undefined, CREATIVE_REJECTED],
  [100, 1487472, CREATIVE_REJECTED],
  [5, undefined, UNLISTED],
  [300, undefined, UNLISTED],
  [80015, undefined, UNLISTED],
];

describe('an error code of Meta', () => {
  it.each(inEveryWrapping(CODES.map(([code, subcode, verdict]) => ({ code, subcode, verdict }))))(
    '$code/$subcode says what went wrong as $wrapping',
    ({ code, subcode, verdict, wrap }) => {
      expect(verdictOn(wrap(answer(error(code, subcode))), META)).toEqual(verdict);
    },
  );

  it.each([400, 401, 403, 429, 500, 503])(
    'counts more than the HTTP status it comes with: %i',
    (status) => {
      expect(verdictOn(thrown(answer(error(190, 463), {}, status)), META)).toEqual(TOKEN_EXPIRED);
      expect(verdictOn(thrown(answer(error(613), {}, status)), META)).toEqual(THROTTLED);
    },
  );

  it('may be written as text', () => {
    expect(verdictOn(thrown(answer(error('190', '463'))), META)).toEqual(TOKEN_EXPIRED);
  });

  it('that no table has leaves the status to say whether Meta failed', () => {
    expect(verdictOn(thrown(answer(error(99_999), {}, 500)), META)).toEqual(SERVICE_FAILED);
  });

  it.each([{}, { code: 'x' }, { code: null }, { code: {} }, { code: 1.5 }, { code: '__proto__' }])(
    'that is none leaves the HTTP status to say what went wrong: %j',
    (inner) => {
      expect(verdictOn(thrown(answer({ error: inner }, {}, 503)), META)).toEqual(SERVICE_FAILED);
    },
  );

  it('is nothing where the call is none of Meta', () => {
    expect(verdictOn(thrown(answer(error(190, 463))))?.[0]).toBe('VALIDATION_ERROR');
    expect(verdictOn(thrown(answer(error(190, 463))), { platform: 'erp' })?.[0]).toBe(
      'VALIDATION_ERROR',
    );
  });

  it('is not that of another library', () => {
    const ofKafka = Object.assign(new Error('x'), { type: 'INVALID_TOPIC', code: 17 });
    expect(verdictOn(ofKafka, META)).toBeUndefined();
    const passedOn = Object.assign(new Error('x'), error(190, 463).error);
    expect(verdictOn(passedOn, META)).toEqual(TOKEN_EXPIRED);
  });

  it('goes to the details, with the id that the support asks for', () => {
    const known = classifyError(thrown(answer(error(190, 463))), META);
    expect(known?.details).toEqual({
      platform_code: '190/463',
      platform_request_id: 'AbCdEfGhIjK',
    });
    expect(known?.message).toBe('Invalid parameter');
    expect(classifyError(thrown(answer(error(4))), META)?.details['platform_code']).toBe('4');
  });
});

describe('the words of an error', () => {
  const saying = (code: number, message: string, rest = {}) =>
    verdictOn(thrown(answer(error(code, undefined, { message, ...rest }))), META);

  it('tell an expired token where there is no subcode', () => {
    expect(saying(190, 'Error validating access token: Session has expired')).toEqual(
      TOKEN_EXPIRED,
    );
  });

  it('tell a permission under the code for parameters', () => {
    expect(saying(100, '(#100) Missing Permission: business_management')).toEqual(
      PERMISSION_DENIED,
    );
  });

  it('tell a request that can never succeed', () => {
    const message = "Please reduce the amount of data you're asking for, then retry your request";
    expect(saying(1, message)).toEqual(TOO_MUCH);
    expect(saying(2, message, { is_transient: true })).toEqual(TOO_MUCH);
  });

  it('are not believed against the code', () => {
    expect(saying(100, 'The session has expired')).toEqual(INVALID_INPUT);
  });
});

describe('is_transient', () => {
  const transient = (code: number, value: unknown) =>
    verdictOn(thrown(answer(error(code, undefined, { is_transient: value }))), META);

  it('means that the same request may succeed, whatever the parameter code says', () => {
    expect(transient(99_999, true)).toEqual(SERVICE_FAILED);
    expect(transient(100, true)).toEqual(SERVICE_FAILED);
  });

  it('changes nothing about tokens, permissions and limits', () => {
    expect(transient(190, true)).toEqual(TOKEN_INVALID);
    expect(transient(200, true)).toEqual(PERMISSION_DENIED);
    expect(transient(4, true)).toEqual(THROTTLED);
  });

  it.each([false, 'true', 1, undefined])('says nothing where it is %j', (value) => {
    expect(transient(100, value)).toEqual(INVALID_INPUT);
    expect(transient(2, value)).toEqual(SERVICE_FAILED);
  });
});

describe('the wait of a limit', () => {
  const usage = (...entries: (readonly [type: string, minutes: unknown])[]) => ({
    'x-business-use-case-usage': JSON.stringify({
      '123': entries.map(([type, minutes]) => ({
        type,
        call_count: 100,
        estimated_time_to_regain_access: minutes,
      })),
    }),
  });
  const account = (seconds: unknown) => ({
    'x-ad-account-usage': JSON.stringify({ acc_id_util_pct: 100, reset_time_duration: seconds }),
  });
  const wait = (code: number, headers: Record<string, string>, subcode?: number) =>
    classifyError(thrown(answer(error(code, subcode), headers)), META)?.retryAfter;

  it('is in minutes for a business use case', () => {
    expect(wait(80004, usage(['ads_management', 7]))).toBe(420);
  });

  it('is that of the use case that was limited', () => {
    const headers = usage(['ads_insights', 30], ['ads_management', 5], ['ads_management', 6]);
    expect(wait(80004, headers)).toBe(360);
    expect(wait(80000, headers)).toBe(1800);
  });

  it('is the longest where the code names no use case', () => {
    expect(wait(613, usage(['ads_insights', 30], ['ads_management', 5]))).toBe(1800);
  });

  it('may be a part of a minute, and written as text', () => {
    expect(wait(80004, usage(['ads_management', 0.5]))).toBe(30);
    expect(wait(80004, usage(['ads_management', '7']))).toBe(420);
  });

  it('is looked for under every id', () => {
    const [one, two] = [
      { estimated_time_to_regain_access: 1 },
      { estimated_time_to_regain_access: 2 },
    ];
    const headers = { 'X-Business-Use-Case-Usage': JSON.stringify({ '1': [one], '2': [two] }) };
    expect(wait(17, headers)).toBe(120);
  });

  it('is in seconds for an ad account', () => {
    expect(wait(17, account(90), 2446079)).toBe(90);
    expect(wait(613, { ...account(90), ...usage(['ads_management', 1]) })).toBe(90);
    expect(wait(613, { ...account(30), ...usage(['ads_management', 1]) })).toBe(60);
  });

  it.each([4, 32, 341])('is not that of the ad account where another was limited: %i', (code) => {
    expect(wait(code, account(90))).toBeUndefined();
    expect(wait(code, usage(['messenger', 600]))).toBeUndefined();
  });

  it('of insights is theirs, though the code is that of the app', () => {
    expect(wait(4, usage(['ads_insights', 3], ['messenger', 600]), 1504022)).toBe(180);
  });

  it('may be stated in a header that is not of Meta', () => {
    expect(wait(613, { 'x-ratelimit-reset': '42' })).toBe(42);
    expect(wait(2, { 'x-ratelimit-reset': '42' })).toBeUndefined();
  });

  it.each([0, -1, null, 'soon', '', Number.NaN, Infinity, {}])(
    'is none where it is %j',
    (value) => {
      expect(wait(80004, usage(['ads_management', value]))).toBeUndefined();
      expect(wait(17, account(value))).toBeUndefined();
    },
  );

  it.each(['', '[]', '{', 'null', '{"1":5}', '{"1":[null,5]}', `{"1":[${'{},'.repeat(9)}{}]}`])(
    'is none where the header is %s',
    (value) => {
      expect(wait(80004, { 'x-business-use-case-usage': value })).toBeUndefined();
      expect(wait(17, { 'x-ad-account-usage': value })).toBeUndefined();
    },
  );

  it('is not stated by the usage of the app', () => {
    expect(wait(4, { 'x-app-usage': '{"call_count":100,"total_time":100}' })).toBeUndefined();
  });

  it('is an hour for changes of a budget, and a day for those of the spend cap', () => {
    const renewal = (code: number, subcode: number) => {
      const known = classifyError(thrown(answer(error(code, subcode))), META);
      return [known?.retryAfter, known?.details['retry_after']];
    };
    expect(renewal(613, 1487632)).toEqual([undefined, 3600]);
    expect(renewal(17, 1885172)).toEqual([undefined, 86_400]);
  });

  it('makes no error a limit: the headers come with everything', () => {
    const headers = { ...usage(['ads_management', 7]), ...account(90) };
    expect(verdictOn(thrown(answer(error(100), headers)), META)).toEqual(INVALID_INPUT);
    expect(wait(100, headers)).toBeUndefined();
    expect(wait(2, headers)).toBeUndefined();
  });
});

describe('facebook-nodejs-business-sdk', () => {
  const sdkError = (fields: object) =>
    Object.assign(new Error('x'), { name: 'FacebookRequestError', ...fields });

  it('keeps the inner part of the answer', () => {
    const { error: response } = error(190, 463);
    expect(verdictOn(sdkError({ status: 401, response, headers: {} }), META)).toEqual(
      TOKEN_EXPIRED,
    );
  });

  it('keeps the whole answer and a list of headers in a batch', () => {
    const value = JSON.stringify({ '1': [{ estimated_time_to_regain_access: 3 }] });
    const headers = [
      { name: 'Content-Type', value: 'application/json' },
      { name: 'X-Business-Use-Case-Usage', value },
    ];
    const failure = sdkError({ status: 400, response: error(80004), headers });
    expect(verdictOn(failure, META)).toEqual(THROTTLED);
    expect(classifyError(failure, META)?.retryAfter).toBe(180);
  });

  it('keeps the request, which is no answer, whatever is in it', () => {
    const request = { type: 'x', code: 190, error: { code: 190, type: 'x' } };
    const failure = sdkError({ status: null, response: null, headers: null, data: request });
    expect(verdictOn(failure, META)?.[0]).toBe('CONNECTION_FAILED');
  });

  it('loses what went wrong below HTTP, so that the request may have been carried out', () => {
    const failure = sdkError({ status: null, response: null, headers: null });
    expect(verdictOn(failure, META)).toEqual(['CONNECTION_FAILED', 'again', 'may have executed']);
  });

  it.each([`Unexpected token '<', "<html>" is not valid JSON`, 'Unexpected end of JSON input'])(
    'makes a SyntaxError of a page: %s',
    (message) => {
      expect(verdictOn(new SyntaxError(message), META)).toEqual(SERVICE_FAILED);
      expect(verdictOn(new SyntaxError(message))).toBeUndefined();
    },
  );
});

describe('a batch', () => {
  const part = (code: number, body: unknown, headers: unknown[] = []) => ({
    code,
    headers,
    body: JSON.stringify(body),
  });

  it('says what went wrong in one of its parts; the others may have done their work', () => {
    const body = [null, part(200, { id: '7' }), part(400, error(190, 463))];
    expect(verdictOn(thrown(answer(body, {}, 200)), META)).toEqual([
      'TOKEN_EXPIRED',
      'final',
      'may have executed',
    ]);
    expect(verdictOn(body, META)?.[0]).toBe('TOKEN_EXPIRED');
    const throttled = [part(200, { id: '7' }), part(400, error(17))];
    expect(verdictOn(throttled, META)).toEqual(['API_RATE_LIMIT', 'final', 'may have executed']);
  });
});

describe('a page of a proxy', () => {
  it.each(Object.entries(WRAPPINGS))('is a failure of the platform as %s', (_, wrap) => {
    const page = '<html><title>502 Bad Gateway</title></html>';
    expect(verdictOn(wrap({ status: 502, body: page }), META)).toEqual(SERVICE_FAILED);
  });
});
