import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, redactForClients } from '../../../lib/errors/redact.js';
import { leakOf, passwords, secrets } from './secrets.js';

const shown = (text: string) => redact(text, 500);

describe('ordinary messages', () => {
  it('keep their UUIDs, whatever the letters of these', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(shown(id)).toBe(id);
        expect(shown(`job ${id}: not found`)).toBe(`job ${id}: not found`);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    'Campaign act_1234567890 was not found',
    'connect ECONNREFUSED 127.0.0.1:5432',
    'connect ECONNREFUSED [::1]:5432',
    'getaddrinfo ENOTFOUND graph.facebook.com',
    'Request failed with status code 503',
    '(#17) User request limit reached',
    "Unsupported post request. Object with ID '23843000000000000' does not exist",
    'SQLSTATE[23505]: Unique violation: 7 ERROR on campaigns_account_id_name_idx',
    "ER_DUP_ENTRY: Duplicate entry '5' for key 'campaigns.PRIMARY'",
    'relation "campaign_automation_rules" does not exist',
    "Cannot read properties of undefined (reading 'id')",
    'Unexpected token < in JSON at position 0',
    'Invalid OAuth access token - Cannot parse access token',
    'Invalid bearer token',
    'Basic authentication failed',
    'The author: Jane, its authority: none',
    'max_tokens: 4096 exceeds the limit',
    '{"token":null,"message":"Campaign not found"}',
    '{"error":{"message":"Invalid parameter","code":100,"fbtrace_id":"AbCdEf12345"}}',
    'Ad set 7c9e6679-7425-40de-944b-e07fc1f90ae7 (request_id=3f2504e0-4f89-41d3-9a0c-0305e82c3301)',
    '876ec90c-8b5d-706a-b3fb-877ee2ebf0ce, cb92da44-ae04-cb71-b985-cefd51321a66',
    'at CampaignService.create (/app/dist/campaigns/campaign.service.js:42:13)',
    '/app/node_modules/@nestjs/core/router/router-execution-context.js:46:28',
    String.raw`C:\Users\app\dist\campaigns\campaign.service.js`,
    'AdSetBudgetTooLowError',
    'FailedToCreateAdSetError',
    'GoogleAdsApiDeveloperTokenNotApprovedError',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'customers/1234567890/campaigns/9876543210',
    'type.googleapis.com/google.ads.googleads.v17.errors.GoogleAdsFailure',
    'gemini-2.5-flash-preview-09-2025 answered at 2024-01-01T00:00:00.000Z',
    'https://www.example.com:8443/v19.0/act_123/campaigns',
    'file:///app/dist/main.js',
    'application/x-www-form-urlencoded; charset=utf-8',
    '广告账户 act_1234567890 的预算不足',
    '====================',
  ])('stay as they are: %s', (message) => {
    expect(shown(message)).toBe(message);
  });
});

