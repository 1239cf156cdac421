import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { twoProportionZTest } from '../../sample-app/ab-tests/z-test.js';

describe('the two-proportion z-test', () => {
  // By hand: pooled 0.05, deviation sqrt(0.05 * 0.95 * 2 / 2000) = 0.0068920, z = 0.02 / 0.0068920.
  it('tells a clear difference from luck', () => {
    const { z, pValue } = twoProportionZTest(
      { successes: 120, trials: 2000 },
      { successes: 80, trials: 2000 },
    );
    expect(z).toBeCloseTo(2.9019, 4);
    expect(pValue).toBeCloseTo(0.00371, 5);
  });

  // z = 0.2 / sqrt(0.5 * 0.5 * 2 / 100) = sqrt(8), and 2 * (1 - Φ(2.8284)) = 0.00468.
  it('needs fewer trials for a larger difference', () => {
    const { z, pValue } = twoProportionZTest(
      { successes: 60, trials: 100 },
      { successes: 40, trials: 100 },
    );
    expect(z).toBeCloseTo(2.8284, 4);
    expect(pValue).toBeCloseTo(0.00468, 5);
  });

  it('finds no difference where nobody or everybody did it', () => {
    const none = { successes: 0, trials: 50 };
    const all = { successes: 50, trials: 50 };
    expect(twoProportionZTest(none, none)).toEqual({ z: 0, pValue: 1 });
    expect(twoProportionZTest(all, all)).toEqual({ z: 0, pValue: 1 });
  });

  it('says the same of both sides, with the sign turned', () => {
    const proportion = fc
      .tuple(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([trials, rate]) => ({ trials, successes: Math.floor(trials * rate) }));
    fc.assert(
      fc.property(proportion, proportion, (a, b) => {
        const forwards = twoProportionZTest(a, b);
        const backwards = twoProportionZTest(b, a);
        expect(forwards.z).toBeCloseTo(-backwards.z, 9);
        expect(forwards.pValue).toBeCloseTo(backwards.pValue, 9);
        expect(forwards.pValue).toBeGreaterThanOrEqual(-1e-7);
        expect(forwards.pValue).toBeLessThanOrEqual(1 + 1e-7);
      }),
    );
  });
});
