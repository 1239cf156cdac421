import type { AdSetPerformance } from '../adapters/ad-platform.js';
import { addMoney, costPerConversion } from '../budget/reallocate.js';
import { Fields } from '../http/fields.js';

export const METRICS = ['cost_per_conversion', 'spend', 'conversions'] as const;
export type Metric = (typeof METRICS)[number];

/** "Pause an ad set whose cost per conversion is above 20." */
export interface Rule {
  readonly name: string;
  readonly when: {
    readonly metric: Metric;
    readonly is: 'above' | 'below';
    readonly value: number;
  };
  readonly then:
    { readonly action: 'pause' } | { readonly action: 'change_budget'; readonly percent: number };
}

/** Whether the rule applies to an ad set. One that is paused is left alone. */
export function matches({ when }: Rule, adSet: AdSetPerformance): boolean {
  if (!adSet.active) return false;
  const value = metricOf(when.metric, adSet);
  return when.is === 'above' ? value > when.value : value < when.value;
}

export function metricOf(metric: Metric, adSet: AdSetPerformance): number {
  return metric === 'cost_per_conversion' ? costPerConversion(adSet) : adSet[metric];
}

/** The amount itself, so that a retried action sets it again instead of changing it once more. */
export function changedBudget({ daily_budget }: AdSetPerformance, percent: number): number {
  return addMoney(daily_budget * (1 + percent / 100), 0);
}

/** Reads a rule from a request's body. */
export function readRule(fields: Fields): Rule {
  return {
    name: fields.text('name'),
    when: fields.object('when', (when) => ({
      metric: when.oneOf('metric', METRICS),
      is: when.oneOf('is', ['above', 'below']),
      value: when.number('value'),
    })),
    then: fields.object('then', (then) => {
      const action = then.oneOf('action', ['pause', 'change_budget']);
      return action === 'pause'
        ? { action }
        : { action, percent: then.number('percent', { min: -50, max: 50 }) };
    }),
  };
}
