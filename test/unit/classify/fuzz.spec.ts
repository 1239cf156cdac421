import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { classifyError, createErrorResponse, ServiceError } from '../../../lib/index.js';
import { describeError } from '../../../lib/errors/describe-error.js';
import { WRAPPINGS } from './wrappings.js';

const PLATFORMS = ['meta', 'tiktok', 'google', 'gemini', 'mcp', 'erp', undefined];

/** Bodies that each platform really sends: what is made of them is closer to the mark than chance. */
const SEEDS: readonly object[] = [
  {
    error: { message: 'x', type: 'OAuthException', code: 190, error_subcode: 463, fbtrace_id: 'A' },
  },
  [{ code: 400, headers: [{ name: 'A', value: 'b' }], body: '{"error":{"code":613,"type":"x"}}' }],
  { code: 40100, message: 'App reaches the QPS limit 20', request_id: '2026', data: {} },
  {
    error: {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message: 'Retry in 30 seconds',
      details: [
        {
          '@type': 'x',
          errors: [{ errorCode: { quotaError: 'RESOURCE_EXHAUSTED' }, message: 'x' }],
        },
        { retryDelay: '34s' },
        { violations: [{ quotaId: 'PerDay', quotaValue: '0' }] },
        { reason: 'ACCESS_TOKEN_EXPIRED', domain: 'googleapis.com' },
      ],
    },
  },
  { partialFailureError: { details: [{ errors: [{ errorCode: { mutateError: 3 } }] }] } },
  { jsonrpc: '2.0', id: 1, error: { code: -32602, message: 'Unknown tool' } },
  { isError: true, content: [{ type: 'text', text: 'MCP error -32602: x' }] },
  { error: 'invalid_grant', error_description: 'x' },
];

const KEYS =
  'code error error_subcode message status details errors errorCode error_code response headers body data cause name constructor type __proto__ toJSON length isError content request_id metadata then'.split(
    ' ',
  );

const HEADERS = {
  'retry-after': '5',
  'x-ratelimit-reset': '6m0s',
  'x-business-use-case-usage': '{"1":[{"type":"x","estimated_time_to_regain_access":7}]}',
  'x-ad-account-usage': '{"reset_time_duration":5}',
};

const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({ maxDepth: 2, withBigInt: true, withNullPrototype: true, withSparseArray: true }),
  fc.constantFrom(190, 613, 40100, -32602, 429, 503, 16, '190', 'UNAVAILABLE', 'ECONNRESET'),
  fc.constantFrom(...SEEDS),
  fc.constantFrom('34s', '{"error":', '[{', '[[[[', 'x'.repeat(5000), '\u{d800}', 'code: 40100'),
);

/** A copy in which some values, anywhere, are others. */
function mutated(seed: unknown, changes: Iterator<[number, string, unknown]>): unknown {
  const { value: change } = changes.next();
  const [dice = 0, key = '', other] = (change ?? []) as Partial<[number, string, unknown]>;
  if (dice === 0) return other;
  if (typeof seed !== 'object' || seed === null) return seed;
  if (Array.isArray(seed)) return seed.map((item) => mutated(item, changes));
  const entries = Object.entries(seed).map(([name, item]) => [name, mutated(item, changes)]);
  if (dice === 1) entries.push([key, other]);
  return Object.fromEntries(entries) as unknown;
}

const thrown = fc
  .record({
    seed: fc.constantFrom<unknown>(...SEEDS, HEADERS),
    changes: fc.array(fc.tuple(fc.nat(12), fc.constantFrom(...KEYS), value), { maxLength: 25 }),
    wrap: fc.constantFrom(...Object.values(WRAPPINGS), (reply: { body: unknown }) => reply.body),
    status: fc.constantFrom(200, 400, 401, 429, 500, 503),
  })
  .map(({ seed, changes, wrap, status }) => {
    const body = mutated(seed, changes.values() as Iterator<[number, string, unknown]>);
    try {
      return wrap({ status, headers: HEADERS, body });
    } catch {
      return body; // what cannot be written as JSON
    }
  });

it('an error of any shape is understood or not, and nothing comes out that is out of bounds', () => {
  fc.assert(
    fc.property(fc.oneof(thrown, value), fc.constantFrom(...PLATFORMS), (error, platform) => {
      const known = classifyError(error, { platform });
      if (known === undefined) return;
      expect(known).toBeInstanceOf(ServiceError);
      const { retryAfter = 1, details } = known;
      expect(retryAfter > 0 && Number.isFinite(retryAfter)).toBe(true);
      expect(JSON.stringify(details['platform_code'] ?? '').length).toBeLessThan(200);
      expect(JSON.stringify(describeError(known)).length).toBeLessThan(5000);
      const answer = createErrorResponse({ error: known });
      expect(JSON.stringify(answer).length).toBeLessThan(2000);
      expect(answer.retry_after ?? 1).toBeGreaterThan(0);
    }),
    { numRuns: 100_000 },
  );
}, 120_000);
