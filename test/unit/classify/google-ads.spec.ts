import { describe, expect, it } from 'vitest';
import { classifyError } from '../../../lib/index.js';
import {
  NO_BUDGET,
  SERVICE_BUSY,
  CREATIVE_REJECTED,
  PERMISSION_DENIED,
  TOKEN_EXPIRED,
  SERVICE_FAILED,
  INVALID_INPUT,
  THROTTLED,
  QUOTA_USED_UP,
  NO_ANSWER,
  TOKEN_INVALID,
  UNLISTED,
  verdictOn,
  type Verdict,
} from './verdict.js';
import { inEveryWrapping, WRAPPINGS } from './wrappings.js';

const GOOGLE = { platform: 'google' };

const TYPE = 'type.googleapis.com/google.ads.googleads.v25.errors.GoogleAdsFailure';

const single = (category: string, name: string, details?: object) => ({
  errorCode: { [category]: name },
  message: 'Too much of it',
  ...(details === undefined ? {} : { details }),
});
const rest = (errors: readonly object[], code = 400, more: readonly object[] = []) => ({
  error: {
    code,
    message: 'Request contains an invalid argument.',
    status: 'INVALID_ARGUMENT',
    details: [...more, { '@type': TYPE, errors, requestId: 'REQ-1' }],
  },
});
const thrown = (body: unknown, status = 400) => WRAPPINGS['an AxiosError']?.({ status, body });
const camel = (category: string) =>
  category.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Names of the enums in google/ads/googleads/v25/errors with their numbers, and what they mean. */
const NAMES: readonly (readonly [category: string, name: string, number: number, Verdict])[] = [
  ['authentication_error', 'OAUTH_TOKEN_EXPIRED', 16, TOKEN_EXPIRED],
  ['authentication_error', 'OAUTH_TOKEN_INVALID', 15, TOKEN_INVALID],
  ['authentication_error', 'OAUTH_TOKEN_DISABLED', 17, TOKEN_INVALID],
  ['authentication_error', 'OAUTH_TOKEN_REVOKED', 18, TOKEN_INVALID],
  ['authentication_error', 'AUTHENTICATION_ERROR', 2, TOKEN_INVALID],
  ['authentication_error', 'GOOGLE_ACCOUNT_DELETED', 9, TOKEN_INVALID],
  ['authentication_error', 'NOT_ADS_USER', 14, PERMISSION_DENIED],
  ['authentication_error', 'ADVANCED_PROTECTION_NOT_ENROLLED', 24, PERMISSION_DENIED],
  ['authentication_error', 'DEVELOPER_TOKEN_INVALID', 29, PERMISSION_DENIED],
  ['authentication_error', 'CUSTOMER_NOT_FOUND', 8, INVALID_INPUT],
  ['authorization_error', 'USER_PERMISSION_DENIED', 2, PERMISSION_DENIED],
  ['authorization_error', 'PROJECT_DISABLED', 5, PERMISSION_DENIED],
  ['authorization_error', 'ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT', 28, PERMISSION_DENIED],
  ['quota_error', 'RESOURCE_EXHAUSTED', 2, THROTTLED],
  ['quota_error', 'RESOURCE_TEMPORARILY_EXHAUSTED', 4, THROTTLED],
  ['quota_error', 'EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION', 6, THROTTLED],
  ['quota_error', 'ACCESS_PROHIBITED', 3, PERMISSION_DENIED],
  ['quota_error', 'PAYMENTS_PROFILE_ACTIVATION_RATE_LIMIT_EXCEEDED', 7, QUOTA_USED_UP],
  ['internal_error', 'INTERNAL_ERROR', 2, SERVICE_FAILED],
  ['internal_error', 'TRANSIENT_ERROR', 4, SERVICE_FAILED],
  ['internal_error', 'DEADLINE_EXCEEDED', 5, NO_ANSWER],
  ['database_error', 'CONCURRENT_MODIFICATION', 2, SERVICE_BUSY],
  ['database_error', 'DATA_CONSTRAINT_VIOLATION', 3, INVALID_INPUT],
  ['policy_finding_error', 'POLICY_FINDING', 2, CREATIVE_REJECTED],
  ['policy_violation_error', 'POLICY_ERROR', 2, CREATIVE_REJECTED],
  ['asset_generation_error', 'INPUT_IMAGE_VIOLATES_POLICY', 28, CREATIVE_REJECTED],
  ['asset_generation_error', 'FINAL_URL_REQUIRED', 3, INVALID_INPUT],
  ['campaign_budget_error', 'BUDGET_BELOW_PER_DAY_MINIMUM', 22, NO_BUDGET],
  ['campaign_budget_error', 'DUPLICATE_NAME', 11, INVALID_INPUT],
  [
    'account_budget_proposal_error',
    'SPENDING_LIMIT_LOWER_THAN_ACCRUED_COST_NOT_ALLOWED',
    18,
    NO_BUDGET,
  ],
  ['billing_setup_error', 'PAYMENTS_ACCOUNT_NOT_FOUND', 14, NO_BUDGET],
  ['identity_verification_error', 'NO_EFFECTIVE_BILLING', 2, NO_BUDGET],
  ['campaign_error', 'DUPLICATE_CAMPAIGN_NAME', 12, INVALID_INPUT],
  ['mutate_error', 'RESOURCE_ALREADY_EXISTS', 11, INVALID_INPUT],
  ['request_error', 'RESOURCE_NOT_FOUND', 6, INVALID_INPUT],
  ['not_allowlisted_error', 'CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE', 2, PERMISSION_DENIED],
  ['feed_item_error', 'INVALID_URL', 6, INVALID_INPUT],
];

