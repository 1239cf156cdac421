import * as fc from 'fast-check';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';

/** What secrets are made of. */
const ALPHABETS = {
  hex: `${DIGITS}abcdef`,
  base32: `${UPPER}234567`,
  base64: `${UPPER}${LOWER}${DIGITS}+/`,
  base64url: `${UPPER}${LOWER}${DIGITS}-_`,
  letters: `${UPPER}${LOWER}`,
  'letters and digits': `${UPPER}${LOWER}${DIGITS}`,
  'small letters': LOWER,
  'capital letters': UPPER,
  digits: DIGITS,
} as const;

const SYMBOLS = `${UPPER}${LOWER}${DIGITS}!#$%&()*+,-./:;<=>?@[]^_{|}~`;

/** Random letters of an alphabet, each as likely as any other; a smaller one would be no secret. */
function drawn(alphabet: string, length: number): fc.Arbitrary<string> {
  return fc.noShrink(fc.noBias(fc.nat(2 ** 31 - 1))).map((seed) => {
    const next = random(seed);
    return Array.from({ length }, () => alphabet[Math.floor(next() * alphabet.length)]).join('');
  });
}

/** Numbers from 0 to 1 (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Three parts as in a JSON Web Token, of forty characters in all. */
const JWT = fc
  .tuple(
    drawn(ALPHABETS.base64url, 12),
    drawn(ALPHABETS.base64url, 16),
    drawn(ALPHABETS.base64url, 7),
  )
  .map(([header, payload, signature]) => `eyJ${header}.${payload}.${signature}`.slice(0, 40));

/** A random secret of forty characters, of any of the shapes that tokens have. */
export const secrets: fc.Arbitrary<string> = fc.oneof(
  JWT,
  ...Object.values(ALPHABETS).map((alphabet) => drawn(alphabet, 40)),
);

/** A password of forty characters, as a password manager makes them. */
export const passwords: fc.Arbitrary<string> = drawn(SYMBOLS, 40);

/**
 * How much of a secret may be seen: less than this many characters in a row. A shorter piece is
 * what is left of one with a slash in it, which looks like a path.
 */
const MAX_VISIBLE = 16;

/** The longest piece of a secret in a text that gives it away, or undefined. */
export function leakOf(secret: string, text: string): string | undefined {
  for (let start = 0; start + MAX_VISIBLE <= secret.length; start++) {
    const piece = secret.slice(start, start + MAX_VISIBLE);
    if (text.includes(piece)) return piece;
  }
  return undefined;
}
