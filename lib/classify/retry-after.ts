/** A header's value by its name in lower case, from whatever a client keeps headers in. */
export type HeaderReader = (name: string) => string | undefined;

/** The three forms of RFC 9110, 5.6.7. Date.parse takes any text that ends in a year for a date. */
const HTTP_DATE =
  /^[a-z]{3,9},? (?:\d\d[ -][a-z]{3}[ -]\d{2,4}|[a-z]{3} [ \d]\d) \d\d:\d\d:\d\d(?: \d{4}| GMT)$/i;

/**
 * The wait that a response states, in seconds, or undefined where it states none. Zero, a date in
 * the past and what cannot be read are no statement; of two values the first counts.
 *
 * `Retry-After` is a number of seconds or an HTTP date (RFC 9110, 10.2.3). A date is compared with
 * the response's own `Date` where it has one, so that a clock that is wrong here does not count.
 *
 * @param now milliseconds since the epoch
 */
export function retryAfterSeconds(header: HeaderReader, now: number): number | undefined {
  const value = header('retry-after')?.trim().slice(0, 64);
  if (value === undefined) return undefined;
  const [, seconds] = /^(\d+(?:\.\d+)?)(?:\s*,|$)/.exec(value) ?? [];
  if (seconds !== undefined) return positive(Number(seconds));
  const sentAt = httpDate(header('date') ?? '');
  return positive((httpDate(value) - (Number.isNaN(sentAt) ? now : sentAt)) / 1000);
}

function httpDate(value: string): number {
  if (!HTTP_DATE.test(value)) return Number.NaN;
  return Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
}

function positive(seconds: number): number | undefined {
  return seconds > 0 ? seconds : undefined;
}
