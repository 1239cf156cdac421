import { describe, expect, it, vi } from 'vitest';
import { RetryBudget } from '../../../lib/retry/retry-budget.js';
import type { RetryBudgetOptions } from '../../../lib/index.js';
import { pass, stopTime } from '../../support/time.js';

const who = { context: 'create', platform: 'meta' } as const;

function start(options: RetryBudgetOptions) {
  stopTime();
  const told: [object, number][] = [];
  return { budget: new RetryBudget(options, (...suppressed) => told.push(suppressed)), told };
}

describe('the buckets of a budget', () => {
  it('are all full until a token is taken, and again a minute after all have come back', async () => {
    const { budget } = start({ maxTokens: 1, tokensPerMinute: 60 });
    expect(budget.isFull).toBe(true);
    expect(budget.take('a', who)).toBe(true);
    expect(budget.isFull).toBe(false);
    await pass(1000);
    budget.succeeded('a');
    expect(budget.isFull).toBe(true);
  });

  it('are full again when their tokens are given back', () => {
    const { budget } = start({ maxTokens: 5, tokensPerMinute: 0 });
    budget.take('a', who);
    budget.giveBack('a');
    expect(budget.isFull).toBe(true);
  });

  it('are looked at now and then while other accounts succeed', async () => {
    const { budget } = start({ maxTokens: 5, tokensPerMinute: 60 });
    budget.take('rests', who);
    await pass(60_000);
    for (let n = 0; n < 1023; n++) budget.succeeded('well');
    expect(budget.isFull).toBe(false);
    budget.succeeded('well');
    expect(budget.isFull).toBe(true);
  });

  it('are ten thousand at most, of which the oldest is forgotten', () => {
    const { budget } = start({ maxTokens: 1, tokensPerMinute: 0 });
    for (let n = 0; n < 10_000; n++) budget.take(`account ${n}`, who);
    expect(budget.take('account 0', who)).toBe(false);
    budget.take('another', who);
    expect(budget.take('account 1', who)).toBe(false);
    expect(budget.take('account 0', who)).toBe(true);
  });
});

describe('retries that a budget does not allow', () => {
  const suppress = (budget: RetryBudget, count: number) => {
    for (let n = 0; n < count; n++) expect(budget.take('a', who)).toBe(false);
  };

  it('are told of at once, and then no sooner than a minute later, with whose they were', async () => {
    const { budget, told } = start({ maxTokens: 0 });
    suppress(budget, 1);
    expect(told).toEqual([[who, 1]]);
    await pass(59_999);
    suppress(budget, 2);
    expect(told).toHaveLength(1);
    await pass(1);
    suppress(budget, 1);
    expect(told).toEqual([
      [who, 1],
      [who, 3],
    ]);
  });

  it('are told of before their bucket is forgotten', async () => {
    const { budget, told } = start({ maxTokens: 1, tokensPerMinute: 60 });
    budget.take('a', who);
    suppress(budget, 3);
    await pass(59_999);
    budget.succeeded('a');
    expect(told).toEqual([[who, 1]]);
    expect(budget.isFull).toBe(false);
    await pass(1);
    budget.succeeded('a');
    expect(told).toEqual([
      [who, 1],
      [who, 2],
    ]);
    expect(budget.isFull).toBe(true);
  });

  it('are not told of twice', async () => {
    const { budget, told } = start({ maxTokens: 1, tokensPerMinute: 60 });
    budget.take('a', who);
    suppress(budget, 1);
    await pass(60_000);
    budget.succeeded('a');
    expect(told).toHaveLength(1);
  });

  it('are none of those that came before a clock that went back', () => {
    const { budget } = start({ maxTokens: 1, tokensPerMinute: 60 });
    budget.take('a', who);
    vi.setSystemTime(Date.now() - 60_000);
    expect(budget.take('a', who)).toBe(false);
  });
});
