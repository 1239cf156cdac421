import { expect, it } from 'vitest';
import { retryWithBackoff } from '../../../lib/index.js';

/** Keeps the process busy for longer than limits that are due together may in one go. */
function work(): void {
  const end = performance.now() + 10;
  while (performance.now() < end);
}

it('lets other work have its turn between limits that are due together', async () => {
  const never = () => new Promise<never>(() => undefined);
  let turn = 0;
  let counting = true;
  const count = (): void => {
    turn++;
    if (counting) setImmediate(count);
  };
  count();
  const endedIn = await Promise.all(
    [1, 2, 3].map(async () => {
      const retryOn = () => {
        work();
        return false;
      };
      await retryWithBackoff(never, { timeout: 20, retryOn }).catch(() => undefined);
      return turn;
    }),
  );
  counting = false;
  expect(new Set(endedIn).size).toBe(3);
});
