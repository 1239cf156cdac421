import { getEventListeners } from 'node:events';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  found,
  notFound,
  OutcomeUnknownError,
  retryReport,
  retryWithBackoff,
  ServiceError,
  type Attempt,
  type RetryWithBackoffOptions,
} from '../../../lib/index.js';
import { never } from '../../support/calls.js';

/** How one attempt goes. */
interface Script {
  /** Milliseconds until it settles by itself, or never. */
  readonly takes: number | undefined;
  /** Milliseconds after its signal has aborted, or never. */
  readonly stopsAfter: number | undefined;
  readonly error: ErrorScript | undefined;
}

interface ErrorScript {
  readonly known: boolean;
  readonly retryable: boolean;
  readonly mayHaveExecuted: boolean;
  readonly retryAfter: number | undefined;
}

type Reconcile = 'none' | 'found' | 'not found' | 'nothing' | 'throws' | 'hangs';

interface Plan {
  readonly scripts: readonly Script[];
  readonly maxRetries: number;
  readonly backoffMs: number;
  readonly jitter: 'none' | 'full' | 'equal';
  readonly timeout: number;
  readonly totalTimeout: number | undefined;
  readonly maxRetryAfter: number;
  readonly idempotent: boolean | undefined;
  readonly reconcile: Reconcile;
  readonly cancelAt: number | undefined;
}

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const ms = fc.nat(120);

const errors: fc.Arbitrary<ErrorScript> = fc.record({
  known: fc.constantFrom(true, true, true, false),
  retryable: fc.constantFrom(true, true, true, false),
  mayHaveExecuted: fc.boolean(),
  retryAfter: optional(fc.constantFrom(0.01, 0.05, 0.2, 3)),
});

const scripts: fc.Arbitrary<Script> = fc.record({
  takes: fc.option(ms, { nil: undefined, freq: 9 }),
  stopsAfter: fc.constantFrom(0, 0, 0, 30, 2000, undefined),
  error: fc.option(errors, { nil: undefined, freq: 6 }),
});

const plans = (idempotent: fc.Arbitrary<boolean | undefined>): fc.Arbitrary<Plan> =>
  fc.record({
    scripts: fc.array(scripts, { minLength: 6, maxLength: 6 }),
    maxRetries: fc.nat(4),
    backoffMs: fc.constantFrom(0, 1, 20, 100),
    jitter: fc.constantFrom('none', 'full', 'equal'),
    timeout: fc.integer({ min: 1, max: 100 }),
    totalTimeout: optional(fc.integer({ min: 1, max: 400 })),
    maxRetryAfter: fc.constantFrom(0, 100, 30_000),
    idempotent,
    reconcile: fc.constantFrom<Reconcile[]>(
      'none',
      'none',
      'found',
      'not found',
      'not found',
      'nothing',
      'throws',
      'hangs',
    ),
    cancelAt: optional(fc.nat(300)),
  });

/** What was seen of one attempt. */
interface Seen {
  readonly begun: number;
  settled: number | undefined;
  limited: boolean;
  readonly script: Script;
}

class Run {
  readonly seen: Seen[] = [];
  readonly reconciled: Reconcile[] = [];
  readonly controller = new AbortController();
  atOnce = 0;
  most = 0;

  constructor(readonly plan: Plan) {}

  private attempt({ signal }: Attempt): Promise<unknown> {
    const script = this.plan.scripts[this.seen.length] as Script;
    const seen: Seen = { begun: Date.now(), settled: undefined, limited: false, script };
    this.seen.push(seen);
    this.most = Math.max(this.most, ++this.atOnce);
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        if (seen.settled !== undefined) return;
        seen.settled = Date.now();
        this.atOnce--;
        end();
      };
      const own = () =>
        script.error === undefined ? resolve('done') : reject(errorOf(script.error));
      if (script.takes !== undefined) setTimeout(() => settle(own), script.takes);
      signal.addEventListener('abort', () => {
        seen.limited = true;
        const stop = () => settle(() => reject(signal.reason as Error));
        if (script.stopsAfter === 0) stop();
        else if (script.stopsAfter !== undefined) setTimeout(stop, script.stopsAfter);
      });
    });
  }

  private reconcile(): unknown {
    this.reconciled.push(this.plan.reconcile);
    switch (this.plan.reconcile) {
      case 'found':
        return found('there');
      case 'not found':
        return Promise.resolve(notFound());
      case 'throws':
        throw new Error('reconcile is down');
      case 'hangs':
        return never();
      default:
        return undefined;
    }
  }

  async play(): Promise<{ readonly value?: unknown; readonly error?: unknown }> {
    const { plan } = this;
    const options: RetryWithBackoffOptions = {
      maxRetries: plan.maxRetries,
      backoff: () => plan.backoffMs,
      jitter: plan.jitter,
      timeout: plan.timeout,
      totalTimeout: plan.totalTimeout,
      maxRetryAfter: plan.maxRetryAfter,
      idempotent: plan.idempotent,
      reconcile: plan.reconcile === 'none' ? undefined : () => this.reconcile(),
      signal: this.controller.signal,
    };
    if (plan.cancelAt !== undefined) {
      setTimeout(() => this.controller.abort(new Error('cancelled')), plan.cancelAt);
    }
    const settled = retryWithBackoff((attempt) => this.attempt(attempt), options).then(
      (value: unknown) => ({ value }),
      (error: unknown) => ({ error }),
    );
    await vi.runAllTimersAsync();
    return settled;
  }
}

