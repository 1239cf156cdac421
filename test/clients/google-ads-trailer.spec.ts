import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { errors } from 'google-ads-api';
import { grpc } from 'google-gax';
import { describe, expect, it } from 'vitest';
import { failureInTrailer } from '../../lib/classify/google-ads-trailer.js';
import { classifyError } from '../../lib/index.js';
import { verdictOn } from '../unit/classify/verdict.js';
import { encodeFailure, FAILURE_TRAILER } from './support/grpc-server.js';

interface Definition {
  readonly fields: Readonly<Record<string, { readonly type: string; readonly id: number }>>;
  readonly nested: Readonly<Record<string, { readonly values: Readonly<Record<string, number>> }>>;
}

const { nested } = createRequire(import.meta.url)('google-ads-node/build/protos/protos.json');
const PROTOS: Readonly<Record<string, Definition>> =
  nested.google.nested.ads.nested.googleads.nested.v25.nested.errors.nested;

/** Every code that Google Ads knows: its category, its name and its number. */
const CODES = Object.entries(PROTOS['ErrorCode']?.fields ?? {}).flatMap(([category, { type }]) => {
  const [outer = '', inner = ''] = type.split('.');
  return Object.entries(PROTOS[outer]?.nested[inner]?.values ?? {})
    .filter(([, number]) => number !== 0)
    .map(([name, number]) => ({ category, name, number }));
});

/** An error of @grpc/grpc-js with these bytes in its trailer. */
function withTrailer(bytes: Uint8Array, name = FAILURE_TRAILER): Error {
  const metadata = new grpc.Metadata();
  metadata.set(name, Buffer.from(bytes));
  const words = { code: grpc.status.INVALID_ARGUMENT, details: 'Request failed' };
  return Object.assign(new Error('3 INVALID_ARGUMENT: Request failed'), words, { metadata });
}

function judge(error: unknown) {
  const hint = { platform: 'google' };
  const known = classifyError(error, hint);
  return {
    verdict: verdictOn(error, hint),
    retryAfter: known?.retryAfter,
    message: known?.message,
    requestId: known?.details?.['platform_request_id'],
  };
}

describe('every code of Google Ads', () => {
  it('is there', () => {
    expect(CODES.length).toBeGreaterThan(1000);
  });

  it('means the same in a trailer, in the object of google-ads-api and in REST', () => {
    for (const { category, name, number } of CODES) {
      const bytes = encodeFailure([{ error_code: { [category]: number }, message: 'x' }]);
      const ofTrailer = judge(withTrailer(bytes));
      expect(judge(errors.GoogleAdsFailure.decode(bytes)), `${category}.${name}`).toEqual(
        ofTrailer,
      );
      const key = category.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      const details = [
        { errors: [{ errorCode: { [key]: name }, message: 'x' }], requestId: 'REQ123' },
      ];
      expect(judge({ error: { code: 400, details } }), `${category}.${name}`).toEqual(ofTrailer);
    }
  });
});

const code = fc.constantFrom(...CODES).map(({ category, number }) => ({ [category]: number }));
const delay = fc.record({ seconds: fc.nat({ max: 2 ** 31 }), nanos: fc.nat({ max: 999_999_999 }) });
const adsError = fc.record(
  {
    error_code: code,
    message: fc.string({ unit: 'grapheme', minLength: 1 }),
    trigger: fc.record({ string_value: fc.string() }),
    location: fc.record({
      field_path_elements: fc.array(fc.record({ field_name: fc.string(), index: fc.nat() })),
    }),
    details: fc.record(
      {
        unpublished_error_code: fc.string(),
        quota_error_details: fc.record(
          { rate_scope: fc.nat({ max: 3 }), rate_name: fc.string(), retry_delay: delay },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['error_code', 'message'] },
);
const bytesOfFailure = fc
  .tuple(fc.array(adsError, { maxLength: 5 }), fc.string())
  .map(([listed, requestId]) => encodeFailure(listed, requestId));

describe('a trailer', () => {
  it('says what google-ads-node has encoded', () => {
    fc.assert(
      fc.property(bytesOfFailure, (bytes) => {
        const decoded = errors.GoogleAdsFailure.decode(bytes);
        if (decoded.errors.length > 0) {
          expect(judge(withTrailer(bytes))).toEqual(judge(decoded));
        }
      }),
    );
  });

  it('states the longest wait and the worst of several errors', () => {
    const quota = (seconds: number, nanos = 0) => ({
      error_code: { quota_error: 4 },
      message: 'Too many requests',
      details: { quota_error_details: { rate_name: 'r', retry_delay: { seconds, nanos } } },
    });
    const retried = withTrailer(encodeFailure([quota(30, 500_000_000), quota(10)]));
    expect(judge(retried)).toMatchObject({
      verdict: ['API_RATE_LIMIT', 'again', 'not executed'],
      retryAfter: 30.5,
      requestId: 'REQ123',
    });
    const expired = { error_code: { authentication_error: 16 }, message: 'It has expired' };
    expect(judge(withTrailer(encodeFailure([quota(30), expired])))).toMatchObject({
      verdict: ['TOKEN_EXPIRED', 'final', 'not executed'],
      message: 'It has expired',
    });
  });

  it.each(['v24', 'v26'])('is found whatever the version of the API: %s', (version) => {
    const bytes = encodeFailure([{ error_code: { authentication_error: 16 } }]);
    const error = withTrailer(bytes, FAILURE_TRAILER.replace('v25', version));
    expect(judge(error).verdict).toEqual(['TOKEN_EXPIRED', 'final', 'not executed']);
  });

  it('that is cut off anywhere throws nothing', () => {
    const bytes = encodeFailure([
      { error_code: { quota_error: 4 }, message: 'x'.repeat(200), trigger: { int64_value: -1 } },
      { error_code: { authentication_error: 16 }, message: '期限切れ' },
    ]);
    for (let length = 0; length < bytes.length; length++) {
      const error = withTrailer(bytes.subarray(0, length));
      expect(() => failureInTrailer(error)).not.toThrow();
      expect(classifyError(error, { platform: 'google' })).toBeDefined();
    }
  });

  it('that is garbage throws nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => failureInTrailer(withTrailer(bytes))).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  it('in which bytes are changed throws nothing', () => {
    fc.assert(
      fc.property(bytesOfFailure, fc.nat(), fc.nat({ max: 255 }), (bytes, at, byte) => {
        const changed = Uint8Array.from(bytes);
        if (changed.length > 0) changed[at % changed.length] = byte;
        expect(() => failureInTrailer(withTrailer(changed))).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });
});
