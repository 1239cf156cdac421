import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  durationSeconds,
  resetSeconds,
  retryAfterSeconds,
  secondsToMidnight,
  waitInWords,
} from '../../../lib/classify/retry-after.js';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

function secondsOf(headers: Readonly<Record<string, string>>): number | undefined {
  return retryAfterSeconds((name) => headers[name], NOW);
}

const stated = (value: string) => secondsOf({ 'retry-after': value });

describe('Retry-After', () => {
  it.each([
    ['120', 120],
    ['1', 1],
    ['2.128', 2.128],
    ['0.5', 0.5],
    [' 7 ', 7],
    ['007', 7],
    ['99999999', 99_999_999],
    ['9'.repeat(30), 1e30],
  ])('of %s is that many seconds', (value, seconds) => {
    expect(stated(value)).toBeCloseTo(seconds, 6);
  });

  it.each([
    ['Thu, 01 Jan 2026 12:00:30 GMT', 30],
    ['Thursday, 01-Jan-26 12:00:30 GMT', 30],
    ['Thu Jan  1 12:00:30 2026', 30],
    ['Fri, 02 Jan 2026 12:00:00 GMT', 86_400],
  ])('of %s is the time until then', (value, seconds) => {
    expect(stated(value)).toBe(seconds);
  });

  it('is in Greenwich time wherever the server runs', () => {
    vi.stubEnv('TZ', 'Asia/Shanghai');
    expect(stated('Thu Jan  1 12:00:30 2026')).toBe(30);
    vi.unstubAllEnvs();
  });

  it('is compared with the clock of the server where it says what it shows', () => {
    const headers = {
      'retry-after': 'Thu, 01 Jan 2026 14:00:10 GMT',
      date: 'Thu, 01 Jan 2026 14:00:00 GMT',
    };
    expect(secondsOf(headers)).toBe(10);
    expect(secondsOf({ ...headers, date: 'Thu, 01 Jan 2026 15:00:00 GMT' })).toBeUndefined();
    expect(secondsOf({ ...headers, date: 'yesterday 5' })).toBe(7210);
  });

  it.each([
    '0',
    '0.0',
    '-5',
    '-0',
    'Thu, 01 Jan 2026 11:59:59 GMT',
    'Thu, 01 Jan 1970 00:00:00 GMT',
  ])('of %s is no wait', (value) => {
    expect(stated(value)).toBeUndefined();
  });

  it.each([
    '',
    ' ',
    'soon',
    'soon 2099',
    'Jan 2099',
    'Thu, in 2099',
    'NaN',
    'Infinity',
    '1e9',
    '0x10',
    '5s',
    '٣',
    '+5',
    '1.',
    '.5',
    'PT5S',
    '2026-01-01T12:00:30Z',
    'Thu, 41 Jan 2026 12:00:30 GMT',
    'undefined',
  ])('of %j is no statement', (value) => {
    expect(stated(value)).toBeUndefined();
  });

  it('given twice is the first of the two, as Node reads it', () => {
    expect(stated('5, 10')).toBe(5);
    expect(stated('5,10')).toBe(5);
  });

  it('is not read to its end where that is far', () => {
    expect(stated('1'.repeat(1_000_000))).toBeGreaterThan(1e60);
    expect(stated(`Thu, ${'1'.repeat(1_000_000)}`)).toBeUndefined();
  });

  it('that is not there is no statement', () => {
    expect(secondsOf({})).toBeUndefined();
    expect(secondsOf({ date: 'Thu, 01 Jan 2026 14:00:00 GMT' })).toBeUndefined();
  });

  it('is a number of seconds above zero or nothing, whatever a server sends', () => {
    const header = fc.oneof(
      fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
      fc.double().map(String),
      fc.date({ noInvalidDate: false }).map((date) => date.toString()),
    );
    fc.assert(
      fc.property(header, header, (value, date) => {
        const seconds = secondsOf({ 'retry-after': value, date });
        return seconds === undefined || (seconds > 0 && Number.isFinite(seconds));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('retry-after-ms', () => {
  it('is milliseconds and more precise than the other', () => {
    expect(secondsOf({ 'retry-after-ms': '1500' })).toBe(1.5);
    expect(secondsOf({ 'retry-after-ms': '1500', 'retry-after': '2' })).toBe(1.5);
  });

  it('that is none leaves the other', () => {
    expect(secondsOf({ 'retry-after-ms': 'soon', 'retry-after': '2' })).toBe(2);
    expect(secondsOf({ 'retry-after-ms': '0', 'retry-after': '2' })).toBe(2);
  });
});

describe('when a limit is lifted', () => {
  const reset = (headers: Readonly<Record<string, string>>) =>
    resetSeconds((name) => headers[name], NOW);

  it.each([
    ['seconds from now', '45', 45],
    ['seconds since the epoch', String(NOW / 1000 + 45), 45],
    ['milliseconds since the epoch', String(NOW + 45_000), 45],
    ['a duration', '6m0s', 360],
    ['a short duration', '250ms', 0.25],
    ['a time in the past', String(NOW / 1000 - 45), undefined],
    ['nothing that can be read', 'tomorrow', undefined],
    ['zero', '0', undefined],
    ['a number of any size', '1767268845000000', undefined],
  ])('may be %s', (_, value, seconds) => {
    expect(reset({ 'x-ratelimit-reset': value })).toBe(seconds);
    expect(reset({ 'ratelimit-reset': value })).toBe(seconds);
  });

  it('is compared with the clock of the server', () => {
    const date = 'Thu, 01 Jan 2026 13:00:00 GMT';
    expect(reset({ 'x-ratelimit-reset': String(NOW / 1000 + 3610), date })).toBe(10);
  });

  it('is the latest of the windows that are used up', () => {
    const headers = {
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-reset-tokens': '6m0s',
      'x-ratelimit-remaining-tokens': '0',
    };
    expect(reset(headers)).toBe(360);
    expect(reset({ ...headers, 'x-ratelimit-remaining-tokens': '100' })).toBe(1);
    expect(reset({ 'x-ratelimit-reset': '9', 'x-ratelimit-remaining': '1' })).toBeUndefined();
  });
});

describe('a duration', () => {
  const long = { low: 30, high: 0, unsigned: false };

  it.each([
    ['34s', 34],
    ['34.5s', 34.5],
    ['1h2m3s', 3723],
    ['0.5h', 1800],
    ['1m', 60],
    ['20ms', 0.02],
    ['1s500ms', 1.5],
    [{ seconds: 30 }, 30],
    [{ seconds: '30', nanos: 500_000_000 }, 30.5],
    [{ seconds: long, nanos: 0 }, 30],
    [{ seconds: { low: -1, high: 0 } }, 4_294_967_295],
    [{ seconds: { low: 0, high: 1 } }, 4_294_967_296],
    [{ nanos: 1 }, 1e-9],
  ])('of %j is that many seconds', (value, seconds) => {
    expect(durationSeconds(value)).toBe(seconds);
  });

  it.each(['', 's', '5', '-5s', '5 s', '5s5s', '5m5h', 'Infinitys', 'NaNs', '1e3s'])(
    'is not %j',
    (value) => {
      expect(durationSeconds(value)).toBeUndefined();
    },
  );

  it.each([
    undefined,
    null,
    5,
    {},
    { seconds: 'x' },
    { seconds: Number.NaN },
    { seconds: -5 },
    { seconds: Infinity },
    { seconds: { low: 'x' } },
  ])('is not %j', (value) => {
    expect(durationSeconds(value)).toBeUndefined();
  });

  it('is a number of seconds above zero or nothing, whatever is sent', () => {
    const value = fc.oneof(
      fc.string({ unit: fc.constantFrom('1', '9', '.', 'h', 'm', 's', '-', ' ') }),
      fc.record({ seconds: fc.anything(), nanos: fc.anything() }),
    );
    fc.assert(
      fc.property(value, (sent) => {
        const seconds = durationSeconds(sent) ?? 1;
        expect(seconds > 0 && Number.isFinite(seconds)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('words', () => {
  it.each([
    ['Too many requests. Retry in 30 seconds.', 30],
    ['Retry in 900 seconds', 900],
    ['Please retry in 11.66s.', 11.66],
    ['retry in 1 second', 1],
    ['Retry in 0 seconds', undefined],
    ['Retry in 5 minutes', undefined],
    ['Retry in a moment', undefined],
  ])('may state a wait: %s', (words, seconds) => {
    expect(waitInWords(words)).toBe(seconds);
  });
});

describe('midnight', () => {
  it.each([
    ['UTC', '2026-03-29T23:00:00Z', 3600],
    ['UTC', '2026-03-29T00:00:00Z', 86_400],
    ['America/Los_Angeles', '2026-07-01T06:59:59Z', 1],
    ['America/Los_Angeles', '2026-01-01T07:00:00Z', 3600],
    // The clocks go forward on 8 March and back on 1 November.
    ['America/Los_Angeles', '2026-03-08T08:30:00Z', 81_000],
    ['America/Los_Angeles', '2026-11-01T07:30:00Z', 88_200],
  ])('in %s is that far from %s', (zone, time, seconds) => {
    expect(secondsToMidnight(zone, Date.parse(time))).toBe(seconds);
  });
});
