/** The 32 bits of several numbers, mixed: the same numbers always give the same. */
export function mixed(...numbers: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const number of numbers) {
    hash = Math.imul(hash ^ number, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** A number from 0 to 1 that depends on nothing but these. */
export function draw(...numbers: readonly number[]): number {
  return mixed(...numbers) / 2 ** 32;
}

/** Numbers from 0 to 1 like those of `Math.random`, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = mixed(seed);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Replaces `Math.random`. @returns puts it back */
export function seedMathRandom(seed: number): () => void {
  const { random } = Math;
  Math.random = seededRandom(seed);
  return () => {
    Math.random = random;
  };
}
