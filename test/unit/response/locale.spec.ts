import { describe, expect, it } from 'vitest';
import { negotiateLocale } from '../../../lib/response/locale.js';

const AVAILABLE = ['zh-CN', 'en'] as const;

describe('the language', () => {
  it.each([
    ['en', 'en'],
    ['en-US', 'en'],
    ['en-GB,en;q=0.9', 'en'],
    ['EN', 'en'],
    ['zh-CN', 'zh-CN'],
    ['de, en;q=0.5', 'en'],
    ['en;q=0.5, zh-CN;q=0.9', 'zh-CN'],
    ['zh-CN;q=0, en', 'en'],
    ['*', 'zh-CN'],
  ])('for %j is %s', (header, locale) => {
    expect(negotiateLocale(header, [...AVAILABLE])).toBe(locale);
  });

  it.each(['de', 'fr-FR, de;q=0.9', '', ';', 'q=1', '*;q=0', '\u0000', '__proto__', 'constructor'])(
    'for %j is the default',
    (header) => {
      expect(negotiateLocale(header, [...AVAILABLE])).toBe('zh-CN');
      expect(negotiateLocale(header, ['en', 'zh-CN'])).toBe('en');
    },
  );

  it('is found in a header of any length', () => {
    expect(negotiateLocale('en,'.repeat(400_000), [...AVAILABLE])).toBe('en');
    expect(negotiateLocale(`${'de,'.repeat(400_000)}en`, [...AVAILABLE])).toBe('zh-CN');
  });

  it('leaves the list of languages as it was', () => {
    const available = Object.freeze(['zh-CN', 'en'] as const);
    expect(negotiateLocale('en', available)).toBe('en');
  });
});
