const HIDDEN = '[redacted]';

/** Text is cut to this length before anything is looked for in it. */
const MAX_INPUT = 2000;

// Each expression is a fixed beginning followed by repeated character classes: none can be made to
// backtrack beyond a constant.
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;
const COOKIES = /cookies?["']?\s{0,3}[:=].*/is;
const URL = /\b([a-z][a-z0-9+.-]{1,15}:\/\/)([^\s"'<>`]*)/gi;
const SCHEME = /\b(bearer|basic|digest|negotiate)\s{1,3}[^\s,;"']+/gi;
const NAMED =
  /((?:token|secret|passw(?:or)?d|pwd|passphrase|authorization|auth|session|credentials?|signature|jwt|(?:api|access|private|secret|developer)[_ -]?key)[\w.-]{0,30}["']?\s{0,3}[=:]\s{0,3})("[^"]*"?|'[^']*'?|[^\s,;&}\])]+)/gi;
const TOKEN_LIKE = /[A-Za-z0-9_\-+/=.~%]{20,}/g;

/** Plain words, none of which could be hidden: most of what is printed, told at a glance. */
const PLAIN =
  /^(?:(?!(?:bearer|basic|digest|negotiate)\b)[a-z0-9_]{1,19}(?:[ ,;!?()]+|\. |\.?$))*$/i;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const WORD =
  /^(?:[a-z]{0,24}|[A-Z]{1,24}|\d{1,20}|[A-Za-z0-9]{1,6}|[A-Z]{0,3}[a-z]{2,24}(?:[A-Z]{1,3}[a-z]{2,24}){0,6})$/;

/**
 * Text that came from somewhere else, made fit to be shown: one line, of bounded length, without
 * credentials. Hidden are the values of secret-looking names, authorization schemes, cookies, the
 * user, query and fragment of URLs, and whatever has the shape of a token.
 *
 * @param maxLength the longest result, in characters
 */
export function redact(text: string, maxLength: number): string {
  if (text.length <= maxLength && PLAIN.test(text)) return text.trim();
  const safe = text
    .slice(0, MAX_INPUT)
    .replace(COOKIES, `cookie: ${HIDDEN}`)
    .replace(CONTROL, ' ')
    .replace(URL, (_, scheme: string, rest: string) => scheme + withoutUserAndQuery(rest))
    .replace(SCHEME, `$1 ${HIDDEN}`)
    .replace(NAMED, `$1${HIDDEN}`)
    .replace(TOKEN_LIKE, (run) => run.split('/').map(hideToken).join('/'))
    .trim();
  return safe.length > maxLength ? `${safe.slice(0, maxLength - 1)}…` : safe;
}

/** The same for text that a client sees: URLs are left out altogether. */
export function redactForClients(text: string, maxLength: number): string {
  return redact(text.slice(0, MAX_INPUT).replace(URL, ''), maxLength);
}

function withoutUserAndQuery(rest: string): string {
  const [path = ''] = rest.split(/[?#]/, 1);
  return path.slice(path.lastIndexOf('@') + 1);
}

function hideToken(piece: string): string {
  if (UUID.test(piece)) return piece;
  if (piece.split(/[._\-=]/).every((word) => WORD.test(word))) return piece;
  return new Set(piece).size < 8 && piece.length > 6 ? piece : HIDDEN;
}
