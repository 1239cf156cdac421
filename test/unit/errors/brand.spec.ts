import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import * as fromSource from '../../../lib/index.js';
import { ERROR_TABLE } from './error-table.js';
import { HOSTILE_OBJECTS } from './hostile.js';

type Package = typeof fromSource;
const dist = new URL('../../../dist/', import.meta.url);
const esm = (await import(new URL('esm/index.js', dist).href)) as Package;
const cjs = createRequire(import.meta.url)(new URL('cjs/index.js', dist).pathname) as Package;

const pairs: readonly (readonly [string, Package, Package])[] = [
  ['require by what was imported', esm, cjs],
  ['import by what was required', cjs, esm],
];

describe('two copies of the package in one process', () => {
  it('are two indeed', () => {
    expect(esm.ServiceError).not.toBe(cjs.ServiceError);
    expect(esm.ServiceError.prototype).not.toBe(cjs.ServiceError.prototype);
  });

  const classes = ERROR_TABLE.map(({ name }) => name as keyof Package & `${string}Error`);

  describe.each(pairs)('know an error made through %s', (_, mine, other) => {
    it.each(classes)('%s', (name) => {
      const Mine = mine[name] as unknown as typeof fromSource.ServiceError;
      const Other = other[name] as unknown as new () => fromSource.ServiceError;
      const error = new Other();
      expect(error).toBeInstanceOf(Mine);
      expect(error).toBeInstanceOf(mine.ServiceError);
      expect(error).toBeInstanceOf(Error);
      expect(mine.isServiceError(error)).toBe(true);
      expect(mine.classifyError(error)).toBe(error);
      expect(error instanceof mine.TokenExpiredError).toBe(name === 'TokenExpiredError');
    });

    it('as an AdPlatformError where it is one', () => {
      expect(new other.RateLimitError()).toBeInstanceOf(mine.AdPlatformError);
      expect(new other.McpToolError()).not.toBeInstanceOf(mine.AdPlatformError);
    });

    it('and answer it like one of their own', () => {
      const error = new other.CreativeRejectedError('meta', { reason: 'TEXT_TOO_LONG' });
      const { error: part } = mine.createErrorResponse({ error, requestId: 'r1' });
      expect(part).toMatchObject({
        type: 'CREATIVE_REJECTED',
        platform: 'meta',
        details: { reason: 'TEXT_TOO_LONG' },
      });
    });
  });
});

describe('a class of the application', () => {
  class LedgerClosed extends fromSource.ServiceError {
    constructor(readonly year: number) {
      super('LEDGER_CLOSED', { code: 7001 });
    }
  }
  class Slow extends fromSource.RateLimitError {}

  it('is told by its prototype', () => {
    const error = new LedgerClosed(2024);
    expect(error).toBeInstanceOf(LedgerClosed);
    expect(error).toBeInstanceOf(fromSource.ServiceError);
    expect(fromSource.isServiceError(error)).toBe(true);
    expect(new fromSource.ServiceError('LEDGER_CLOSED')).not.toBeInstanceOf(LedgerClosed);
    expect(error).not.toBeInstanceOf(Slow);
  });

  it('is also what it extends', () => {
    const error = new Slow('meta');
    expect(error).toBeInstanceOf(fromSource.RateLimitError);
    expect(error).toBeInstanceOf(cjs.RateLimitError);
    expect(new fromSource.RateLimitError('meta')).not.toBeInstanceOf(Slow);
    expect(error.retryable).toBe(true);
  });
});

describe('what is no error of this package', () => {
  it.each([undefined, null, 'TOKEN_EXPIRED', 1, {}, [], new Error('x'), () => 1, Symbol('x')])(
    'is not taken for one: %s',
    (value) => {
      expect(fromSource.isServiceError(value)).toBe(false);
      expect(value instanceof fromSource.ServiceError).toBe(false);
    },
  );

  it('cannot come out of JSON', () => {
    const text = JSON.stringify(new fromSource.RateLimitError('meta'));
    expect(fromSource.isServiceError(JSON.parse(text))).toBe(false);
  });

  it.each(HOSTILE_OBJECTS)('is asked without an exception: $what', ({ value }) => {
    expect(() => fromSource.isServiceError(value)).not.toThrow();
    expect(() => value instanceof fromSource.RateLimitError).not.toThrow();
  });
});
