import { describe, expect, it } from 'vitest';
import { RateLimitError, ServiceError } from '../../../lib/index.js';
import { describeError, stackOf } from '../../../lib/errors/describe-error.js';
import { ERROR_TABLE } from './error-table.js';
import { HOSTILE_OBJECTS } from './hostile.js';

class LedgerClosed extends ServiceError {
  constructor() {
    super('LEDGER_CLOSED', { code: 7001, message: 'Ledger 2024 is closed' });
  }
}
class Throttled extends RateLimitError {}
class PaymentRefused extends Error {}

describe('the description of an error', () => {
  it.each(ERROR_TABLE)('names the class, the type and the code of a $name', (row) => {
    expect(describeError(row.create({ message: 'upstream said no' }))).toEqual({
      error_type: row.name,
      error_message: 'upstream said no',
      type: row.type,
      error_code: row.code,
    });
  });

  it("names the application's own class, not the one that it extends", () => {
    expect(describeError(new LedgerClosed())).toEqual({
      error_type: 'LedgerClosed',
      error_message: 'Ledger 2024 is closed',
      type: 'LEDGER_CLOSED',
      error_code: '7001',
    });
    expect(describeError(new Throttled('meta')).error_type).toBe('Throttled');
  });

  it.each([
    [new PaymentRefused('no'), 'PaymentRefused', 'no'],
    [new TypeError('x is not a function'), 'TypeError', 'x is not a function'],
    [new DOMException('aborted', 'AbortError'), 'DOMException', 'aborted'],
    ['a text', 'string', 'a text'],
    [undefined, 'undefined', ''],
    [null, 'null', ''],
    [42, 'number', ''],
    [Symbol('x'), 'symbol', ''],
    [{ message: 'plain' }, 'Object', 'plain'],
    [Object.assign(Object.create(null) as object, { name: 'Bare' }), 'Bare', ''],
    [new (class {})(), 'object', ''],
    [Object.assign(new Error('x'), { message: 5 }), 'Error', ''],
  ])('is a class and a text for whatever is thrown: %s', (thrown, type, message) => {
    expect(describeError(thrown)).toEqual({ error_type: type, error_message: message });
  });

  it.each(HOSTILE_OBJECTS)('is bounded and never throws with $what', ({ value }) => {
    const { error_type, error_message } = describeError(value);
    expect(error_type.length).toBeLessThanOrEqual(200);
    expect(error_message.length).toBeLessThanOrEqual(500);
    expect(() => stackOf(value)).not.toThrow();
  });
});

describe('the place of an error', () => {
  it('is its frames, without the message above them', () => {
    const stack = stackOf(new Error('secret words\n  in two lines')) ?? '';
    expect(stack.split('\n')[0]).toContain('describe-error.spec.ts');
    expect(stack).not.toContain('secret words');
    expect(stack.split('\n').length).toBeLessThanOrEqual(15);
  });

  it('is nowhere where there are no frames', () => {
    expect(stackOf('a text')).toBeUndefined();
    expect(stackOf({ stack: 'no frames' })).toBeUndefined();
    expect(stackOf({ stack: 5 })).toBeUndefined();
  });
});
