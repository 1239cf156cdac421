import { expect, it } from 'vitest';
import { CreativeRejectedError, ServiceError, TokenExpiredError } from '../../lib/index.js';
import { onBothAdapters, type TestCase } from '../support/app.js';
import { failingRoute } from '../support/failing-route.js';

type Options = Parameters<TestCase['options']>[0];

const ZH = '广告账户授权已过期，请重新授权';
const EN = 'The authorization of the ad account has expired. Please authorize it again.';
const FR = "L'autorisation du compte publicitaire a expiré.";

onBothAdapters('the language of an error', (testCase) => {
  const start = (
    errors: Options['errors'],
    thrown: () => unknown = () => new TokenExpiredError(),
  ) => testCase().options({ errors }).controllers(failingRoute(thrown)).start();

  const ask = async (errors: Options['errors'], language: string | undefined) => {
    const app = await start(errors);
    const { headers, body } = await app.get(
      '/fail',
      language === undefined ? {} : { headers: { 'accept-language': language } },
    );
    return [headers.get('content-language'), body.error.message];
  };

  it.each([
    ['en', 'en', EN],
    ['en-US,en;q=0.9', 'en', EN],
    ['zh-CN', 'zh-CN', ZH],
    ['fr;q=0.9, en;q=0.5, zh-CN;q=0.4', 'en', EN],
    ['en;q=0.1, zh-CN;q=0.2', 'zh-CN', ZH],
    ['fr', 'zh-CN', ZH],
    ['*', 'zh-CN', ZH],
    ['no language at all ;;;', 'zh-CN', ZH],
    ['x'.repeat(5000), 'zh-CN', ZH],
  ])('for Accept-Language %s is %s', async (asked, language, message) => {
    expect(await ask({}, asked)).toEqual([language, message]);
  });

  // What fetch sends by itself is `*`.
  it('is Chinese unless the client or the application says otherwise', async () => {
    expect(await ask(undefined, undefined)).toEqual(['zh-CN', ZH]);
  });

  it('is the one of the application where the client asks for none that is there', async () => {
    expect(await ask({ locale: 'en' }, 'fr')).toEqual(['en', EN]);
    expect(await ask({ locale: 'en' }, 'zh-CN')).toEqual(['zh-CN', ZH]);
  });

  it('can be one that the application brings along', async () => {
    const catalog = { fr: { TOKEN_EXPIRED: { message: FR } } };
    expect(await ask({ catalog }, 'fr-FR')).toEqual(['fr', FR]);
    expect(await ask({ catalog, locale: 'fr' }, 'de')).toEqual(['fr', FR]);
  });

  it('keeps the built-in words of what the application does not word itself', async () => {
    const catalog = {
      en: {
        TOKEN_EXPIRED: { action: 'Reconnect', actionUrl: 'https://app.test/connect' },
        LEDGER_CLOSED: { message: 'The ledger is closed.' },
      },
    };
    const app = await start({ catalog });
    const { body } = await app.get('/fail', { headers: { 'accept-language': 'en' } });
    expect(body.error).toMatchObject({
      message: EN,
      action: 'Reconnect',
      action_url: 'https://app.test/connect',
    });
  });

  it('covers types of the application', async () => {
    const catalog = { en: { LEDGER_CLOSED: { message: 'The ledger is closed.', action: 'Wait' } } };
    const app = await start({ locale: 'en', catalog, httpStatus: { LEDGER_CLOSED: 423 } }, () => {
      return new ServiceError('LEDGER_CLOSED', { code: 7001, message: 'ledger 2024, tenant 17' });
    });
    const { status, body } = await app.get('/fail');
    expect(status).toBe(423);
    expect(body.error).toMatchObject({
      code: '7001',
      type: 'LEDGER_CLOSED',
      message: 'The ledger is closed.',
      action: 'Wait',
    });
  });

  it('never lets the words of a platform through', async () => {
    const app = await start({}, () => new CreativeRejectedError('meta', { message: 'upstream' }));
    const { text } = await app.get('/fail');
    expect(text).not.toContain('upstream');
  });
});
