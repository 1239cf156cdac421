import { describe, expect, it, vi } from 'vitest';
import { constant, exponential, ServiceError, type RetryOptions } from '../../../lib/index.js';
import { worstCaseMs } from '../../../lib/retry/policy.js';
import { RetryRuntime } from '../../../lib/retry/retry-runtime.js';

const policyOf = (retry: RetryOptions) =>
  new RetryRuntime({ retry }).policyFor({ context: 'x', platform: undefined });
const worstCase = (retry: RetryOptions) =>
  worstCaseMs(policyOf(retry), new ServiceError('TIMEOUT'));

describe('the longest that a call can take', () => {
  it.each<[string, RetryOptions, number]>([
    ['the defaults', {}, 127_000],
    ['no retries', { maxRetries: 0, timeout: 10 }, 10],
    ['a total limit', { totalTimeout: 50_000 }, 50_000],
    ['a total limit that is never reached', { totalTimeout: 500_000 }, 127_000],
    ['delays below zero', { backoff: () => -5_000, timeout: 10 }, 40],
    ['delays without end', { maxRetries: 1, backoff: () => Infinity, timeout: 10 }, 2 ** 31 + 19],
    ['many retries', { maxRetries: 5_000, backoff: constant(1), timeout: 1 }, 10_001],
    ['delays that grow to their cap', { maxRetries: 10_000, timeout: 1 }, 299_891_001],
  ])('is the limits and the waits: %s', (_, retry, expected) => {
    expect(worstCase(retry)).toBe(expected);
  });

  it('is reckoned in no time for any number of retries', () => {
    const backoff = vi.fn(exponential());
    const maxRetries = Number.MAX_SAFE_INTEGER;
    expect(worstCase({ maxRetries, backoff })).toBeGreaterThan(maxRetries);
    expect(backoff.mock.calls.length).toBeLessThanOrEqual(1_000);
    backoff.mockClear();
    expect(worstCase({ maxRetries, backoff, totalTimeout: 50_000 })).toBe(50_000);
    expect(backoff.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it.each([
    ['throws', () => JSON.parse('{') as number],
    ['returns no number', () => 'soon' as unknown as number],
    ['returns NaN', () => Number.NaN],
  ])('is unknown where the backoff %s for an error that is made up', (_, backoff) => {
    expect(worstCase({ backoff })).toBeUndefined();
  });
});
