import Negotiator from 'negotiator';

/** A longer header is cut: no client that means well sends one. */
const MAX_HEADER = 500;

/**
 * The language of a response: the best one that `Accept-Language` allows, else the default.
 *
 * @param available the default first
 */
export function negotiateLocale(
  acceptLanguage: string,
  available: readonly [string, ...string[]],
): string {
  const headers = { 'accept-language': acceptLanguage.slice(0, MAX_HEADER) };
  return new Negotiator({ headers }).language([...available]) ?? available[0];
}
