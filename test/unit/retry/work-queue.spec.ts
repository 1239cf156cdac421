import { describe, expect, it } from 'vitest';
import {
  AiModelQuotaError,
  PlatformServiceError,
  RateLimitError,
  TokenExpiredError,
  type GaveUp,
  type ServiceError,
} from '../../../lib/index.js';
import type { NextStep } from '../../../lib/retry/next-step.js';
import { inJob } from '../../../lib/retry/work-queue.js';

const queue = { retries: 0, isLast: false, writes: 0, idempotencyKey: undefined };
const last = { ...queue, isLast: true };

const wait = (delayMs: number): NextStep => ({ retry: true, delayMs, isStated: false });
const stop = (gaveUp: GaveUp): NextStep => ({ retry: false, gaveUp });
const left = (ms: number, isFree: boolean): NextStep => ({
  retry: false,
  gaveUp: 'left-to-queue',
  leftWait: { ms, isFree },
});

const outage = new PlatformServiceError('meta');
const throttled = new RateLimitError('meta', { retryAfter: 600 });
const quota = new AiModelQuotaError({ retryAfter: 3600 });
const dayQuota = new RateLimitError('google', { retryable: false, details: { retry_after: 900 } });

describe('a decision inside a job', () => {
  it.each<[string, NextStep, ServiceError | undefined, NextStep]>([
    ['a wait is left to the queue, as an attempt', wait(1000), outage, left(1000, false)],
    ['a retry without a wait stays', wait(0), outage, wait(0)],
    [
      'a long wait that was asked for is free',
      stop('retry-after-too-long'),
      throttled,
      left(600_000, true),
    ],
    [
      'of a longer one a week at most',
      stop('retry-after-too-long'),
      new RateLimitError('meta', { retryAfter: 1e9 }),
      left(604_800_000, true),
    ],
    ['a quota is waited for', stop('not-retryable'), quota, left(3_600_000, true)],
    ['a quota of a day, too', stop('not-retryable'), dayQuota, left(900_000, true)],
    [
      'one that says no time is not',
      stop('not-retryable'),
      new AiModelQuotaError(),
      stop('not-retryable'),
    ],
    ['an empty budget costs an attempt', stop('budget'), outage, left(60_000, false)],
    ['the end of the application costs none', stop('shutdown'), outage, left(5000, true)],
    [
      'what is not to be retried stays so',
      stop('not-retryable'),
      new TokenExpiredError('meta'),
      stop('not-retryable'),
    ],
    ['what nobody recognised, too', stop('not-retryable'), undefined, stop('not-retryable')],
    ['so does an open outcome', stop('may-have-executed'), throttled, stop('may-have-executed')],
    ['so do used-up retries', stop('exhausted'), throttled, stop('exhausted')],
    [
      'a wait that may have done something is no quota',
      stop('not-retryable'),
      new RateLimitError('meta', { retryable: false, retryAfter: 60, mayHaveExecuted: true }),
      stop('not-retryable'),
    ],
  ])('%s', (_, step, error, expected) => {
    expect(inJob(queue, step, error)).toEqual(expected);
  });

  it.each<[string, NextStep, ServiceError, NextStep]>([
    ['a wait ends it', wait(1000), outage, stop('exhausted')],
    ['so does an empty budget', stop('budget'), outage, stop('budget')],
    ['a retry without a wait is made', wait(0), outage, wait(0)],
    [
      'a long wait that was asked for is waited for',
      stop('retry-after-too-long'),
      throttled,
      left(600_000, true),
    ],
  ])('in its last attempt: %s', (_, step, error, expected) => {
    expect(inJob(last, step, error)).toEqual(expected);
  });
});
