import { expect, it } from 'vitest';
import { isServiceError, ServiceError } from '../../../lib/index.js';
import type { Row } from './error-table.js';

/** What every class of the table is asked, whatever its arguments. */
export function promisesOf(rows: readonly Row[]): void {
  it.each(rows)('$name is a $type with the code $code', (row) => {
    const error = row.create();
    expect(error).toMatchObject({
      name: row.name,
      type: row.type,
      code: row.code,
      retryable: row.retryable,
      mayHaveExecuted: row.mayHaveExecuted,
      retryAfter: undefined,
    });
    expect(error.message).not.toBe('');
    expect(error.stack).toContain(import.meta.filename);
    expect(error).toBeInstanceOf(ServiceError);
    expect(isServiceError(error)).toBe(true);
  });

  it.each(rows)('the own values of a $name win over those of its class', (row) => {
    const cause = new Error('upstream');
    const error = row.create({
      code: 7001,
      message: 'own words',
      retryable: !row.retryable,
      mayHaveExecuted: !row.mayHaveExecuted,
      retryAfter: 12.5,
      details: { note: 'own' },
      cause,
    });
    expect(error).toMatchObject({
      type: row.type,
      code: '7001',
      message: 'own words',
      retryable: !row.retryable,
      mayHaveExecuted: !row.mayHaveExecuted,
      retryAfter: 12.5,
    });
    expect(error.details['note']).toBe('own');
    expect(error.cause).toBe(cause);
  });

  it.each(rows)('a $name leaves the options it was made with as they were', (row) => {
    const options = Object.freeze({ details: Object.freeze({ note: 'own' }), code: undefined });
    expect(row.create(options).details).toMatchObject({ note: 'own' });
    expect(row.create(options).code).toBe(row.code);
    expect(options).toEqual({ details: { note: 'own' }, code: undefined });
  });
}
