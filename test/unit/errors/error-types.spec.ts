import { describe, expect, it } from 'vitest';
import { defaultsOf, ERROR_TYPES } from '../../../lib/errors/error-types.js';
import { ERROR_TABLE } from './error-table.js';

/** The types of the application's own HTTP exceptions; no class has them. */
const OF_HTTP_EXCEPTIONS = {
  BAD_REQUEST: '1001',
  UNAUTHORIZED: '1002',
  FORBIDDEN: '1004',
  NOT_FOUND: '5000',
  CONFLICT: '5004',
};

describe('the types', () => {
  it('are those of the classes and of the HTTP exceptions, and no others', () => {
    const ofClasses = ERROR_TABLE.map(({ type }) => type);
    expect(Object.keys(ERROR_TYPES).toSorted()).toEqual(
      [...ofClasses, ...Object.keys(OF_HTTP_EXCEPTIONS)].toSorted(),
    );
  });

  it.each(Object.entries(OF_HTTP_EXCEPTIONS))('%s has the code %s and is final', (type, code) => {
    expect(defaultsOf(type)).toMatchObject({ code, retryable: false, mayHaveExecuted: false });
  });

  it.each(['LEDGER_CLOSED', '', '__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'that nobody knows are unknown errors: %s',
    (type) => {
      expect(defaultsOf(type)).toBe(ERROR_TYPES.UNKNOWN_ERROR);
    },
  );
});
