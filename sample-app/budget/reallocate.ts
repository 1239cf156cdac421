import type { AdSetPerformance } from '../adapters/ad-platform.js';

export interface Limits {
  /** The largest part of an ad set's budget that is taken away at once, from 0 to 1. */
  readonly maxShift: number;
  /** No ad set gets less a day. */
  readonly minDailyBudget: number;
  /** An ad set that has spent less is not judged. */
  readonly minSpend: number;
  /** How many times dearer the worst must be than the best before anything is moved. */
  readonly minRatio: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxShift: 0.2,
  minDailyBudget: 5,
  minSpend: 50,
  minRatio: 1.25,
};

/** So much a day from the worst ad set to the best. */
export interface Move {
  readonly from: AdSetPerformance;
  readonly to: AdSetPerformance;
  readonly amount: number;
}

export type StayReason =
  'no_budgets' | 'too_little_data' | 'difference_too_small' | 'limit_reached';

/** Which budget to move, or why none. What all ad sets get together stays the same. */
export function reallocate(
  adSets: readonly AdSetPerformance[],
  limits: Limits = DEFAULT_LIMITS,
): Move | StayReason {
  if (adSets.length > 0 && adSets.every(({ daily_budget }) => daily_budget === 0)) {
    return 'no_budgets';
  }
  const judged = adSets
    .filter(({ active, spend }) => active && spend >= limits.minSpend)
    .toSorted((a, b) => costPerConversion(a) - costPerConversion(b));
  const to = judged[0];
  const from = judged.at(-1);
  if (to === undefined || from === undefined || to === from) return 'too_little_data';
  const best = costPerConversion(to);
  // Where nothing sells, none is better than another.
  if (best === Infinity || !(costPerConversion(from) >= best * limits.minRatio)) {
    return 'difference_too_small';
  }
  const amount = wholeCents(
    Math.min(from.daily_budget * limits.maxShift, from.daily_budget - limits.minDailyBudget),
  );
  return amount > 0 ? { from, to, amount } : 'limit_reached';
}

/** Infinite where money was spent for nothing. */
export function costPerConversion({
  spend,
  conversions,
}: Pick<AdSetPerformance, 'spend' | 'conversions'>): number {
  return conversions === 0 ? Infinity : spend / conversions;
}

// Rounded down: a limit is not exceeded by half a cent.
function wholeCents(amount: number): number {
  return Math.floor(amount * 100 + 1e-6) / 100;
}

/** Adds money without the dust of binary fractions. */
export function addMoney(a: number, b: number): number {
  return Math.round((a + b) * 100) / 100;
}
