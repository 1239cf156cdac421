/** A header's value by its name in lower case, from whatever a client keeps headers in. */
export type HeaderReader = (name: string) => string | undefined;

/**
 * The wait that a response states, in seconds, or undefined where it states none. Zero, a date in
 * the past and what cannot be read are no statement.
 *
 * `Retry-After` is a number of seconds or an HTTP date (RFC 9110, 10.2.3). A date is compared with
 * the response's own `Date` where it has one, so that a clock that is wrong here does not count.
 *
 * @param now milliseconds since the epoch
 */
export function retryAfterSeconds(header: HeaderReader, now: number): number | undefined {
  const value = header('retry-after')?.trim().slice(0, 64);
  if (value === undefined || value === '') return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return positive(Number(value));
  if (!/^[A-Za-z]{3}/.test(value)) return undefined;
  const sentAt = Date.parse(header('date')?.slice(0, 64) ?? '');
  return positive((Date.parse(value) - (Number.isNaN(sentAt) ? now : sentAt)) / 1000);
}

function positive(seconds: number): number | undefined {
  return seconds > 0 ? seconds : undefined;
}
