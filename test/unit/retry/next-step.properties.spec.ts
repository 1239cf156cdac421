import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  constant,
  exponential,
  OperationCancelledError,
  ServiceError,
  type GaveUp,
} from '../../../lib/index.js';
import { MAX_DELAY_MS } from '../../../lib/retry/wait.js';
import { nextStep, type Progress } from '../../../lib/retry/next-step.js';
import { mergePolicy } from '../../../lib/retry/policy.js';

const milliseconds = fc.integer({ min: 1, max: MAX_DELAY_MS });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** Without the doubles near 0 of which half is not exactly half. */
const normal = (delay: number) => (Math.abs(delay) < 1e-300 ? 0 : delay);

const backoffs = fc.oneof(
  fc.double({ min: 0, max: MAX_DELAY_MS, noNaN: true }).map((delay) => constant(normal(delay))),
  fc
    .record({
      initialDelay: fc.integer({ min: 0, max: MAX_DELAY_MS }),
      factor: fc.double({ min: 1, max: 1e9, noNaN: true }),
      maxDelay: fc.integer({ min: 0, max: MAX_DELAY_MS }),
    })
    .map((options) => exponential(options)),
  fc.double({ noNaN: true }).map((delay) => () => normal(delay)),
);

/** A policy as any layers of options may make one. */
const policies = fc
  .record({
    maxRetries: optional(fc.nat(100_000)),
    backoff: optional(backoffs),
    jitter: optional(fc.constantFrom('none' as const, 'full' as const, 'equal' as const)),
    timeout: optional(milliseconds),
    totalTimeout: optional(milliseconds),
    maxRetryAfter: optional(fc.integer({ min: 0, max: MAX_DELAY_MS })),
    retryOn: optional(
      fc.oneof(
        fc.subarray(['TIMEOUT', 'API_RATE_LIMIT', 'OTHER']),
        fc.boolean().map((verdict) => () => verdict),
      ),
    ),
  })
  .map((options) => mergePolicy([options], { context: 'x', platform: 'meta' }, () => 30_000));

const failures = fc.oneof(
  fc.constant(undefined),
  fc.constant(new OperationCancelledError()),
  fc
    .record({
      type: fc.constantFrom('TIMEOUT', 'API_RATE_LIMIT', 'TOKEN_EXPIRED', 'OTHER'),
      retryable: optional(fc.boolean()),
      retryAfter: optional(fc.double()),
    })
    .map(({ type, ...options }) => new ServiceError(type, options)),
);

const seldom = fc.constantFrom(false, false, false, false, true);

const progresses: fc.Arbitrary<Progress> = fc.record({
  retries: fc.nat(100_001),
  remainingMs: fc.oneof(fc.constant(Infinity), fc.double({ min: -10, max: 1e12, noNaN: true })),
  emitted: seldom,
  isRefused: seldom,
  isUnknown: seldom,
  isNested: seldom,
  hasWritten: seldom,
  closing: seldom,
});

const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const ALL: readonly GaveUp[] = [
  'exhausted',
  'not-retryable',
  'retry-after-too-long',
  'total-timeout',
  'cancelled',
  'stream-started',
  'may-have-executed',
  'nested',
  'rejected-by-policy',
  'shutdown',
];

/** Checks something of every decision. */
function always(
  check: (
    step: ReturnType<typeof nextStep>,
    given: Readonly<{
      policy: ReturnType<typeof mergePolicy>;
      failure: ServiceError | undefined;
      progress: Progress;
      random: number;
    }>,
  ) => void,
): void {
  fc.assert(
    fc.property(policies, failures, progresses, randoms, (policy, failure, progress, random) => {
      const step = nextStep(policy, failure, progress, () => random);
      check(step, { policy, failure, progress, random });
    }),
    { numRuns: 1000 },
  );
}

describe('for every policy, failure and progress, the next step', () => {
  it('is a retry with a wait, or a stop with a known reason', () => {
    always((step) => {
      if (step.retry) expect(Number.isFinite(step.delayMs)).toBe(true);
      else expect(ALL).toContain(step.gaveUp);
    });
  });

  it('never retries more often than was allowed', () => {
    always((step, { policy, progress }) => {
      if (step.retry) expect(progress.retries).toBeLessThan(policy.maxRetries);
    });
  });

  it('never retries what was cancelled, not recognised, handed on already, or while closing', () => {
    always((step, { failure, progress }) => {
      const never =
        failure === undefined ||
        failure.type === 'CANCELLED' ||
        progress.emitted ||
        progress.closing;
      if (never) expect(step.retry).toBe(false);
    });
  });

  it('follows retryOn where there is one and the error where there is none', () => {
    always((step, { policy, failure }) => {
      if (failure === undefined) return;
      const wanted = policy.retryOn?.(failure) ?? failure.retryable;
      if (!wanted) expect(step.retry).toBe(false);
    });
  });

  it('never waits less than the server asked, nor longer than is slept in process', () => {
    always((step, { policy, failure }) => {
      const statedMs = (failure?.retryAfter ?? 0) * 1000;
      if (step.retry) expect(step.delayMs).toBeGreaterThanOrEqual(statedMs);
      if (statedMs > policy.maxRetryAfter) expect(step.retry).toBe(false);
    });
  });

  it('never waits a time that a timer cannot keep, or none at all', () => {
    always((step) => {
      if (!step.retry) return;
      expect(step.delayMs).toBeGreaterThanOrEqual(0);
      expect(step.delayMs).toBeLessThanOrEqual(MAX_DELAY_MS);
    });
  });

  it('never waits longer than the backoff and the server ask, jitter or not', () => {
    always((step, { policy, failure, progress }) => {
      if (!step.retry || failure === undefined) return;
      const backoff = policy.backoff(progress.retries + 1, failure);
      const asked = Math.max(backoff, (failure.retryAfter ?? 0) * 1000, 0);
      expect(step.delayMs).toBeLessThanOrEqual(asked);
      if (policy.jitter === 'none') expect(step.delayMs).toBe(Math.min(asked, MAX_DELAY_MS));
      if (policy.jitter === 'equal') {
        expect(step.delayMs).toBeGreaterThanOrEqual(Math.min(backoff, MAX_DELAY_MS) / 2);
      }
    });
  });

  it('never begins a wait that could not end within the total limit', () => {
    always((step, { progress }) => {
      if (step.retry) expect(step.delayMs).toBeLessThan(progress.remainingMs);
    });
  });

  it('never repeats what may have happened, nor what an inner call takes care of', () => {
    always((step, { progress: { isUnknown, isNested, hasWritten } }) => {
      if (isUnknown || isNested || hasWritten) expect(step.retry).toBe(false);
    });
  });

  it('depends on nothing else: the same again is the same', () => {
    always((step, { policy, failure, progress, random }) => {
      expect(nextStep(policy, failure, progress, () => random)).toEqual(step);
    });
  });

  it('retries some: the rules above are not kept by never retrying', () => {
    let retries = 0;
    always((step) => (retries += Number(step.retry)));
    expect(retries).toBeGreaterThan(0);
  });
});
