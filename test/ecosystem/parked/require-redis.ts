import { absent } from '../support/brokers.js';

/** Who asks for the figures is not told that all is well where nothing was tried. */
export default function requireRedis(): void {
  if (absent.has('Redis')) throw new Error('There is no Redis at 127.0.0.1:6379.');
}
