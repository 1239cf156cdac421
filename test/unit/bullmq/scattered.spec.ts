import { expect, it } from 'vitest';
import { scattered } from '../../../lib/bullmq/scattered.js';

it.each([
  [1000, 0, 1000],
  [1000, 1, 2000],
  [60_000, 1, 66_000],
  [1_200_000, 0.5, 1_230_000],
  [604_800_000, 1, 604_860_000],
])('a wait of %d ms is never shorter, and longer by a tenth and a minute at most', (ms, by, is) => {
  expect(scattered(ms, () => by)).toBe(is);
});
