import { redact } from '../errors/redact.js';

/** Redis keeps it in memory, as often as calls are parked. */
const MAX_BYTES = 1_048_576;
const MAX_PATH = 200;
const MAX_DEPTH = 100;

/**
 * What is given, if it is JSON that may be kept where others read it.
 *
 * @throws Error whose message names the place and what is wrong there, and no value
 */
export function jsonToKeep(given: unknown): unknown {
  const text = JSON.stringify(copyOf(given, '$', []));
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) {
    throw new Error(`\`serialize\` gave ${bytes} bytes of JSON, and ${MAX_BYTES} are allowed`);
  }
  return JSON.parse(text) as unknown;
}

/** What a call has given, as far as it can be kept: keys that look like secrets lose their values. */
export function resultToKeep(given: unknown): unknown {
  const text = JSON.stringify(given, (key, value: unknown) =>
    looksSecret(key, value) ? '[hidden]' : value,
  ) as string | undefined;
  if (text === undefined) return undefined;
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) throw new Error(`The result has ${bytes} bytes of JSON`);
  return JSON.parse(text) as unknown;
}

/** A copy of data alone, whose values have been looked at; no code of the object runs twice. */
function copyOf(value: unknown, path: string, above: readonly unknown[]): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'object') throw new Error(`${gave(path)} ${nameOf(value)}`);
  if (above.includes(value)) throw new Error(`${gave(path)} an object that contains itself`);
  if (above.length === MAX_DEPTH) throw new Error(`${gave(path)} more than ${MAX_DEPTH} levels`);
  const inside = [...above, value];
  const entries = readable(path, () => entriesOf(value));
  if (entries === undefined)
    throw new Error(`${gave(path)} ${readable(path, () => nameOf(value))}`);
  if (Array.isArray(value)) {
    return entries.map(([key, item]) => copyOf(item, `${path}[${key}]`, inside));
  }
  const kept = entries
    .filter(([, item]) => item !== undefined) // JSON leaves it out, as if it were not there
    .map(([key, item]) => {
      const place = `${path}.${key}`;
      if (looksSecret(key, item)) throw new Error(`${gave(place)} what looks like a secret`);
      return [key, copyOf(item, place, inside)];
    });
  return Object.fromEntries(kept) as unknown;
}

/** Undefined where it is neither a list nor an object without a class. */
function entriesOf(value: object): [string, unknown][] | undefined {
  if (Array.isArray(value)) return Array.from(value, (item, index) => [String(index), item]);
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? Object.entries(value) : undefined;
}

/** What code of the application throws may hold the value. */
function readable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new Error(`${gave(path)} what cannot be read`);
  }
}

function gave(path: string): string {
  return `\`serialize\` gave, at ${redact(path, MAX_PATH)},`;
}

function nameOf(value: unknown): string {
  if (typeof value !== 'object') return typeof value === 'number' ? String(value) : typeof value;
  const { constructor } = value as { constructor?: unknown };
  return typeof constructor === 'function' ? `an instance of ${constructor.name}` : 'an object';
}

const SECRET_WORDS: ReadonlySet<string> = new Set(
  (
    'auth authorization authentication bearer cookie cookies credential credentials csrf jwt otp ' +
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
