/** Calls that were parked together are made within this share of their wait, and not all at once. */
const SHARE = 0.1;
const LEAST_MS = 1000;
const MOST_MS = 60_000;

/** A wait that the platform has asked for, and a little more. */
export function scattered(ms: number, random = Math.random): number {
  const most = Math.min(MOST_MS, Math.max(LEAST_MS, ms * SHARE));
  return Math.ceil(ms + random() * most);
}
