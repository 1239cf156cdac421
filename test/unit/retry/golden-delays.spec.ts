import { defer, lastValueFrom, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  constant,
  exponential,
  RateLimitError,
  retryReport,
  retryWithBackoff,
  retryWithBackoff$,
  type Backoff,
} from '../../../lib/index.js';
import { startVirtualTime, type VirtualTime } from '../../../lib/testing/index.js';
import { failureOf } from '../../support/calls.js';

const GOLDEN: readonly (readonly [string, Backoff | undefined, readonly number[]])[] = [
  ['the default', undefined, [1000, 2000, 4000, 8000, 16_000]],
  ['exponential()', exponential(), [1000, 2000, 4000, 8000, 16_000]],
  ['a start of 100', exponential({ initialDelay: 100 }), [100, 200, 400, 800, 1600]],
  ['a factor of 3', exponential({ factor: 3 }), [1000, 3000, 9000, 27_000, 30_000]],
  ['a factor of 1', exponential({ factor: 1 }), [1000, 1000, 1000, 1000, 1000]],
  ['a factor of 1.5', exponential({ initialDelay: 400, factor: 1.5 }), [400, 600, 900, 1350, 2025]],
  ['a cap of 3 s', exponential({ maxDelay: 3000 }), [1000, 2000, 3000, 3000, 3000]],
  ['a cap below the start', exponential({ maxDelay: 500 }), [500, 500, 500, 500, 500]],
  ['a start of 0', exponential({ initialDelay: 0 }), [0, 0, 0, 0, 0]],
  ['constant(0)', constant(0), [0, 0, 0, 0, 0]],
  ['constant(250)', constant(250), [250, 250, 250, 250, 250]],
  ['a function', (retry) => retry * 10, [10, 20, 30, 40, 50]],
];

const CASES = GOLDEN.flatMap(([name, backoff, delays]) =>
  [0, 1, 2, 3, 4, 5].map((maxRetries) => [name, maxRetries, backoff, delays] as const),
);

const fail = () => Promise.reject(new RateLimitError('meta'));

let time: VirtualTime;
beforeEach(() => {
  time = startVirtualTime();
});
afterEach(() => time.restore());

/** When each call was made, and what is reported of them; `elapsedMs` shows a wait after the last. */
async function run(call: (operation: () => Promise<never>) => Promise<unknown>) {
  const startedAt = time.now();
  const times: number[] = [];
  const error = await failureOf(
    call(() => {
      times.push(time.now() - startedAt);
      return fail();
    }),
  );
  return { times, report: retryReport(error) };
}

describe('with the golden delays', () => {
  it.each(CASES)('of %s, %i retries are so many waits and no more', async (...golden) => {
    const [, maxRetries, backoff, all] = golden;
    const delays = all.slice(0, maxRetries);
    const times = [0];
    for (const delay of delays) times.push((times.at(-1) ?? 0) + delay);
    const options = { maxRetries, backoff };
    const expected = {
      times,
      report: expect.objectContaining({
        delays,
        attempts: maxRetries + 1,
        retries: maxRetries,
        elapsedMs: times.at(-1),
      }) as unknown,
    };
    expect(await run((func) => retryWithBackoff(func, options))).toEqual(expected);
    const observed = await run((func) =>
      lastValueFrom(
        defer(() => {
          func().catch(() => undefined);
          return throwError(() => new RateLimitError('meta'));
        }).pipe(retryWithBackoff$(options)),
      ),
    );
    expect(observed).toEqual(expected);
  });
});

describe('what a server asks for', () => {
  it('is waited in whole where it is longer than the backoff, at every retry', async () => {
    const asked = [3, 0.25, 8];
    const { times } = await run((func) =>
      retryWithBackoff(({ number }) => {
        void func().catch(() => undefined);
        throw new RateLimitError('meta', { retryAfter: asked[number - 1] });
      }),
    );
    expect(times).toEqual([0, 3000, 5000, 13_000]);
  });

  it('is never cut short by a part of a millisecond', async () => {
    const { times } = await run((func) =>
      retryWithBackoff(
        () => {
          void func().catch(() => undefined);
          throw new RateLimitError('meta', { retryAfter: 1.0007 });
        },
        { maxRetries: 1 },
      ),
    );
    expect(times[1]).toBeGreaterThanOrEqual(1000.7);
  });
});