describe('a GoogleAdsFailure', () => {
  it.each(
    inEveryWrapping(NAMES.map(([category, name, , verdict]) => ({ category, name, verdict }))),
  )('of REST says $category.$name as $wrapping', ({ category, name, verdict, wrap }) => {
    const body = rest([single(camel(category), name)]);
    expect(verdictOn(wrap({ status: 400, body }), GOOGLE)).toEqual(verdict);
  });

  it.each(NAMES)('of google-ads-api, which throws it as it is, says %s.%s', (...row) => {
    const [category, name, number, verdict] = row;
    const failure = (code: unknown) => ({
      errors: [{ error_code: { [category]: code }, message: 'x' }],
      request_id: 'REQ-1',
    });
    expect(verdictOn(failure(number), GOOGLE)).toEqual(verdict);
    expect(verdictOn(failure(name), GOOGLE)).toEqual(verdict);
  });

  it('of a stream is in a list', () => {
    const body = [rest([single('authenticationError', 'OAUTH_TOKEN_EXPIRED')])];
    expect(verdictOn(thrown(body, 401), GOOGLE)).toEqual(TOKEN_EXPIRED);
  });

  it('goes to the details by its name, with the id of the request', () => {
    const known = classifyError(thrown(rest([single('quotaError', 'RESOURCE_EXHAUSTED')])), GOOGLE);
    expect(known?.details).toEqual({
      platform_code: 'quota_error.RESOURCE_EXHAUSTED',
      platform_request_id: 'REQ-1',
    });
    expect(known?.message).toBe('Too much of it');
    const numbered = { errors: [{ error_code: { internal_error: 5 } }], request_id: 'REQ-2' };
    expect(classifyError(numbered, GOOGLE)?.details).toEqual({
      platform_code: 'internal_error.DEADLINE_EXCEEDED',
      platform_request_id: 'REQ-2',
    });
  });

  it('may have members that are not set beside the one that is', () => {
    const code = { request_error: 0, url_field_error: undefined, quota_error: 2 };
    expect(verdictOn({ errors: [{ error_code: code }] }, GOOGLE)).toEqual(THROTTLED);
  });

  it('names the policy that a creative has offended', () => {
    const topics = (topic: string) => ({
      policyFindingDetails: { policyTopicEntries: [{ topic, type: 'PROHIBITED' }] },
    });
    const reason = (details?: object) =>
      classifyError(thrown(rest([single('policyFindingError', 'POLICY_FINDING', details)])), GOOGLE)
        ?.details['reason'];
    expect(reason(topics('ALCOHOL'))).toBe('ALCOHOL');
    expect(reason(topics('Call us: https://x.test'))).toBe('policy_finding_error.POLICY_FINDING');
    expect(reason()).toBe('policy_finding_error.POLICY_FINDING');
  });

  it('whose code says nothing leaves the status to say whether Google failed', () => {
    for (const errorCode of [{}, { aCategoryOfTomorrow: 'SOMETHING' }]) {
      const body = rest([{ errorCode, message: 'x' }]);
      expect(verdictOn(thrown(body, 400), GOOGLE)).toEqual(INVALID_INPUT);
      const failed = { error: { ...body.error, code: 500, status: 'INTERNAL' } };
      expect(verdictOn(thrown(failed, 500), GOOGLE)).toEqual(SERVICE_FAILED);
      const thrownAsItIs = { errors: [{ error_code: errorCode }] };
      expect(verdictOn(thrownAsItIs, GOOGLE)).toEqual(UNLISTED);
    }
  });
});

