import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { retryAfterSeconds } from '../../../lib/classify/retry-after.js';

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
