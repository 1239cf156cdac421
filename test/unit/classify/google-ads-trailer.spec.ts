import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyError } from '../../../lib/index.js';
import { verdictOn } from './verdict.js';

const NAME = 'google.ads.googleads.v25.errors.googleadsfailure-bin';

// protobuf.dev/programming-guides/encoding
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const number = (field: number, value: number) => [...varint(field * 8), ...varint(value)];
const bytes = (field: number, value: readonly number[]) => [
  ...varint(field * 8 + 2),
  ...varint(value.length),
  ...value,
];
const text = (field: number, value: string) => bytes(field, [...Buffer.from(value)]);

const error = (category: number, value: number, more: readonly number[] = []) =>
  bytes(1, [...bytes(1, number(category, value)), ...text(2, 'what is wrong'), ...more]);

const grpc = (trailer: readonly number[] | Uint8Array, name = NAME) =>
  Object.assign(new Error('3 INVALID_ARGUMENT: x'), {
    code: 3,
    details: 'x',
    metadata: { getMap: () => ({ 'request-id': 'x', [name]: Buffer.from(trailer) }) },
  });
const GOOGLE = { platform: 'google' };
const known = (trailer: readonly number[]) => classifyError(grpc(trailer), GOOGLE);

describe('the failure in a trailer of gRPC', () => {
  it.each([
    [17, 16, 'TOKEN_EXPIRED', 'authentication_error.OAUTH_TOKEN_EXPIRED'],
    [9, 2, 'PERMISSION_DENIED', 'authorization_error.2'],
    [11, 2, 'API_RATE_LIMIT', 'quota_error.2'],
    [10, 5, 'PLATFORM_TIMEOUT', 'internal_error.DEADLINE_EXCEEDED'],
    [67, 2, 'PLATFORM_SERVICE_ERROR', 'database_error.CONCURRENT_MODIFICATION'],
    [68, 2, 'CREATIVE_REJECTED', 'policy_finding_error.2'],
    [105, 2, 'CREATIVE_REJECTED', 'policy_violation_error.2'],
    [14, 22, 'BUDGET_INSUFFICIENT', 'campaign_budget_error.BUDGET_BELOW_PER_DAY_MINIMUM'],
    [181, 2, 'BUDGET_INSUFFICIENT', 'identity_verification_error.NO_EFFECTIVE_BILLING'],
    [15, 12, 'VALIDATION_ERROR', 'campaign_error.12'],
  ])('counts more than the code it comes with: field %i, value %i', (field, value, type, code) => {
    const trailer = [...error(field, value), ...text(2, 'REQ-1')];
    expect(known(trailer)).toMatchObject({ type, message: 'what is wrong' });
    const { platform_code: platformCode, platform_request_id: id } = known(trailer)?.details ?? {};
    expect([platformCode, id]).toEqual([code, 'REQ-1']);
  });

  it('states the wait of a quota', () => {
    const delay = bytes(3, [...number(1, 900), ...number(2, 500_000_000)]);
    const quota = bytes(5, bytes(4, [...number(1, 2), ...text(2, 'Get requests'), ...delay]));
    expect(known(error(11, 2, quota))?.retryAfter).toBe(900.5);
  });

  it('may hold several errors, and fields that nobody knows yet', () => {
    const unknown = [
      ...varint(9 * 8 + 1),
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      ...varint(8 * 8 + 5),
      1,
      2,
      3,
      4,
    ];
    const trailer = [...error(15, 12), ...unknown, ...error(68, 2)];
    expect(known(trailer)?.type).toBe('CREATIVE_REJECTED');
  });

  it('is that of every version of the API and of nothing else', () => {
    const trailer = error(17, 16);
    const named = (name: string) => verdictOn(grpc(trailer, name), GOOGLE)?.[0];
    expect(named(NAME.replace('v25', 'v31'))).toBe('TOKEN_EXPIRED');
    expect(named('google.rpc.help-bin')).toBe('VALIDATION_ERROR');
  });

  it('leaves the code to say what went wrong where it is of tomorrow', () => {
    const failed = Object.assign(grpc(error(999, 12)), { code: 13 });
    expect(classifyError(failed, GOOGLE)?.type).toBe('PLATFORM_SERVICE_ERROR');
    expect(known(error(999, 12))?.type).toBe('VALIDATION_ERROR');
  });

  it('leaves the code to say what went wrong where it cannot be had', () => {
    const broken = (getMap: unknown) => Object.assign(grpc([]), { code: 8, metadata: { getMap } });
    const refuse = () => {
      throw new Error('hostile');
    };
    for (const getMap of [refuse, () => null, () => 5]) {
      expect(classifyError(broken(getMap), GOOGLE)?.type).toBe('API_RATE_LIMIT');
    }
  });

  it('leaves the code to say what went wrong where it cannot be read', () => {
    const whole = [...error(17, 16), ...text(2, 'REQ-1')];
    for (let length = 0; length < 5; length++) {
      expect(known(whole.slice(0, length))?.type).toBe('VALIDATION_ERROR');
    }
    expect(
      known(
        error(
          17,
          16,
          Array.from({ length: 70_000 }, () => 0),
        ),
      )?.type,
    ).toBe('VALIDATION_ERROR');
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (random) => {
        expect(classifyError(grpc(random), GOOGLE)).toBeDefined();
      }),
      { numRuns: 2000 },
    );
  });
});
