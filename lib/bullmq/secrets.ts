const SECRET_WORDS: ReadonlySet<string> = new Set(
  (
    'auth authorization authentication bearer pass cookie cookies credential credentials csrf jwt otp ' +
    'passphrase passwd password passwords pwd secret secrets session sessid sessionid signature ' +
    'token tokens xsrf apikey accesskey privatekey secretkey'
  ).split(' '),
);
const SECRET_PAIRS = /\b(?:api|access|private|secret|developer|encryption|signing) keys?\b/;
const SECRET_PARTS = /密码|密钥|口令|令牌/;

/** Whether a key of JSON looks as if its value were a secret; a number of tokens is none. */
export function looksSecret(key: string, value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  const words = key
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/);
  const isCounted = typeof value === 'number' || typeof value === 'boolean';
  const named = words.filter((word) => SECRET_WORDS.has(word));
  if (named.some((word) => !(isCounted && /^tokens?$/.test(word)))) return true;
  return SECRET_PAIRS.test(words.join(' ')) || SECRET_PARTS.test(key);
}

const SCHEME = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
const QUERY = /([?&#;]([\w.%-]{1,64})=)[^&#;\s"'<>]+/g;

/** The text, where what authorizes, and the values of secret-looking names in a URL, are hidden. */
export function withoutSecrets(text: string): string {
  return text
    .replace(SCHEME, '$1 [hidden]')
    .replace(QUERY, (found, before: string, name: string) =>
      looksSecret(name, 'x') ? `${before}[hidden]` : found,
    );
}