describe('several errors', () => {
  const verdict = (...errors: object[]) => verdictOn(thrown(rest(errors)), GOOGLE);
  const [policy, missing, quota, internal, token] = [
    single('policyFindingError', 'POLICY_FINDING'),
    single('mutateError', 'RESOURCE_NOT_FOUND'),
    single('quotaError', 'RESOURCE_EXHAUSTED'),
    single('internalError', 'TRANSIENT_ERROR'),
    single('authenticationError', 'OAUTH_TOKEN_EXPIRED'),
  ];

  it('are what has to be solved first', () => {
    expect(verdict(missing, policy)).toEqual(CREATIVE_REJECTED);
    expect(verdict(policy, token)).toEqual(TOKEN_EXPIRED);
  });

  it('are retried only where each of them may pass', () => {
    expect(verdict(quota, missing)).toEqual(INVALID_INPUT);
    expect(verdict(quota, quota)).toEqual(THROTTLED);
  });

  it('may have been carried out if one of them says so', () => {
    expect(verdict(quota, internal)).toEqual(['API_RATE_LIMIT', 'again', 'may have executed']);
  });

  it('that are more than are looked at, or of tomorrow, may be of any kind', () => {
    const open = ['final', 'may have executed'];
    const busy = single('databaseError', 'CONCURRENT_MODIFICATION');
    const many = Array.from({ length: 51 }, () => busy);
    expect(verdict(...many)).toEqual(['PLATFORM_SERVICE_ERROR', ...open]);
    expect(verdict(...many.slice(1))).toEqual(SERVICE_BUSY);
    const unknown = { errorCode: { aCategoryOfTomorrow: 'SOMETHING' } };
    expect(verdict(quota, unknown)).toEqual(['API_RATE_LIMIT', ...open]);
  });

  it('wait for the longest', () => {
    const details = (retryDelay: string) => ({ quotaErrorDetails: { retryDelay } });
    const errors = ['5s', '30s', '10s'].map((delay) =>
      single('quotaError', 'RESOURCE_EXHAUSTED', details(delay)),
    );
    expect(classifyError(thrown(rest(errors)), GOOGLE)?.retryAfter).toBe(30);
  });
});

