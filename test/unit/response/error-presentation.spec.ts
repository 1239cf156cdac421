import { describe, expect, it } from 'vitest';
import { ErrorPresentation } from '../../../lib/response/error-presentation.js';
import { EN } from '../../../lib/response/messages.en.js';
import { ZH_CN } from '../../../lib/response/messages.zh-CN.js';

const PROTOTYPE_KEYS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];

describe('the presentation without options', () => {
  const presentation = new ErrorPresentation();

  it('speaks Chinese, and English where it is asked to', () => {
    expect(presentation.locales).toEqual(['zh-CN', 'en']);
    expect(presentation.negotiate(undefined)).toBe('zh-CN');
    expect(presentation.negotiate('en-US,en;q=0.9')).toBe('en');
    expect(presentation.negotiate('en-US,en;q=0.9')).toBe('en');
    expect(presentation.words('TIMEOUT', 'zh-CN')).toMatchObject(ZH_CN.TIMEOUT);
    expect(presentation.words('TIMEOUT', 'en')).toMatchObject(EN.TIMEOUT);
  });

  it.each(['LEDGER_CLOSED', '', ...PROTOTYPE_KEYS])(
    'has words for a type it does not know: %s',
    (type) => {
      expect(presentation.words(type, 'en')).toMatchObject(EN.UNKNOWN_ERROR);
      expect(presentation.httpStatus(type)).toBeUndefined();
    },
  );

  it.each(['fr', '', 'EN', ...PROTOTYPE_KEYS])(
    'has words for a language it does not know: %s',
    (locale) => {
      expect(presentation.localeOf(locale)).toBe('zh-CN');
      expect(presentation.words('TIMEOUT', locale)).toMatchObject(ZH_CN.TIMEOUT);
    },
  );

  it('remembers languages without end to none', () => {
    for (let index = 0; index < 1000; index++) presentation.negotiate(`x-${index}, en`);
    expect(presentation.negotiate('x-999, en')).toBe('en');
  });
});

describe('the presentation of an application', () => {
  const presentation = new ErrorPresentation({
    locale: 'fr',
    catalog: {
      fr: {
        TIMEOUT: { message: 'Trop lent', action: undefined },
        LEDGER_CLOSED: { message: 'Fermé' },
      },
      en: { TIMEOUT: { actionUrl: '/status' }, LEDGER_CLOSED: { message: 'Closed' } },
    },
    httpStatus: { TOKEN_EXPIRED: 424, LEDGER_CLOSED: 423 },
  });

  it('speaks its own languages beside the built-in ones, its default first', () => {
    expect(presentation.locales).toEqual(['fr', 'zh-CN', 'en']);
    expect(presentation.negotiate('de')).toBe('fr');
    expect(presentation.negotiate('zh-CN')).toBe('zh-CN');
    expect(presentation.localeOf('en')).toBe('en');
  });

  it('says its own words, and the built-in ones where it has none', () => {
    expect(presentation.words('TIMEOUT', 'fr').message).toBe('Trop lent');
    expect(presentation.words('TIMEOUT', 'en')).toEqual({ ...EN.TIMEOUT, actionUrl: '/status' });
    expect(presentation.words('LEDGER_CLOSED', 'fr').message).toBe('Fermé');
    expect(presentation.words('LEDGER_CLOSED', 'en').message).toBe('Closed');
    expect(presentation.words('LEDGER_CLOSED', 'zh-CN')).toMatchObject(ZH_CN.UNKNOWN_ERROR);
  });

  it('has its own statuses', () => {
    expect(presentation.httpStatus('TOKEN_EXPIRED')).toBe(424);
    expect(presentation.httpStatus('LEDGER_CLOSED')).toBe(423);
    expect(presentation.httpStatus('TIMEOUT')).toBeUndefined();
  });
});
