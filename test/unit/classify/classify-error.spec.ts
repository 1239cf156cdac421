import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  classifyError,
  RateLimitError,
  ServiceError,
  TokenExpiredError,
  type ErrorHint,
} from '../../../lib/index.js';
import { timeLimitError } from '../../../lib/classify/classify-error.js';
import { HOSTILE_OBJECTS } from '../errors/hostile.js';
import { verdictOn } from './verdict.js';

const coded = (code: string) => Object.assign(new Error('x'), { code });
const answered = (status: number) => Object.assign(new Error('x'), { response: { status } });

/** The columns of the contract's table: what can be said about whose call it was. */
const HINTS: Readonly<Record<'ai' | 'mcp' | 'platform' | 'none', readonly ErrorHint[]>> = {
  ai: [
    { platform: 'gemini' },
    { operation: 'ai_generation' },
    { platform: 'gemini', operation: 'mcp_call' },
  ],
  mcp: [
    { platform: 'mcp' },
    { operation: 'mcp_call' },
    { platform: 'mcp', operation: 'ai_generation' },
  ],
  platform: [
    { platform: 'meta' },
    { platform: 'tiktok', operation: 'api_call' },
    { platform: 'erp', operation: 'ai_generation' },
    { platform: '__proto__' },
  ],
  none: [{}, { operation: 'api_call' }, { operation: 'default' }, { operation: 'constructor' }],
};

/** The rows: a fact, an error that states it, and the class in each column. */
const FACTS: readonly (readonly [string, unknown, Readonly<Record<keyof typeof HINTS, string>>])[] =
  [
    [
      'a time-out',
      coded('ETIMEDOUT'),
      {
        ai: 'AiModelTimeoutError',
        mcp: 'McpTimeoutError',
        platform: 'PlatformTimeoutError',
        none: 'OperationTimeoutError',
      },
    ],
    [
      'a failed connection',
      coded('ECONNRESET'),
      {
        ai: 'AiModelError',
        mcp: 'McpConnectionError',
        platform: 'ConnectionFailedError',
        none: 'ConnectionFailedError',
      },
    ],
    [
      'a bare 5xx',
      answered(500),
      {
        ai: 'AiModelError',
        mcp: 'McpConnectionError',
        platform: 'PlatformServiceError',
        none: 'ServiceUnavailableError',
      },
    ],
    [
      'a bare 429',
      answered(429),
      {
        ai: 'RateLimitError',
        mcp: 'RateLimitError',
        platform: 'RateLimitError',
        none: 'RateLimitError',
      },
    ],
  ];

const cells = FACTS.flatMap(([fact, error, classes]) =>
  Object.entries(classes).flatMap(([column, name]) =>
    HINTS[column as keyof typeof HINTS].map((hint) => ({ fact, error, hint, name })),
  ),
);

describe('the hint', () => {
  it.each(cells)('$hint makes of $fact a $name', ({ error, hint, name }) => {
    const known = classifyError(error, hint);
    expect(known?.name).toBe(name);
    expect(known?.platform).toBe(hint.platform);
    expect(known?.cause).toBe(error);
    expect(known?.retryable).toBe(true);
  });

  it.each(cells.filter(({ fact }) => fact === 'a time-out'))(
    '$hint makes of the limit of an attempt a $name',
    ({ hint, name }) => {
      const error = timeLimitError(hint, 30_000);
      expect(error).toMatchObject({ name, retryable: true, mayHaveExecuted: true });
      expect(error.message).toBe('No result within the limit of 30000 ms');
    },
  );

  it('is not asked where the error itself says what it is', () => {
    const hint = { platform: 'gemini' };
    for (const error of [new TokenExpiredError('meta'), new ServiceError('LEDGER_CLOSED')]) {
      expect(classifyError(error, hint)).toBe(error);
      expect(classifyError(new Error('above', { cause: error }), hint)).toBe(error);
    }
  });
});

describe('a refusal', () => {
  it.each([400, 401, 403, 404])('of an AI model or an MCP server is final: %i', (status) => {
    const refused = ['final', 'not executed'];
    const error = answered(status);
    expect(verdictOn(error, { platform: 'gemini' })).toEqual(['AI_MODEL_FAILED', ...refused]);
    expect(verdictOn(error, { platform: 'mcp' })).toEqual(['MCP_CONNECTION_ERROR', ...refused]);
  });
});

describe('a bare 4xx', () => {
  const plain = (status: number) => Object.assign(new Error('x'), { status });
  const ofSdk = (status: number) => Object.assign(plain(status), { headers: {} });

  it.each([401, 403])(
    'that no HTTP client made says nothing about a token of a platform: %i',
    (status) => {
      expect(classifyError(plain(status))).toBeUndefined();
      expect(classifyError(plain(status), { operation: 'api_call' })).toBeUndefined();
      expect(classifyError(plain(status), { platform: 'meta' })).toBeDefined();
      expect(classifyError(ofSdk(status))).toBeDefined();
      expect(classifyError(answered(status))).toBeDefined();
    },
  );

  it.each([402, 406, 409, 412, 418, 423])(
    'of a platform that has no class of its own is final: %i',
    (status) => {
      const refused = ['AD_PLATFORM_ERROR', 'final', 'not executed'];
      expect(verdictOn(answered(status), { platform: 'meta' })).toEqual(refused);
      expect(classifyError(answered(status))).toBeUndefined();
    },
  );
});

