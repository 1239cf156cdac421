import { describe, expect, it } from 'vitest';
import { ConnectionFailedError, ValidationError } from '../../../lib/index.js';
import { promisesOf } from './class-promises.js';
import { OPERATION_ROWS } from './error-table.js';

describe('the errors of operations', () => {
  promisesOf(OPERATION_ROWS);

  it('keep which input is wrong and what is wrong with it', () => {
    const error = new ValidationError({ field: 'budget', errors: ['must be positive'] });
    expect(error.details).toEqual({ field: 'budget', errors: ['must be positive'] });
  });

  it('have not executed where the thrower knows that nothing was sent', () => {
    const refused = new ConnectionFailedError({ mayHaveExecuted: false });
    expect(refused).toMatchObject({ retryable: true, mayHaveExecuted: false });
  });
});