function errorOf({ known, ...options }: ErrorScript): Error {
  return known ? new ServiceError('PLATFORM_SERVICE_ERROR', options) : new TypeError('a mistake');
}

/** Whether the outcome of an attempt that has failed is open. */
function isOpen({ limited, script: { error } }: Seen): boolean {
  return limited || error === undefined || !error.known || error.mayHaveExecuted;
}

function check(run: Run, outcome: { readonly value?: unknown; readonly error?: unknown }): void {
  const { plan, seen } = run;
  const isWrite = plan.idempotent === false || plan.reconcile !== 'none';
  expect(seen.length).toBeLessThanOrEqual(plan.maxRetries + 1);
  const stops = plan.scripts.every(({ stopsAfter }) => stopsAfter === 0);
  if (isWrite || stops) expect(run.most).toBeLessThanOrEqual(1);
  for (const [index, next] of seen.slice(1).entries()) {
    const before = seen[index] as Seen;
    if (isWrite && isOpen(before)) expect(plan.reconcile).toBe('not found');
    const ended = Math.min(before.settled ?? Infinity, before.begun + plan.timeout + 1);
    const waited = next.begun - Math.min(ended, next.begun);
    const asked = before.limited ? 0 : (before.script.error?.retryAfter ?? 0) * 1000;
    if (plan.jitter === 'none') expect(waited + 1).toBeGreaterThanOrEqual(plan.backoffMs);
    expect(waited + 1).toBeGreaterThanOrEqual(asked);
    expect(asked).toBeLessThanOrEqual(plan.maxRetryAfter);
  }
  if ('error' in outcome) checkFailure(run, outcome.error, isWrite);
  expect(vi.getTimerCount()).toBe(0);
  expect(getEventListeners(run.controller.signal, 'abort')).toHaveLength(0);
}

function checkFailure({ plan, seen, reconciled }: Run, error: unknown, isWrite: boolean): void {
  const report = retryReport(error);
  const last = seen.at(-1);
  if (report !== undefined) {
    expect(report.attempts).toBe(seen.length);
    expect(report.delays.every((delay) => delay <= Math.max(plan.backoffMs, 30_000))).toBe(true);
  }
  if (report !== undefined) {
    // What ends in the very millisecond in which the next one begins may count or not.
    const overlaps = (isAfter: (end: number, begun: number) => boolean) =>
      seen.filter(({ settled = Infinity }, index) =>
        isAfter(settled, seen[index + 1]?.begun ?? Number.MAX_VALUE),
      ).length;
    expect(report.abandoned).toBeGreaterThanOrEqual(overlaps((end, begun) => end > begun));
    expect(report.abandoned).toBeLessThanOrEqual(overlaps((end, begun) => end >= begun));
  }
  const isCancelled = report?.gaveUp === 'cancelled';
  if (!isWrite || isCancelled || last === undefined || !isOpen(last)) return;
  if (reconciled.at(-1) === 'not found') return;
  expect(error).toBeInstanceOf(OutcomeUnknownError);
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('for every policy, operation, cancellation and answer of reconcile, a call', () => {
  it.each([
    ['that may be repeated', fc.constantFrom(true, undefined)],
    ['that must not happen twice', fc.constant(false)],
  ])('%s keeps its promises', { timeout: 240_000 }, async (_, idempotent) => {
    await fc.assert(
      fc.asyncProperty(plans(idempotent), async (plan) => {
        const run = new Run(plan);
        check(run, await run.play());
      }),
      { numRuns: 5000 },
    );
  });
});