describe('a limit of an upstream that nobody knows', () => {
  const limited = (status: number, headers: object) =>
    classifyError(Object.assign(new Error('x'), { response: { status, headers } }))?.retryAfter;

  it('is over when its headers say so, Retry-After first', () => {
    expect(limited(429, { 'x-ratelimit-reset': '45' })).toBe(45);
    expect(limited(429, { 'x-ratelimit-reset': '45', 'retry-after': '10' })).toBe(10);
    expect(limited(429, { 'Retry-After-Ms': '1500' })).toBe(1.5);
  });

  it('does not make a failure of another kind wait', () => {
    expect(limited(503, { 'x-ratelimit-reset': '45' })).toBeUndefined();
  });
});

describe('a status without a response', () => {
  it('is believed less than what its cause says', () => {
    const failed = Object.assign(new Error('x', { cause: answered(503) }), { status: 400 });
    expect(verdictOn(failed, { platform: 'meta' })).toEqual([
      'PLATFORM_SERVICE_ERROR',
      'again',
      'may have executed',
    ]);
  });
});

describe('several errors in one', () => {
  const [limit, token, reset] = [answered(429), answered(401), coded('ECONNRESET')];
  const all = (...errors: unknown[]) => verdictOn(new AggregateError(errors), { platform: 'meta' });

  it('are repeated only where each of them may be', () => {
    expect(all(limit, token)).toEqual(['TOKEN_INVALID', 'final', 'not executed']);
    expect(all(reset, token)).toEqual(['TOKEN_INVALID', 'final', 'may have executed']);
  });

  it('keep what one of them says', () => {
    const daily = { code: 40133, message: 'QPD limit reached', request_id: 'r' };
    const known = classifyError(new AggregateError([daily]), { platform: 'tiktok' });
    expect(known?.message).toBe('QPD limit reached');
    expect(known?.details).toMatchObject({ platform_code: 40133, platform_request_id: 'r' });
    expect(known?.details['retry_after']).toBeGreaterThan(0);
  });

  it('may have been carried out if one of them may have', () => {
    expect(all(limit, reset)).toEqual(['CONNECTION_FAILED', 'again', 'may have executed']);
    expect(all(limit, limit)).toEqual(['API_RATE_LIMIT', 'again', 'not executed']);
  });
});

describe('what is not recognised', () => {
  it.each([
    undefined,
    null,
    '',
    'ECONNREFUSED',
    503,
    true,
    Symbol('x'),
    () => 1,
    {},
    [],
    new Error('x'),
    new TypeError('x is not a function'),
    new SyntaxError('Unexpected token )'),
    { name: 5, code: 5, status: 'x' },
  ])('is left alone: %s', (thrown) => {
    expect(classifyError(thrown)).toBeUndefined();
    expect(classifyError(thrown, { platform: 'meta' })).toBeUndefined();
  });
});

describe('classifying', () => {
  it.each(HOSTILE_OBJECTS)('never throws with $what', ({ value }) => {
    expect(() => classifyError(value, { platform: 'meta' })).not.toThrow();
    expect(() => classifyError(new Error('x', { cause: value }))).not.toThrow();
  });

  it('never throws, whatever is thrown, and makes an error of ours or nothing', () => {
    const key = fc.constantFrom('code', 'name', 'message', 'cause', 'errors', 'status', 'response');
    const more = fc.constantFrom('statusCode', 'headers', 'expose', 'config', '__proto__', 'get');
    const value = fc.oneof(
      fc.anything({ withNullPrototype: true, key: fc.oneof(key, more) }),
      fc.constantFrom('ECONNREFUSED', 'AbortError', 'TimeoutError', 429, 503, 404),
    );
    const thrown = fc
      .dictionary(fc.oneof(key, more), value)
      .chain((fields) => fc.constantFrom(fields, Object.assign(new Error('x'), fields)));
    fc.assert(
      fc.property(
        fc.oneof(value, thrown),
        fc.option(fc.string(), { nil: undefined }),
        (error, platform) => {
          const known = classifyError(error, { platform });
          expect(known === undefined || known instanceof ServiceError).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('keeps the stack of the foreign error and captures none of its own', () => {
    const error = coded('ECONNREFUSED');
    const known = classifyError(error);
    expect(known?.stack).not.toContain('\n    at ');
    expect(error.stack).toContain('classify-error.spec.ts');
    expect(known?.cause).toBe(error);
  });

  it('changes nothing on the error', () => {
    const error = Object.freeze(answered(503));
    expect(classifyError(error, { platform: 'meta' })?.type).toBe('PLATFORM_SERVICE_ERROR');
    expect(classifyError(new RateLimitError('meta'))?.type).toBe('API_RATE_LIMIT');
  });
});
