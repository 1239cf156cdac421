import { describe, expect, it, vi } from 'vitest';
import { remembered } from '../../../lib/errors/remembered.js';

describe('a function that remembers', () => {
  it('is called once for a short text, and each time for a long one', () => {
    const func = vi.fn((text: string) => text.toUpperCase());
    const shout = remembered(func, 5);
    expect([shout('short'), shout('short'), shout('longer'), shout('longer')]).toEqual([
      'SHORT',
      'SHORT',
      'LONGER',
      'LONGER',
    ]);
    expect(func).toHaveBeenCalledTimes(3);
  });

  it('begins anew after a thousand texts', () => {
    const func = vi.fn((text: string) => text);
    const same = remembered(func, 5);
    for (let number = 0; number < 1001; number++) same(String(number));
    func.mockClear();
    same('1000');
    expect(func).not.toHaveBeenCalled();
    same('0');
    expect(func).toHaveBeenCalledOnce();
  });

  it('gives half a surrogate pair back as it is', () => {
    expect(remembered((text) => text, 5)('a\ud800')).toBe('a\ud800');
  });
});
