import { describe, expect, it } from 'vitest';
import type { AdSetPerformance } from '../../sample-app/adapters/ad-platform.js';
import { Fields } from '../../sample-app/http/fields.js';
import { changedBudget, matches, readRule, type Rule } from '../../sample-app/rules/rule.js';
import { ValidationError } from 'nestjs-retryable';

const adSet: AdSetPerformance = {
  id: 'a',
  name: 'Lyon',
  active: true,
  daily_budget: 40,
  spend: 240,
  conversions: 6,
};

function rule(when: Rule['when']): Rule {
  return { name: 'any', when, then: { action: 'pause' } };
}

describe('a rule', () => {
  it.each([
    ['above', 39.9, true],
    ['above', 40, false],
    ['below', 40, false],
    ['below', 40.1, true],
  ] as const)('cost per conversion of 40 is %s %d: %s', (is, value, expected) => {
    expect(matches(rule({ metric: 'cost_per_conversion', is, value }), adSet)).toBe(expected);
  });

  it('holds money spent for nothing to be dearer than any limit', () => {
    const useless = { ...adSet, conversions: 0 };
    const dear = rule({ metric: 'cost_per_conversion', is: 'above', value: 1e9 });
    expect(matches(dear, useless)).toBe(true);
  });

  it('leaves a paused ad set alone', () => {
    const any = rule({ metric: 'spend', is: 'above', value: 0 });
    expect(matches(any, adSet)).toBe(true);
    expect(matches(any, { ...adSet, active: false })).toBe(false);
  });

  it('changes a budget to an amount in whole cents', () => {
    expect(changedBudget({ ...adSet, daily_budget: 33.33 }, 10)).toBe(36.66);
    expect(changedBudget({ ...adSet, daily_budget: 60 }, -50)).toBe(30);
  });

  it('is refused with every mistake that is in it', () => {
    const read = () =>
      Fields.read(
        { name: '', when: { metric: 'weather', is: 'above' }, then: { action: 'dance' } },
        readRule,
      );
    expect(read).toThrow(ValidationError);
    try {
      read();
    } catch (error) {
      expect((error as ValidationError).details['errors']).toEqual([
        { field: 'name', message: 'is required' },
        { field: 'when.metric', message: expect.stringContaining('cost_per_conversion') as string },
        { field: 'when.value', message: 'must be a number' },
        { field: 'then.action', message: 'must be one of pause, change_budget' },
      ]);
    }
  });
});
