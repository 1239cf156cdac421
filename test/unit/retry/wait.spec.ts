import { expect, it, vi } from 'vitest';
import { MAX_DELAY_MS, startWait } from '../../../lib/retry/wait.js';
import { pass, stopTime } from '../../support/time.js';

it('a wait ends once, with its time or before', async () => {
  stopTime();
  const [elapsed, cut] = [vi.fn(), vi.fn()];
  const ends = [startWait(1000, elapsed), startWait(1000, cut)];
  ends[1]?.(false);
  expect(cut).toHaveBeenCalledExactlyOnceWith(false);
  await pass(1000);
  expect(elapsed).toHaveBeenCalledExactlyOnceWith(true);
  for (const end of ends) end(true);
  expect([elapsed.mock.calls.length, cut.mock.calls.length]).toEqual([1, 1]);
});

it('no wait is longer than the timers of Node can be', () => {
  expect(MAX_DELAY_MS).toBe(2_147_483_647);
});
