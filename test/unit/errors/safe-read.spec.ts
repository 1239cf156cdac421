import { describe, expect, it } from 'vitest';
import { read, readNumber, readString } from '../../../lib/errors/safe-read.js';
import { HOSTILE_OBJECTS } from './hostile.js';

describe('reading a property', () => {
  it('finds it on objects and functions, inherited ones too', () => {
    class Base {
      get code(): string {
        return 'E';
      }
    }
    expect(read(new (class extends Base {})(), 'code')).toBe('E');
    expect(read(Base, 'name')).toBe('Base');
    expect(read({ [Symbol.for('x')]: 1 }, Symbol.for('x'))).toBe(1);
  });

  it.each([undefined, null, 0, 'text', true, Symbol('x'), 5n])('finds none on %s', (value) => {
    expect(read(value, 'length')).toBeUndefined();
  });

  it.each(HOSTILE_OBJECTS)('does not throw with $what', ({ value }) => {
    expect(() => read(value, 'message')).not.toThrow();
  });

  it('takes only what is a text or a number', () => {
    const value = { text: 'a', number: 1, endless: Infinity, none: Number.NaN, digits: '1' };
    expect(readString(value, 'text')).toBe('a');
    expect(readString(value, 'number')).toBeUndefined();
    expect(readNumber(value, 'number')).toBe(1);
    expect(readNumber(value, 'endless')).toBeUndefined();
    expect(readNumber(value, 'none')).toBeUndefined();
    expect(readNumber(value, 'digits')).toBeUndefined();
  });
});