describe('the wait of a quota', () => {
  const wait = (error: unknown) => classifyError(error, GOOGLE)?.retryAfter;

  it('is stated in the details, as text in REST', () => {
    const details = { quotaErrorDetails: { rateScope: 'DEVELOPER', retryDelay: '4.5s' } };
    expect(wait(thrown(rest([single('quotaError', 'RESOURCE_EXHAUSTED', details)])))).toBe(4.5);
  });

  it('is a number and nanoseconds in gRPC, the number a Long', () => {
    const delay = { seconds: { low: 30, high: 0, unsigned: false }, nanos: 500_000_000 };
    const error = {
      error_code: { quota_error: 2 },
      details: { quota_error_details: { retry_delay: delay } },
    };
    expect(wait({ errors: [error] })).toBe(30.5);
  });

  it('is in the words alone where the SDK has dropped the details', () => {
    const error = { error_code: { quota_error: 2 }, message: 'Too many. Retry in 900 seconds.' };
    expect(wait({ errors: [error] })).toBe(900);
  });

  it('may stand beside the failure, in RetryInfo', () => {
    const info = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '12s' };
    expect(wait(thrown(rest([single('quotaError', 'RESOURCE_EXHAUSTED')], 429, [info])))).toBe(12);
  });

  it('of a day is not waited for, whoever says so', () => {
    const details = { quotaErrorDetails: { rateName: 'Operations per day' } };
    const ofAds = classifyError(
      thrown(rest([single('quotaError', 'RESOURCE_EXHAUSTED', details)])),
      GOOGLE,
    );
    expect([ofAds?.retryable, ofAds?.details['retry_after']]).toEqual([false, 86_400]);
    const metadata = { quota_limit: 'x', quota_unit: '1/d/{project}' };
    const info = { reason: 'RATE_LIMIT_EXCEEDED', domain: 'googleapis.com', metadata };
    const status = { code: 429, status: 'RESOURCE_EXHAUSTED', details: [info] };
    const ofCloud = classifyError(thrown({ error: status }, 429), GOOGLE);
    expect([ofCloud?.type, ofCloud?.retryable]).toEqual(['API_RATE_LIMIT', false]);
    expect(ofCloud?.details['retry_after']).toBeGreaterThan(0);
  });

  it('is a week for activations of a payments profile, and not waited for', () => {
    const name = 'PAYMENTS_PROFILE_ACTIVATION_RATE_LIMIT_EXCEEDED';
    const known = classifyError(thrown(rest([single('quotaError', name)])), GOOGLE);
    expect([known?.retryAfter, known?.details['retry_after']]).toEqual([undefined, 604_800]);
  });
});

describe('a partial failure', () => {
  const PARTIAL: Verdict = ['CREATIVE_REJECTED', 'final', 'may have executed'];

  it('has done some of its work', () => {
    const errors = [single('policyFindingError', 'POLICY_FINDING')];
    const body = {
      partialFailureError: { code: 3, message: 'x', details: [{ '@type': TYPE, errors }] },
      results: [{ resourceName: 'customers/1/campaigns/2' }, {}],
    };
    expect(verdictOn(thrown(body, 200), GOOGLE)).toEqual(PARTIAL);
    expect(verdictOn(body, GOOGLE)).toEqual(PARTIAL);
  });

  it('is never repeated, whatever failed', () => {
    const partial = { errors: [{ error_code: { quota_error: 2 }, message: 'x' }] };
    expect(verdictOn({ partial_failure_error: partial, results: [] }, GOOGLE)).toEqual([
      'API_RATE_LIMIT',
      'final',
      'may have executed',
    ]);
  });

  it('may be undecoded, and of tomorrow', () => {
    const value = Uint8Array.from([10, 5, 10, 3, 160, 4, 2]); // errors { error_code { 68: 2 } }
    const type_url = 'type.googleapis.com/google.ads.googleads.v25.errors.GoogleAdsFailure';
    const partial = { partial_failure_error: { code: 3, details: [{ type_url, value }] } };
    expect(verdictOn(partial, GOOGLE)).toEqual(PARTIAL);
    const errors = [{ errorCode: { aCategoryOfTomorrow: 'X' } }];
    const open = { partialFailureError: { message: 'x', details: [{ errors }] } };
    expect(verdictOn(thrown(open, 200), GOOGLE)).toEqual(UNLISTED);
  });

  it('is none where there is no error in it', () => {
    expect(verdictOn({ partial_failure_error: null, results: [] }, GOOGLE)).toBeUndefined();
    expect(verdictOn({ results: [] }, GOOGLE)).toBeUndefined();
  });
});

