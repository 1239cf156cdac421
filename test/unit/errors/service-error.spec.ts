import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceError, type ServiceErrorOptions } from '../../../lib/index.js';
import { withoutStack } from '../../../lib/errors/service-error.js';
import { promisesOf } from './class-promises.js';
import { UNKNOWN_ROW } from './error-table.js';
import { HOSTILE_OBJECTS } from './hostile.js';

describe('a ServiceError', () => {
  promisesOf([UNKNOWN_ROW]);

  it('may be of a type of the application', () => {
    const error = new ServiceError('LEDGER_CLOSED', { code: 7001, message: 'Ledger is closed' });
    expect(error).toMatchObject({ type: 'LEDGER_CLOSED', code: '7001', retryable: false });
    expect(String(error)).toBe('ServiceError: Ledger is closed');
  });

  it.each(['__proto__', 'constructor', 'toString'])('may even be of the type %s', (type) => {
    expect(new ServiceError(type)).toMatchObject({ type, code: '1000', mayHaveExecuted: true });
  });

  it('takes undefined for what is not given', () => {
    const given = Object.fromEntries(
      ['code', 'platform', 'message', 'details', 'retryable', 'retryAfter', 'mayHaveExecuted'].map(
        (key) => [key, undefined],
      ),
    ) as ServiceErrorOptions;
    const error = new ServiceError('PLATFORM_TIMEOUT', { ...given, cause: undefined });
    expect(Object.entries(error)).toEqual(Object.entries(new ServiceError('PLATFORM_TIMEOUT')));
    expect(Object.hasOwn(error, 'cause')).toBe(false);
  });

  it('keeps its cause out of what is enumerated and serialised', () => {
    const error = new ServiceError('TIMEOUT', { cause: { token: 'abc' } });
    expect(Object.keys(error)).not.toContain('cause');
    expect(JSON.stringify(error)).not.toContain('abc');
    expect(error.cause).toEqual({ token: 'abc' });
  });

  it.each([0, -1, -0, Number.NaN, Number.NEGATIVE_INFINITY, Infinity])(
    'takes a wait of %d seconds for none',
    (retryAfter) => {
      expect(new ServiceError('API_RATE_LIMIT', { retryAfter }).retryAfter).toBeUndefined();
    },
  );

  const keys = ['code', 'platform', 'message', 'details', 'retryable', 'retryAfter', 'cause'];

  function madeOf(options: Record<string, unknown>): void {
    const error = new ServiceError('TIMEOUT', options);
    expect([typeof error.code, typeof error.message]).toEqual(['string', 'string']);
    expect([typeof error.retryable, typeof error.mayHaveExecuted]).toEqual(['boolean', 'boolean']);
    expect(['undefined', 'number']).toContain(typeof error.retryAfter);
  }

  it('is made of whatever it is given, since its constructor must not hide a failure', () => {
    const anything = fc.anything({ withBigInt: true, withNullPrototype: true });
    const options = fc.record(
      Object.fromEntries([...keys, 'mayHaveExecuted'].map((key) => [key, anything])),
      { requiredKeys: [] },
    );
    fc.assert(fc.property(options, madeOf), { numRuns: 1000 });
  });

  it.each(HOSTILE_OBJECTS)('is made of $what', ({ value }) => {
    for (const key of keys) madeOf({ [key]: value });
  });
});

describe('withoutStack', () => {
  it('captures no stack, and lets others capture theirs afterwards, also when it fails', () => {
    const limit = Error.stackTraceLimit;
    expect(withoutStack(() => new ServiceError('TIMEOUT')).stack).not.toContain('\n    at ');
    const fail = () => {
      throw new Error('x');
    };
    expect(() => withoutStack(fail)).toThrow('x');
    expect(Error.stackTraceLimit).toBe(limit);
  });
});
