import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constant, exponential, RateLimitError } from '../../../lib/index.js';
import { withJitter } from '../../../lib/retry/backoff.js';
import { MAX_DELAY_MS } from '../../../lib/retry/wait.js';

const error = new RateLimitError('meta');
const delays = (backoff: ReturnType<typeof exponential>, retries: readonly number[]) =>
  retries.map((retry) => backoff(retry, error));

describe('exponential', () => {
  it('waits 1 s, 2 s, 4 s by default, and never more than 30 s', () => {
    expect(delays(exponential(), [1, 2, 3, 4, 5, 6, 7])).toEqual([
      1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
    ]);
  });

  it('takes its start, factor and cap from the options', () => {
    const backoff = exponential({ initialDelay: 100, factor: 3, maxDelay: 2000 });
    expect(delays(backoff, [1, 2, 3, 4, 5])).toEqual([100, 300, 900, 2000, 2000]);
  });

  it('stays at its cap where the power overflows', () => {
    expect(delays(exponential(), [1024, 1025, 1e5])).toEqual([30_000, 30_000, 30_000]);
  });

  it.each([
    [1000, 'the options to be an object, got 1000'],
    [null, 'the options to be an object, got null'],
    [
      { initialDelay: '5' },
      "`initialDelay` to be a number of milliseconds from 0 to 2147483647, got '5'",
    ],
    [
      { initialDelay: -1 },
      '`initialDelay` to be a number of milliseconds from 0 to 2147483647, got -1',
    ],
    [
      { maxDelay: 2 ** 31 },
      '`maxDelay` to be a number of milliseconds from 0 to 2147483647, got 2147483648',
    ],
    [
      { initialDelay: Number.NaN },
      '`initialDelay` to be a number of milliseconds from 0 to 2147483647, got NaN',
    ],
    [{ factor: 0.5 }, '`factor` to be a number of at least 1, got 0.5'],
    [{ factor: Infinity }, '`factor` to be a number of at least 1, got Infinity'],
  ])('refuses %o in one sentence', (options, sentence) => {
    const error = new TypeError(`Expected ${sentence} (in exponential).`);
    expect(() => exponential(options as object)).toThrow(error);
  });

  it('refuses an option that does not exist', () => {
    const sentence =
      'Unknown option `delay` (in exponential). Known are: initialDelay, factor, maxDelay.';
    expect(() => exponential({ delay: 5 } as object)).toThrow(new TypeError(sentence));
  });
});

describe('constant', () => {
  it('waits the same time before every retry', () => {
    expect(delays(constant(250), [1, 2, 3])).toEqual([250, 250, 250]);
  });

  it('refuses a delay that a timer cannot keep', () => {
    expect(() => constant(2 ** 31)).toThrow(/`delayMs`.*got 2147483648 \(in constant\)/);
    expect(() => constant('5' as unknown as number)).toThrow(/`delayMs`.*got '5'/);
  });
});

describe('withJitter', () => {
  it('leaves the delay alone, takes half of it, or scatters all of it', () => {
    const scattered = (['none', 'equal', 'full'] as const).map((jitter) =>
      withJitter(1000, jitter, () => 0.5),
    );
    expect(scattered).toEqual([1000, 750, 500]);
  });

  it('is never above the delay and never below zero', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: MAX_DELAY_MS, noNaN: true }),
        fc.constantFrom('none', 'equal', 'full'),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (delay, jitter, random) => {
          const result = withJitter(delay, jitter, () => random);
          return result >= 0 && result <= delay;
        },
      ),
    );
  });
});