describe('credentials', () => {
  it.each([
    ['https://jane:pa55@db.local:5432/x', 'https://db.local:5432/x'],
    ['postgres://jane:p#ss@db.local/x', 'postgres://db.local/x'],
    [`amqp://jane:p"a'ss@mq.local/x`, 'amqp://mq.local/x'],
    ['//jane:pa55@mq.local/x', '//mq.local/x'],
    ['http://jane:pa?55', 'http://[redacted]'],
    [
      'GET https://a.example/v1/ads?access_token=abc&x=1#top failed',
      'GET https://a.example/v1/ads failed',
    ],
    ['GET /v1/ads?access_token=abc&x=1 failed', 'GET /v1/ads?access_token=[redacted] failed'],
    ['Bearer abc, Basic YWJj', 'Bearer [redacted], Basic [redacted]'],
    ['Authorization: Custom abc', 'Authorization: [redacted]'],
    [`{ authorization: 'Custom abc', host: 'x' }`, "{ authorization: [redacted], host: 'x' }"],
    ['Set-Cookie: sid=abc; Path=/', 'Set-cookie: [redacted]'],
    [`'set-cookie': [ 'a=b' ]`, `'set-cookie: [redacted]`],
    ['X-Api-Key: abc', 'X-Api-Key: [redacted]'],
    ['password=a,b;c)d end', 'password=[redacted] end'],
    [String.raw`{"password":"a\"b","x":1}`, '{"password":[redacted],"x":1}'],
    [String.raw`{ password: 'a\'b', x: 1 }`, '{ password: [redacted], x: 1 }'],
    [String.raw`"{\"password\":\"abc\"}"`, String.raw`"{\"password\":[redacted]`],
    ['Server=db;Password=a;b', 'Server=db;Password=[redacted]'],
    ['{"client_secret": 12345}', '{"client_secret": [redacted]'],
    ['密码：abc 错误', '密码：[redacted] 错误'],
  ])('are hidden: %s', (message, rest) => {
    expect(shown(message)).toBe(rest);
  });

  const places: Readonly<Record<string, (secret: string) => string>> = {
    'among words': (secret) => `The token ${secret} is not valid`,
    'beside a word': (secret) => `key${secret}`,
    'in a query': (secret) => `GET /v1/ads?sig=${secret}&limit=5`,
    'in a path': (secret) => `/app/${secret}/main.js`,
    'in a URL': (secret) => `https://hooks.example/services/${secret}`,
    'in quotes': (secret) => `Unexpected "${secret}"`,
    'in XML': (secret) => `<token>${secret}</token>`,
    'as a key': (secret) => JSON.stringify({ [secret]: { [secret]: 1 } }),
    'in a list': (secret) => `[${secret},${secret}]`,
  };

  it.each(Object.entries(places))('are hidden %s, whatever they are made of', (_, write) => {
    fc.assert(
      fc.property(secrets, (secret) => {
        expect(leakOf(secret, shown(write(secret)))).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    'kiftyvrkoFCijquEGsyprrGbebNjmMpcpbzsHBvn',
    'SKssUluBMunlfFysfeuUdugcyrDAKmoJAwnftuGt',
    'o-hyFhhvFQbmCghthmk-kVVe-oA8c5_5WlpM-6ov',
    'uAuc/u9T/knyfphwkSnlWZmmyOgyuBOQrzlpzvov',
    'K7F3A-9QX2B-C4D8E-2M9PL-7RT5W-Q3Z8K-1AB6',
    '7540755476036545447260473526272547073343',
    'abcdefghijklmnopqrstabcdefghijklmnopqrst',
  ])('are hidden though they look like words or numbers: %s', (secret) => {
    expect(leakOf(secret, shown(`The token ${secret} is not valid`))).toBeUndefined();
  });

  const named: Readonly<Record<string, (password: string) => string>> = {
    'after a name': (password) => `login failed: password=${password} user=jane`,
    'in JSON': (password) => JSON.stringify({ user: 'jane', password, id: 5 }),
    'in JSON inside JSON': (password) => JSON.stringify({ data: JSON.stringify({ password }) }),
    'in a header': (password) => `Proxy-Authorization: Custom ${password}\nHost: x`,
    'in a cookie': (password) => `Cookie: a=b; sid=${password}`,
    'in a URL': (password) => `mysql://jane:${encodeURIComponent(password)}@db.local/x`,
    'in a URL, unescaped': (password) =>
      `mysql://jane:p${password.replace(/[<>]/g, '#')}@db.local/x`,
  };

  it.each(Object.entries(named))('are hidden %s, whatever symbols they have', (_, write) => {
    fc.assert(
      fc.property(passwords, (password) => {
        const text = shown(write(password));
        const halves = [password.slice(0, 20), password.slice(20)];
        expect(halves.filter((half) => text.includes(half))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the text', () => {
  it('is one line without control characters, and never longer than asked', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)),
          maxLength: 300,
        }),
        fc.integer({ min: 1, max: 100 }),
        (text, max) => {
          const result = redact(text, max);
          expect(result.length).toBeLessThanOrEqual(max);
          expect(result).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        },
      ),
    );
    expect(shown('one\r\ntwo\u2028three\u0000')).toBe('one two three');
  });

  it.each([
    ['a word', 'x '],
    ['a URL', 'https://jane:pa55'],
    ['a name', 'token='],
    ['quotes', '"\'`\\"'],
    ['slashes', '//'],
    ['an address', '@a:'],
    ['schemes', 'bearer '],
    ['a token', 'aB3-'],
    ['nothing', '\u0000'],
  ])('is bounded work, though a megabyte repeats %s', (_, piece) => {
    const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
    expect(shown(text).length).toBeLessThanOrEqual(500);
    expect(redactForClients(text, 200).length).toBeLessThanOrEqual(200);
  });

  it('takes no part of a token for the path of a file, which would leave the rest too short to notice', () => {
    const token = 'hT/ePhBYikRzP+pd+/abcdef/ghijkl/mnop12';
    expect(redactForClients(`key ${token}`, 200)).not.toContain('ePhBYikRzP');
  });

  it('never shows the half of something that was cut in two', () => {
    fc.assert(
      fc.property(secrets, fc.integer({ min: 1960, max: 2000 }), (secret, before) => {
        const filler = `https://a.example/?${'x'.repeat(1900)}`;
        const text = shown(`${filler} ${'in '.repeat(50)}`.slice(0, before - 1) + ` ${secret}`);
        expect(leakOf(secret, text)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    'Call graph.facebook.com/v19.0/act_1?fields=x now',
    'Call internal-host.local:8080/x now',
    'Call ads.internal:443 now',
    'Call 10.0.0.5:5432/ledgers now',
    'Call localhost:3000/x now',
    'Call /srv/app/dist/main.js now',
    'Call ~/.config/ads now',
    'Call C:\\Users\\jane\\ads.json now',
  ])('has no addresses and no paths in it where a client sees it: %s', (text) => {
    expect(redactForClients(text, 200)).toMatch(/^Call ? now$/);
  });

  it.each([
    'Age and/or gender is not allowed',
    'Start is 10/12, not 5/2024',
    'spend_cap/day is too low',
    'Use 16:9 or 4:5, at most 3 images/min.',
    'Name ends with a dot. Or with a slash / like this/',
    'budget.daily: must be positive, e.g. 5.0',
    '每日/总 预算 太低',
  ])('keeps ordinary text where a client sees it: %s', (text) => {
    expect(redactForClients(text, 200)).toBe(text);
  });

  it.each([
    'password: must be longer than or equal to 8 characters',
    'access_token: should not be empty',
    'api_key: required',
    'token: invalid, session: expired',
    'password: is too short',
  ])('keeps what a validation says of a secret: %s', (text) => {
    expect(redact(text, 200)).toBe(text);
  });

  it.each(['password: is', 'password: hunter two', 'token: mustang', 'password: required2'])(
    'takes no other word after its name for such: %s',
    (text) => {
      expect(redact(text, 200)).toContain('[redacted]');
    },
  );

  it('has no URLs in it where a client sees it', () => {
    const reason = 'See https://a.example/x?y=1 or //b.example/x. ftp://c.example';
    expect(redactForClients(reason, 200)).toBe('See  or');
  });
});