describe('a status without a failure', () => {
  const status = (name: string, code: number, details: readonly object[] = []) =>
    verdictOn(thrown({ error: { code, status: name, message: 'x', details } }, code), GOOGLE);

  it.each([
    ['UNAUTHENTICATED', 401, TOKEN_INVALID],
    ['PERMISSION_DENIED', 403, PERMISSION_DENIED],
    ['INVALID_ARGUMENT', 400, INVALID_INPUT],
    ['NOT_FOUND', 404, INVALID_INPUT],
    ['ALREADY_EXISTS', 409, INVALID_INPUT],
    ['FAILED_PRECONDITION', 400, INVALID_INPUT],
    ['RESOURCE_EXHAUSTED', 429, THROTTLED],
    ['ABORTED', 409, SERVICE_FAILED],
    ['INTERNAL', 500, SERVICE_FAILED],
    ['UNAVAILABLE', 503, SERVICE_FAILED],
    ['DEADLINE_EXCEEDED', 504, NO_ANSWER],
    ['CANCELLED', 499, SERVICE_FAILED],
    ['A_STATUS_OF_TOMORROW', 503, SERVICE_FAILED],
  ] as const)('says what its name says: %s', (name, code, verdict) => {
    expect(status(name, code)).toEqual(verdict);
  });

  it.each([
    ['ACCESS_TOKEN_EXPIRED', TOKEN_EXPIRED],
    ['CREDENTIALS_MISSING', TOKEN_INVALID],
    ['ACCESS_TOKEN_SCOPE_INSUFFICIENT', PERMISSION_DENIED],
    ['SERVICE_DISABLED', PERMISSION_DENIED],
    ['RATE_LIMIT_EXCEEDED', THROTTLED],
    ['A_REASON_OF_TOMORROW', TOKEN_INVALID],
  ] as const)('says more by its ErrorInfo: %s', (reason, verdict) => {
    const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'x' };
    expect(status('UNAUTHENTICATED', 401, [info])).toEqual(verdict);
  });

  it('may be the cause of an error, by itself', () => {
    const cause = { code: 503, status: 'UNAVAILABLE', message: 'x' };
    expect(verdictOn(new Error('x', { cause }), GOOGLE)).toEqual(SERVICE_FAILED);
    const other = { code: 400, status: 'Bad Request', message: 'x' };
    expect(verdictOn(new Error('x', { cause: other }), GOOGLE)).toBeUndefined();
  });

  it('may state a wait, which google-gax has decoded', () => {
    const error = Object.assign(new Error('8 RESOURCE_EXHAUSTED: x'), {
      code: 8,
      details: 'x',
      statusDetails: [{ retryDelay: { seconds: '30' } }],
    });
    expect(classifyError(error, GOOGLE)?.retryAfter).toBe(30);
  });

  it('is an empty failure with the reason where google-ads-api could not read it', () => {
    const domain = 'googleapis.com';
    const empty = { errors: [], reason: 'ACCESS_TOKEN_EXPIRED', domain };
    expect(verdictOn(empty, GOOGLE)).toEqual(TOKEN_EXPIRED);
  });
});

