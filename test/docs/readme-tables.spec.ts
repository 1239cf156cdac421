import { describe, expect, it } from 'vitest';
import * as library from '../../lib/index.js';
import { isServiceError } from '../../lib/index.js';
import { CATALOG } from '../../lib/response/error-catalog.js';
import { ERROR_TYPES, type KnownErrorType } from '../../lib/errors/error-types.js';
import { RETRYABLE_RULES } from '../../lib/method-options.js';
import { RETRY_RULES } from '../../lib/retry/policy.js';
import { DEFAULTS, DEFAULT_TIMEOUTS } from '../../lib/retry/retry-options.js';
import { DEFAULT_EXTRAS, MODULE_RULES } from '../../lib/retryable.options.js';
import { tables } from '../support/readme.js';

const [ofCalls = [], ofOperations = [], ofModule = []] = tables('option', 'meaning', 'default');

function defaultOf(option: string): string | undefined {
  return [...ofCalls, ...ofOperations, ...ofModule].find(([name]) => name === option)?.[2];
}

describe('the tables in the README', () => {
  it('list every option there is', () => {
    const names = (rows: readonly string[][]) => new Set(rows.map(([name]) => name));
    expect(names(ofCalls)).toEqual(new Set(Object.keys(RETRY_RULES)));
    expect(names([...ofCalls, ...ofOperations])).toEqual(new Set(Object.keys(RETRYABLE_RULES)));
    expect(names(ofModule)).toEqual(
      new Set([...Object.keys(MODULE_RULES), ...Object.keys(DEFAULT_EXTRAS)]),
    );
  });

  it('state the defaults that the code has', () => {
    expect(defaultOf('maxRetries')).toBe(String(DEFAULTS.maxRetries));
    expect(defaultOf('jitter')).toBe(`'${DEFAULTS.jitter}'`);
    expect(defaultOf('maxRetryAfter')).toBe('30 000');
    expect(DEFAULTS.maxRetryAfter).toBe(30_000);
    expect(defaultOf('timeout')).toBe('by operation: 30 000');
    expect(new Set(Object.values(DEFAULT_TIMEOUTS))).toEqual(new Set([30_000]));
    expect(DEFAULT_EXTRAS).toEqual({ isGlobal: true, filter: 'all', interceptor: false });
  });

  it('describe every error class as it is', () => {
    const yesNo = (value: boolean) => (value ? 'yes' : 'no');
    const expected = Object.entries(library).flatMap(([name, value]) => {
      if (typeof value !== 'function' || !name.endsWith('Error') || name === 'ServiceError')
        return [];
      const error: unknown = new (value as unknown as new () => unknown)();
      if (!isServiceError(error)) return [];
      const { type, code, retryable, mayHaveExecuted } = error;
      const { httpStatus, retryAfter } = CATALOG[type as KnownErrorType];
      return [
        [name, type, code, yesNo(retryable), yesNo(mayHaveExecuted), httpStatus, retryAfter ?? ''],
      ];
    });
    const { code, retryable, mayHaveExecuted } = ERROR_TYPES.UNKNOWN_ERROR;
    const unknown = ['(anything else)', 'UNKNOWN_ERROR', code, yesNo(retryable)];
    const { httpStatus } = CATALOG.UNKNOWN_ERROR;
    expected.push([...unknown, yesNo(mayHaveExecuted), httpStatus, '']);
    expect(tables('class', 'type', 'code')[0]).toEqual(expected.map((row) => row.map(String)));
  });
});
