const HIDDEN = '[redacted]';

/** Text is cut to this length before anything is looked for in it. */
const MAX_INPUT = 2000;

// Each expression is a fixed beginning followed by repeated character classes: none can be made to
// backtrack beyond a constant.
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;
const COOKIES = /cookies?[\\"'`\]]{0,4}\s{0,3}(?:=>|[:=]).*/is;
const AUTHORIZATION =
  /(authorization[\\"'`\]]{0,4}\s{0,3}(?:=>|[=:])\s{0,3})(?:"(?:[^"\\]|\\.)*"?|'[^'\r\n]*'?|.*)/gi;
const URL =
  /((?:\b[a-z][a-z0-9+.-]{1,15}:|(?<![\w+/=.-]))\/\/)(?:[^\s/]*@|[^\s/@:]*:(?!\d{1,5}(?:[\s/?#"'<>`]|$))\S*@)?([^\s"'<>`]*)/gi;
const WWW = /\bwww\.[^\s"'<>`]+/gi;
// A dot or a port makes a host; a word, a slash and a word are ordinary text.
const ADDRESS =
  /(?<![\w.-])(?:(?:(?:[a-z0-9_-]{1,63}\.){1,8}[a-z]{2,24}|\d{1,3}(?:\.\d{1,3}){3}|localhost)(?::\d{2,5}(?!\w)|(?=\/))|[a-z][\w-]{0,62}:\d{4,5}(?=\/[a-z]))(?:\/[^\s"'<>`]*)?/gi;
const FILE_PATH = /(?<![\w/.~+=-])(?:~?(?:\/[\w.@+-]+){2}|[a-z]:\\)[^\s"'<>`]*/gi;
const HOST = /^(?:[\p{L}\p{N}._-]*|\[[\da-f:.]*\])(?::\d{0,5})?$/iu;
const SCHEME =
  /\b(bearer|basic|digest|negotiate)\s{1,3}(?!(?:auth\w*|tokens?|scheme)\b)[^\s,;"']+/gi;
const NAMED =
  /((?:token(?!s\W{1,4}\d{1,8}\b)|secret|passw(?:or)?d|pwd|passphrase|pass(?![a-z])|auth(?!or)|bearer|[cx]srf|otp(?![a-z])|sessid|session|credentials?|signature|jwt|(?:api|access|private|secret|developer)[_ -]?key|密码|密钥|口令|令牌)[\w.-]{0,30}[\\"'`\]]{0,4}\s{0,3}(?:=>|[=:：])\s{0,3})(?!(?:null|undefined|true|false|must|should|cannot|required|missing|invalid|expired|is(?= (?:not|too|required|missing|invalid|expired)\b))(?:[\s,;.}\])]|$))(?:\\{0,3}"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`(?:[^`\\]|\\.)*`?|\S+)/gi;
const TOKEN_LIKE = /[A-Za-z0-9_\-+/=.~%]{20,}/g;

/** Plain words, none of which could be hidden: most of what is printed, told at a glance. */
const PLAIN =
  /^(?:(?!(?:bearer|basic|digest|negotiate)\b)[a-z0-9_]{1,19}(?:[ ,;!?()]+|\. |\.?$))*$/i;

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
const WORD =
  /^(?:[a-z]{0,24}|[A-Z]{1,24}|\d{1,20}|[A-Za-z0-9]{1,6}|[A-Z]{0,4}[a-z]{1,24}(?:[A-Z]{1,4}[a-z]{1,24}){0,9})$/;
const PLAIN_NAME = /^(?:(?:[a-z]+\d*|[A-Z]+|\d+)(?:[._\-=]|$))*$/;
/** Letters that words hardly ever have next to each other; of random pairs it is every third. */
const ODD_PAIR =
  /b(?=[fhknpqvwxz])|c(?=[bgjnpqvwxz])|d(?=[kqxz])|f(?=[bcdghjkmnpqvwxz])|g(?=[jkqvxz])|h(?=[bdghjkqvwxz])|j(?=[b-df-hj-np-tv-z])|k(?=[fhjkmqvwxz])|l(?=[gjqwxz])|m(?=[ghjkqvwxz])|n(?=[qx])|p(?=[fjkqvwxz])|q(?=[a-tv-z])|r(?=[jqxz])|s(?=[xz])|t(?=[qxz])|v(?=[b-df-hj-np-tv-z])|w(?=[cdfgjkmpquvxyz])|x(?=[bdfgjklnqruvwxz])|y(?=[jkquvxyz])|z(?=[b-df-gj-np-y])/gi;

/**
 * Text that came from somewhere else, made fit to be shown: one line, of bounded length, without
 * credentials. Hidden are the values of secret-looking names, authorization schemes, cookies, the
 * user, query and fragment of URLs, and whatever has the shape of a token.
 *
 * @param maxLength the longest result, in characters
 */
export function redact(text: string, maxLength: number): string {
  if (text.length <= maxLength && PLAIN.test(text)) return text.trim();
  const safe = bounded(text)
    .replace(COOKIES, `cookie: ${HIDDEN}`)
    .replace(AUTHORIZATION, `$1${HIDDEN}`)
    .replace(CONTROL, ' ')
    .replace(URL, (_, scheme: string, rest: string) => scheme + withoutUserAndQuery(rest))
    .replace(SCHEME, `$1 ${HIDDEN}`)
    .replace(NAMED, `$1${HIDDEN}`)
    .replace(TOKEN_LIKE, hideTokens)
    .trim();
  return safe.length > maxLength ? `${safe.slice(0, maxLength - 1)}…` : safe;
}

/** The same for text that a client sees: addresses and paths of files are left out altogether. */
export function redactForClients(text: string, maxLength: number): string {
  const places = [URL, WWW, ADDRESS, FILE_PATH];
  const shown = places.reduce((rest, place) => rest.replace(place, ''), bounded(text));
  return redact(shown, maxLength);
}

// What is cut in two may no longer look like what it is: it is left out.
function bounded(text: string): string {
  if (text.length <= MAX_INPUT) return text;
  const cut = text.slice(0, MAX_INPUT);
  const end = Math.max(...[' ', '\n', '"', "'", ','].map((mark) => cut.lastIndexOf(mark)));
  return `${cut.slice(0, end + 1)}…`;
}

function withoutUserAndQuery(rest: string): string {
  const [path = ''] = rest.split(/[?#]/, 1);
  const [host = '', ...names] = path.slice(path.lastIndexOf('@') + 1).split('/');
  // No host: the user and password of a URL that was not escaped.
  return [HOST.test(host) ? host : HIDDEN, ...names].join('/');
}

/** Hides the tokens of a path; beside one, what may be a part of it too: base64 has slashes. */
function hideTokens(run: string): string {
  const pieces = run.split('/');
  if (!pieces.some(isToken)) return run;
  return pieces
    .map((piece) => (isToken(piece) || !PLAIN_NAME.test(piece) ? HIDDEN : piece))
    .join('/');
}

/** Neither UUIDs nor made of words and numbers. */
function isToken(piece: string): boolean {
  if (new Set(piece).size < 4) return false; // a ruler or padding
  const rest = piece.replace(UUID, '');
  const words = rest.split(/[._\-=]/);
  const mixed = words.filter((word) => /\d[a-z]|[a-z]\d/i.test(word));
  const odd = rest.match(ODD_PAIR) ?? [];
  return !words.every(isWord) || mixed.length > 2 || odd.length > 1;
}

function isWord(word: string): boolean {
  if (!WORD.test(word)) return false;
  const capitals = word.replace(/[^A-Z]+/g, '').length;
  // Long names are of long words, and random letters are half capitals.
  const most = word.length / (word.length < 32 ? 3 : 4);
  return word.length < 7 || capitals === word.length || capitals <= most;
}
