import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonToKeep, resultToKeep } from '../../../lib/bullmq/json-to-keep.js';
import { looksSecret } from '../../../lib/bullmq/secrets.js';

const reasonOf = (value: unknown): string => {
  try {
    jsonToKeep(value);
  } catch (error) {
    return (error as Error).message;
  }
  return 'kept';
};

function hasSecret(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, item]) => looksSecret(key, item) || hasSecret(item));
}

class Dto {
  name = 'Spring';
}

const itself: Record<string, unknown> = {};
itself['self'] = itself;

describe('arguments of a parked call', () => {
  it('are kept as they are where they are JSON', () => {
    const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => !hasSecret(value));
    fc.assert(
      fc.property(json, (value) => {
        // Of a negative zero JSON keeps the zero.
        expect(jsonToKeep(value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('are either the same after a journey or refused in one sentence', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true }), (value) => {
        let kept: unknown;
        try {
          kept = jsonToKeep(value);
        } catch (error) {
          expect((error as Error).message).toMatch(/^`serialize` gave/);
          return;
        }
        expect(JSON.parse(JSON.stringify(kept))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each<[string, unknown, string]>([
    ['a date', [{ startsAt: new Date(0) }], '$[0].startsAt, an instance of Date'],
    ['an instance of a class', [new Dto()], '$[0], an instance of Dto'],
    ['a number that JSON does not have', [{ budget: NaN }], '$[0].budget, NaN'],
    ['a bigint', [10n], '$[0], bigint'],
    ['a function', [() => 1], '$[0], function'],
    ['nothing in a list', [undefined], '$[0], undefined'],
    ['what contains itself', [itself], '$[0].self, an object that contains itself'],
    ['a secret', [{ auth: { value: 's3cr3t' } }], '$[0].auth, what looks like a secret'],
    ['an authorization', ['Bearer abcdefgh12'], '$[0], what looks like a secret'],
    ['a URL with one', ['https://a.b/c?access_token=x&d=1'], '$[0], what looks like a secret'],
    ['a promise', Promise.resolve([]), '$, an instance of Promise'],
    ['an instance without a class', [Object.create({}) as unknown], '$[0], an instance of Object'],
  ])('are not kept with %s, and it is said where', (_, value, reason) => {
    expect(reasonOf(value)).toBe(`\`serialize\` gave, at ${reason}`);
  });

  it('are not kept where they are huge', () => {
    expect(reasonOf(['x'.repeat(1_048_576)])).toBe(
      '`serialize` gave 1048580 bytes of JSON, and 1048576 are allowed',
    );
  });

  it('may lack what is undefined in an object', () => {
    expect(jsonToKeep([{ name: 'Spring', note: undefined }])).toEqual([{ name: 'Spring' }]);
  });

  it('show no value in the reason', () => {
    const reason = reasonOf([{ EAAB9zX4kQp7LmN2vT8wRj3: new Date() }]);
    expect(reason).not.toContain('EAAB9zX4kQp7LmN2vT8wRj3');
  });
});

const SECRET =
  'token accessToken access_token ACCESS_TOKEN refreshTokens x-csrf-token password userPassword pwd ' +
  'pass secret clientSecret client_secret apiKey api_key APIKey apikey privateKey authorization ' +
  'Authorization cookie sessionId jwt idJwt signature credentials otp developer-key 密码';
const HARMLESS =
  'name author authors key keywords accountId dailyBudget secretary tokenize passenger signedUp ' +
  'monkey campaign_name compass';

describe('a key', () => {
  it.each(SECRET.split(' '))('looks like a secret: %s', (key) => {
    expect(looksSecret(key, 'x')).toBe(true);
  });

  it.each(HARMLESS.split(' '))('looks like none: %s', (key) => {
    expect(looksSecret(key, 'x')).toBe(false);
  });

  it('looks like none where its tokens are counted', () => {
    expect(looksSecret('maxOutputTokens', 1024)).toBe(false);
    expect(looksSecret('maxOutputTokens', '1024')).toBe(true);
    expect(looksSecret('otp', 123_456)).toBe(true);
  });

  it('looks like none where it has no value', () => {
    expect(looksSecret('token', undefined)).toBe(false);
    expect(looksSecret('token', null)).toBe(false);
    expect(looksSecret('token', '')).toBe(false);
  });
});

describe('the result of a parked call', () => {
  it('is kept as JSON, without secrets', () => {
    const next = 'https://graph.facebook.com/v25.0/1/ads?access_token=EAAB&limit=25';
    const result = {
      id: 'c1',
      at: new Date(0),
      access_token: 's3cr3t',
      of: [{ secret: 's' }],
      next,
    };
    expect(resultToKeep(result)).toEqual({
      id: 'c1',
      at: '1970-01-01T00:00:00.000Z',
      access_token: '[hidden]',
      of: [{ secret: '[hidden]' }],
      next: 'https://graph.facebook.com/v25.0/1/ads?access_token=[hidden]&limit=25',
    });
  });

  it('is nothing where JSON has no word for it', () => {
    expect(resultToKeep(undefined)).toBeUndefined();
    expect(resultToKeep(() => 1)).toBeUndefined();
  });

  it('is refused where it is no JSON or huge', () => {
    expect(() => resultToKeep(itself)).toThrow(/circular/);
    expect(() => resultToKeep('x'.repeat(1_048_576))).toThrow(/1048578 bytes/);
  });
});
