import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AdSetPerformance } from '../../sample-app/adapters/ad-platform.js';
import {
  addMoney,
  costPerConversion,
  DEFAULT_LIMITS,
  reallocate,
} from '../../sample-app/budget/reallocate.js';

function adSet(
  id: string,
  figures: { daily_budget: number; spend: number; conversions: number; active?: boolean },
): AdSetPerformance {
  return { id, name: id, active: true, ...figures };
}

const cheap = adSet('cheap', { daily_budget: 60, spend: 300, conversions: 30 });
const dear = adSet('dear', { daily_budget: 40, spend: 240, conversions: 6 });

describe('the budget optimizer', () => {
  it('takes a fifth from the ad set that sells dearest and gives it to the cheapest', () => {
    const middle = adSet('middle', { daily_budget: 20, spend: 100, conversions: 5 });
    expect(reallocate([dear, middle, cheap])).toEqual({ from: dear, to: cheap, amount: 8 });
  });

  it('counts money spent for nothing as the dearest of all', () => {
    const useless = adSet('useless', { daily_budget: 30, spend: 200, conversions: 0 });
    expect(reallocate([cheap, dear, useless])).toMatchObject({ from: useless, to: cheap });
  });

  it('leaves an ad set the least that it needs a day', () => {
    const small = { ...dear, daily_budget: 5.5 };
    expect(reallocate([cheap, small])).toMatchObject({ amount: 0.5 });
  });

  it.each([
    ['no_budgets', [cheap, dear].map((each) => ({ ...each, daily_budget: 0 }))],
    ['too_little_data', []],
    ['too_little_data', [cheap]],
    ['too_little_data', [cheap, { ...dear, spend: 49 }]],
    ['too_little_data', [cheap, { ...dear, active: false }]],
    ['difference_too_small', [cheap, { ...cheap, id: 'same' }]],
    [
      'difference_too_small', // where none sells, none is better
      ['a', 'b'].map((id) => adSet(id, { daily_budget: 30, spend: 200, conversions: 0 })),
    ],
    ['limit_reached', [cheap, { ...dear, daily_budget: 5 }]],
  ])('moves nothing: %s', (reason, adSets) => {
    expect(reallocate(adSets)).toBe(reason);
  });

  it('never moves beyond its limits, nor from a better ad set to a worse', () => {
    const anyAdSet = fc.record({
      id: fc.uuid(),
      name: fc.constant('any'),
      active: fc.boolean(),
      daily_budget: fc.integer({ min: 0, max: 100_000 }).map((cents) => cents / 100),
      spend: fc.integer({ min: 0, max: 100_000 }).map((cents) => cents / 100),
      conversions: fc.nat(100),
    });
    fc.assert(
      fc.property(fc.array(anyAdSet, { maxLength: 8 }), (adSets) => {
        const move = reallocate(adSets);
        if (typeof move === 'string') return;
        const { from, to, amount } = move;
        const left = addMoney(from.daily_budget, -amount);
        expect(amount).toBeGreaterThan(0);
        expect(amount).toBeLessThanOrEqual(from.daily_budget * DEFAULT_LIMITS.maxShift + 1e-9);
        expect(left).toBeGreaterThanOrEqual(DEFAULT_LIMITS.minDailyBudget);
        expect(addMoney(left, addMoney(to.daily_budget, amount))).toBe(
          addMoney(from.daily_budget, to.daily_budget),
        );
        expect(costPerConversion(from)).toBeGreaterThan(costPerConversion(to));
      }),
    );
  });
});