describe('an error of gRPC', () => {
  const grpc = (code: number, name: string, details: string) =>
    Object.assign(new Error(`${code} ${name}: ${details}`), { code, details, metadata: {} });
  const plugin = (code: number, words: string) =>
    grpc(code, 'undefined', `Getting metadata from plugin failed with error: ${words}`);

  it.each([
    [grpc(1, 'CANCELLED', 'Cancelled on client'), ['CANCELLED', 'final', 'may have executed']],
    [grpc(1, 'CANCELLED', 'Call cancelled'), SERVICE_FAILED],
    [grpc(2, 'UNKNOWN', 'x'), SERVICE_FAILED],
    [grpc(3, 'INVALID_ARGUMENT', 'x'), INVALID_INPUT],
    [grpc(4, 'DEADLINE_EXCEEDED', 'Deadline exceeded after 1s'), NO_ANSWER],
    [grpc(5, 'NOT_FOUND', 'x'), INVALID_INPUT],
    [grpc(7, 'PERMISSION_DENIED', 'x'), PERMISSION_DENIED],
    [grpc(8, 'RESOURCE_EXHAUSTED', 'x'), THROTTLED],
    [grpc(9, 'FAILED_PRECONDITION', 'x'), INVALID_INPUT],
    [grpc(10, 'ABORTED', 'x'), SERVICE_FAILED],
    [grpc(12, 'UNIMPLEMENTED', 'x'), INVALID_INPUT],
    [grpc(13, 'INTERNAL', 'x'), SERVICE_FAILED],
    [grpc(14, 'UNAVAILABLE', 'x'), SERVICE_FAILED],
    [grpc(14, 'UNAVAILABLE', 'read ECONNRESET'), SERVICE_FAILED],
    [grpc(14, 'UNAVAILABLE', 'upstream: backend said connect ECONNREFUSED'), SERVICE_FAILED],
    [grpc(8, 'RESOURCE_EXHAUSTED', 'Received message larger than max (5 vs 4)'), UNLISTED],
    [grpc(8, 'RESOURCE_EXHAUSTED', 'message that decompresses to a size larger than 4'), UNLISTED],
    [grpc(12, 'UNIMPLEMENTED', 'No message received'), UNLISTED],
    [
      grpc(8, 'RESOURCE_EXHAUSTED', 'Attempted to send message with a size larger than 4'),
      INVALID_INPUT,
    ],
    [
      grpc(14, 'UNAVAILABLE', 'No connection established. Last error: connect ECONNREFUSED'),
      ['CONNECTION_FAILED', 'again', 'not executed'],
    ],
    [
      grpc(14, 'UNAVAILABLE', 'Name resolution failed for target dns:x'),
      ['CONNECTION_FAILED', 'again', 'not executed'],
    ],
    [grpc(16, 'UNAUTHENTICATED', 'x'), TOKEN_INVALID],
    [plugin(400, 'invalid_grant'), TOKEN_INVALID],
    [plugin(2, 'invalid_grant'), TOKEN_INVALID],
    [plugin(401, 'invalid_client'), PERMISSION_DENIED],
    [plugin(503, '<html>oops</html>'), SERVICE_BUSY],
  ] as const)('says what its code says: %s', (error, verdict) => {
    expect(verdictOn(error, GOOGLE)).toEqual(verdict);
  });

  it('of google-gax leaves open what the attempts before did', () => {
    const gaveUp = 'Total timeout of API x exceeded 600000 milliseconds retrying error Error: 14';
    expect(verdictOn(Object.assign(new Error(gaveUp), { code: 4 }), GOOGLE)).toEqual(
      SERVICE_FAILED,
    );
    const exceeded = 'Exceeded maximum number of retries retrying error Error: 14 UNAVAILABLE';
    expect(verdictOn(Object.assign(new Error(exceeded), { code: 4 }), GOOGLE)).toEqual(
      SERVICE_FAILED,
    );
    const refused = grpc(14, 'UNAVAILABLE', 'ECONNREFUSED : Previous errors : [{message: 13}]');
    expect(verdictOn(refused, GOOGLE)).toEqual(SERVICE_FAILED);
  });

  it.each([{ code: 14 }, { code: 99, details: 'x' }, { code: '14', details: 5 }])(
    'is none without its marks: %j',
    (fields) => {
      expect(verdictOn(Object.assign(new Error('x'), fields), GOOGLE)).toBeUndefined();
    },
  );
});

describe('an error of google-auth-library', () => {
  const gaxios = (error: string, status: number) =>
    Object.assign(new Error(error), {
      code: status,
      status,
      response: { status, data: { error, error_description: 'x' }, headers: new Headers() },
    });

  it.each([
    ['invalid_grant', 400, TOKEN_INVALID],
    ['invalid_client', 401, PERMISSION_DENIED],
    ['unauthorized_client', 401, PERMISSION_DENIED],
    ['admin_policy_enforced', 400, PERMISSION_DENIED],
    ['temporarily_unavailable', 503, SERVICE_FAILED],
    ['something_of_tomorrow', 400, INVALID_INPUT],
  ] as const)('says why there is no token: %s', (error, status, verdict) => {
    expect(verdictOn(gaxios(error, status), GOOGLE)).toEqual(verdict);
  });
});

describe('a page of a proxy', () => {
  it.each(Object.entries(WRAPPINGS))('is a failure of the platform as %s', (_, wrap) => {
    expect(verdictOn(wrap({ status: 502, body: '<html>502</html>' }), GOOGLE)).toEqual(
      SERVICE_FAILED,
    );
  });

  it.each(['Parser cannot parse input: expected a value', 'Top-level object should be an array.'])(
    'that google-ads-api tried to parse is one too: %s',
    (message) => {
      expect(verdictOn(new Error(message), GOOGLE)).toEqual(SERVICE_FAILED);
    },
  );
});
