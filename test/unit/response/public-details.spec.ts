import { describe, expect, it } from 'vitest';
import {
  AiModelQuotaError,
  CreativeRejectedError,
  InsufficientCreditsError,
  PlatformServiceError,
  RateLimitError,
  ServiceError,
  ValidationError,
} from '../../../lib/index.js';
import { publicDetails } from '../../../lib/response/public-details.js';

const detailsOf = (details: Readonly<Record<string, unknown>>) =>
  publicDetails(new ServiceError('AD_PLATFORM_ERROR', { details }), undefined);
const reasonOf = (reason: unknown) => detailsOf({ reason })?.['reason'];

describe('the details that a client sees', () => {
  it('are those that the classes declare as public', () => {
    expect(publicDetails(new PlatformServiceError('meta', { statusCode: 503 }), 30)).toEqual({
      status_code: 503,
    });
    expect(
      publicDetails(new InsufficientCreditsError({ required: 10, available: 0 }), undefined),
    ).toEqual({ required: 10, available: 0 });
    expect(
      publicDetails(new CreativeRejectedError('meta', { reason: 'TEXT_TOO_LONG' }), undefined),
    ).toEqual({ reason: 'TEXT_TOO_LONG' });
    expect(
      publicDetails(new ValidationError({ field: 'budget', errors: ['too low'] }), undefined),
    ).toEqual({ field: 'budget', errors: ['too low'] });
    expect(detailsOf({ platform_code: 190, platform_request_id: 'AbCdEf12345' })).toEqual({
      platform_code: 190,
      platform_request_id: 'AbCdEf12345',
    });
  });

  it('are no others', () => {
    expect(
      detailsOf({ account: 'act_1', body: '{}', token: 'abc', stack: 'at x', config: {} }),
    ).toBeUndefined();
    expect(detailsOf({})).toBeUndefined();
    expect(
      detailsOf(
        JSON.parse('{"__proto__":{"reason":"x"},"constructor":"y"}') as Record<string, unknown>,
      ),
    ).toBeUndefined();
  });

  it('are more where a class of the application declares more', () => {
    class LedgerClosed extends ServiceError {
      static override readonly publicDetails = [...ServiceError.publicDetails, 'year'];
    }
    const details = { year: 2024, reason: 'CLOSED', owner: 'Jane' };
    const error = new LedgerClosed('LEDGER_CLOSED', { details });
    expect(publicDetails(error, undefined)).toEqual({ reason: 'CLOSED', year: 2024 });
  });

  it('survive a declaration that makes no sense', () => {
    class Odd extends ServiceError {
      static override readonly publicDetails = ['reason', 5, undefined] as unknown as string[];
    }
    class None extends ServiceError {
      static override readonly publicDetails = 'all' as unknown as string[];
    }
    const details = { reason: 'x', year: 1 };
    expect(publicDetails(new Odd('X', { details }), undefined)).toEqual({ reason: 'x' });
    expect(publicDetails(new None('X', { details }), undefined)).toEqual({ reason: 'x' });
  });

  it('tell the wait of a throttled call, and one that was stated', () => {
    expect(publicDetails(new RateLimitError('meta'), 60)).toEqual({ retry_after: 60 });
    expect(publicDetails(new AiModelQuotaError(), 60)).toEqual({ retry_after: 60 });
    expect(publicDetails(new PlatformServiceError('meta', { retryAfter: 7 }), 7)).toEqual({
      retry_after: 7,
    });
    expect(publicDetails(new PlatformServiceError('meta'), 30)).toBeUndefined();
  });
});

describe('a reason', () => {
  it('is 200 characters at most, in one line and without URLs', () => {
    expect(reasonOf('x y '.repeat(100))).toHaveLength(200);
    expect(reasonOf('Text\r\n\u0007\u2028too\tlong')).toBe('Text too long');
    expect(reasonOf('Forbidden word, see https://a.example/policies?id=5#x')).toBe(
      'Forbidden word, see',
    );
    expect(reasonOf('Do not write to //a.example/x')).toBe('Do not write to');
    expect(reasonOf('Visit www.a.example/policies?id=5 now')).toBe('Visit  now');
  });

  it('has no secrets in it', () => {
    expect(reasonOf('access_token=abc is wrong')).toBe('access_token=[redacted] is wrong');
  });

  it.each([undefined, null, {}, { text: 'x' }, Symbol('x'), () => 1, Number.NaN, Infinity, 5n])(
    'that cannot be shown is left out: %s',
    (reason) => {
      expect(detailsOf({ reason })).toBeUndefined();
    },
  );
});

describe('a list of errors', () => {
  it('is twenty entries of text or of a field and what is wrong with it', () => {
    const errors = [
      'budget is too low',
      { field: 'name', message: 'is empty', value: 'secret' },
      { property: 'start', constraints: { isDate: 'x' }, target: {} },
      { nothing: 'known' },
      null,
      ['nested'],
      5,
    ];
    expect(detailsOf({ errors })).toEqual({
      errors: ['budget is too low', { field: 'name', message: 'is empty' }, { field: 'start' }, 5],
    });
    const many = Array.from({ length: 100 }, (_, index) => `error ${index}`);
    expect(detailsOf({ errors: many })?.['errors']).toHaveLength(20);
  });
});

describe("a platform's request id", () => {
  it.each([
    'AbCdEf12345',
    '202301310731170101890781110E4B47A1',
    'l5bTxJQ9tHfT8b2tT1kXAg',
    '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  ])('is shown, since its support asks for it: %s', (id) => {
    expect(detailsOf({ platform_request_id: id })).toEqual({ platform_request_id: id });
  });

  it.each(['a b', 'x'.repeat(37), 'https://a.example/x', '', 5, null])(
    'is left out where it is none: %s',
    (id) => {
      expect(detailsOf({ platform_request_id: id })).toBeUndefined();
    },
  );
});
