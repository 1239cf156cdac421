import { read, readNumber } from '../errors/safe-read.js';

/** A header's value by its name in lower case, from whatever a client keeps headers in. */
export type HeaderReader = (name: string) => string | undefined;

/** The three forms of RFC 9110, 5.6.7. Date.parse takes any text that ends in a year for a date. */
const HTTP_DATE =
  /^[a-z]{3,9},? (?:\d\d[ -][a-z]{3}[ -]\d{2,4}|[a-z]{3} [ \d]\d) \d\d:\d\d:\d\d(?: \d{4}| GMT)$/i;

/**
 * The wait that a response states, in seconds, or undefined where it states none. Zero, a date in
 * the past and what cannot be read are no statement; of two values the first counts.
 *
 * `retry-after-ms` is a number of milliseconds (Azure, OpenAI). `Retry-After` is a number of seconds
 * or an HTTP date (RFC 9110, 10.2.3). A date is compared with the response's own `Date` where it has
 * one, so that a clock that is wrong here does not count.
 *
 * @param now milliseconds since the epoch
 */
export function retryAfterSeconds(header: HeaderReader, now: number): number | undefined {
  const milliseconds = positive(leadingNumber(header('retry-after-ms')) ?? 0);
  if (milliseconds !== undefined) return milliseconds / 1000;
  const value = header('retry-after')?.trim().slice(0, 64);
  if (value === undefined) return undefined;
  const seconds = leadingNumber(value);
  if (seconds !== undefined) return positive(seconds);
  return positive((httpDate(value) - sentAt(header, now)) / 1000);
}

/** The windows that a limit can have (OpenAI and its likes name them); the plain one is all others'. */
const WINDOWS = ['', '-requests', '-tokens'];
const RESETS = ['x-ratelimit', 'ratelimit'].flatMap((prefix) =>
  WINDOWS.map((window) => ({
    reset: `${prefix}-reset${window}`,
    remaining: `${prefix}-remaining${window}`,
  })),
);

/**
 * When a rate limit is lifted, in seconds: the latest `x-ratelimit-reset*` whose window is used up,
 * or `ratelimit-reset`. A number is a time since the epoch in seconds (GitHub) or milliseconds, or
 * seconds from now (IETF draft-ietf-httpapi-ratelimit-headers), which its size tells; a text is a
 * duration such as `6m0s`.
 *
 * @param now milliseconds since the epoch
 */
export function resetSeconds(header: HeaderReader, now: number): number | undefined {
  const waits = RESETS.map((names) => {
    const value = header(names.reset);
    if (value === undefined) return undefined;
    const remaining = leadingNumber(header(names.remaining)) ?? 0;
    return remaining > 0 ? undefined : resetIn(value, header, now);
  });
  return longest(...waits);
}

function resetIn(value: string | undefined, header: HeaderReader, now: number): number | undefined {
  const number = leadingNumber(value);
  if (number === undefined) return durationSeconds(value);
  if (number < 1e9) return positive(number);
  if (number >= 1e14) return undefined; // microseconds, or none of these
  const resetAt = number < 1e12 ? number * 1000 : number;
  return positive((resetAt - sentAt(header, now)) / 1000);
}

const DURATION =
  /^(?:(\d{1,9}(?:\.\d{1,9})?)h)?(?:(\d{1,9}(?:\.\d{1,9})?)m)?(?:(\d{1,9}(?:\.\d{1,9})?)s)?(?:(\d{1,9}(?:\.\d{1,9})?)ms)?$/;

/**
 * A duration in seconds: `"34s"`, `"34.07s"` (google.protobuf.Duration as JSON), `"6m0s"`, `"250ms"`,
 * or an object of `seconds` (a number, a text or a Long) and `nanos`.
 */
export function durationSeconds(value: unknown): number | undefined {
  if (typeof value === 'string') {
    const [match, hours, minutes, seconds, ms] = DURATION.exec(value.slice(0, 64)) ?? [];
    if (!match) return undefined;
    const [h, m, s, milli] = [hours, minutes, seconds, ms].map((part) => Number(part ?? 0));
    return positive((h ?? 0) * 3600 + (m ?? 0) * 60 + (s ?? 0) + (milli ?? 0) / 1000);
  }
  const seconds = wholeNumber(read(value, 'seconds')) ?? 0;
  return positive(seconds + (readNumber(value, 'nanos') ?? 0) / 1e9);
}

/** The wait in a platform's words: "Retry in 30 seconds". */
export function waitInWords(words: string): number | undefined {
  const [, seconds] = /\bretry in (\d{1,9}(?:\.\d{1,9})?) ?s(?:ec(?:ond)?s?)?\b/i.exec(words) ?? [];
  return seconds === undefined ? undefined : positive(Number(seconds));
}

/** The longest of several waits. */
export function longest(...waits: readonly (number | undefined)[]): number | undefined {
  const stated = waits.filter((wait) => wait !== undefined);
  return stated.length === 0 ? undefined : Math.max(...stated);
}

const DAY = 86_400;

/** Seconds until the next midnight in a time zone, also on the days on which its clocks change. */
export function secondsToMidnight(timeZone: string, now: number): number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium' });
  const secondOfDay = (time: number) => {
    const [hours = 0, minutes = 0, seconds = 0] = format.format(time).split(':').map(Number);
    return hours * 3600 + minutes * 60 + seconds;
  };
  const left = DAY - secondOfDay(now);
  const missedBy = secondOfDay(now + left * 1000);
  return left - (missedBy < DAY / 2 ? missedBy : missedBy - DAY);
}

export function positive(seconds: number): number | undefined {
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

const NUMBER = /^\s*(\d+(?:\.\d+)?)\s*(?:,|$)/;

function leadingNumber(value: string | undefined): number | undefined {
  const [, number] = NUMBER.exec(value?.slice(0, 64) ?? '') ?? [];
  return number === undefined ? undefined : Number(number);
}

// A 64-bit number of protobufjs is an object of two halves.
function wholeNumber(value: unknown): number | undefined {
  if (typeof value === 'number' || typeof value === 'string') return Number(value);
  const low = readNumber(value, 'low');
  if (low === undefined) return undefined;
  return (readNumber(value, 'high') ?? 0) * 2 ** 32 + (low >>> 0);
}

function sentAt(header: HeaderReader, now: number): number {
  const date = httpDate(header('date') ?? '');
  return Number.isNaN(date) ? now : date;
}

function httpDate(value: string): number {
  if (!HTTP_DATE.test(value)) return Number.NaN;
  return Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
}
