import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  OperationCancelledError,
  PlatformServiceError,
  retryReport,
  retryWithBackoff,
  type Attempt,
} from '../../../lib/index.js';
import { rejectWith } from '../../support/calls.js';
import { watch, type Outcome } from '../../support/outcomes.js';
import { failsLater, later, pass, stopTime } from '../../support/time.js';

const open = () => new PlatformServiceError('meta');
const TOO_LATE = 'The attempt that the call was made in has failed before';

beforeEach(stopTime);

/** A call whose first attempt ends so, and an inner call that is begun in it afterwards. */
function lateInnerCall(first: (attempt: Attempt) => Promise<unknown>, begunAfter: number) {
  const operation = vi.fn(async () => 'done');
  const inner: Outcome[] = [];
  const outer = watch<unknown>(
    retryWithBackoff(
      (attempt) => {
        if (attempt.number > 1) return later(5000, 'outer');
        void later(begunAfter).then(() => inner.push(watch(retryWithBackoff(operation))));
        return first(attempt);
      },
      { timeout: 10_000, backoff: constant(1000) },
    ),
  );
  return { operation, outer, inner: () => inner[0] };
}

describe('a call that is begun in an attempt that is over', () => {
  it.each<[string, (attempt: Attempt) => Promise<unknown>, number]>([
    ['while the call around it waits for its retry', () => rejectWith(open()), 500],
    ['while the call around it makes its next attempt', () => rejectWith(open()), 2000],
    ['and that was stopped, while the call around it waits', () => later(60_000), 10_500],
    ['and that was stopped, during the next attempt', () => later(60_000), 12_000],
  ])('%s, is refused', async (_, first, begunAfter) => {
    const { operation, outer, inner } = lateInnerCall(first, begunAfter);
    await pass(begunAfter);
    expect(inner()?.done).toBe(true);
    expect(retryReport(inner()?.error)).toMatchObject({ gaveUp: 'cancelled', attempts: 0 });
    await pass(20_000);
    expect(operation).not.toHaveBeenCalled();
    expect(outer.value).toBe('outer');
  });

  it('is told why it is refused', async () => {
    const { inner } = lateInnerCall(() => rejectWith(open()), 500);
    await pass(500);
    expect(inner()?.error).toBeInstanceOf(OperationCancelledError);
    expect(inner()?.error).toMatchObject({ message: TOO_LATE });
  });

  it('is made where the call around it has succeeded', async () => {
    const { operation, inner } = lateInnerCall(async () => 'outer', 500);
    await pass(500);
    expect(inner()?.value).toBe('done');
    expect(operation).toHaveBeenCalledTimes(1);
  });
});

describe('the limit of an attempt', () => {
  const outer = (func: () => Promise<unknown>) =>
    watch(retryWithBackoff(func, { timeout: 3000, maxRetries: 0, context: 'outer' }));
  const retried = (waits: number, failures: number) => {
    let calls = 0;
    const func = () => (++calls > failures ? Promise.resolve('ok') : rejectWith(open()));
    return retryWithBackoff(func, { backoff: constant(waits) });
  };

  it('stands back for retries two layers below', async () => {
    const middle = () => retryWithBackoff(() => retried(2000, 3), { maxRetries: 0 });
    const call = outer(middle);
    await pass(6001);
    expect(call.value).toBe('ok');
  });

  it('stands back until the last of several calls inside it is over', async () => {
    const call = outer(() => Promise.all([retried(1000, 1), retried(2000, 3)]));
    await pass(6001);
    expect(call.value).toEqual(['ok', 'ok']);
  });

  it('goes on with what was left of it', async () => {
    const call = outer(async () => {
      await later(1000);
      await retried(5000, 1);
      await later(1900);
      return 'ok';
    });
    await pass(7901);
    expect(call.value).toBe('ok');
  });

  it('holds for what comes after them', async () => {
    const call = outer(async () => {
      await later(1000);
      await retried(5000, 1);
      await later(2001);
    });
    await pass(8001);
    expect(call.error).toMatchObject({ type: 'TIMEOUT' });
  });

  it('stands back for a write from its beginning, which has a limit of its own', async () => {
    const write = () => retryWithBackoff(() => later(5000, 'ok'), { idempotent: false });
    const call = outer(write);
    await pass(5001);
    expect(call.value).toBe('ok');
  });
});

describe('a write inside a call that has gone on', () => {
  it('is not repeated because of what fails afterwards', async () => {
    const write = vi.fn(async () => 'written');
    const call = watch(
      retryWithBackoff(
        async () => {
          await retryWithBackoff(write, { idempotent: false });
          return failsLater(10, open());
        },
        { backoff: constant(0) },
      ),
    );
    await pass(1000);
    expect(call.done).toBe(true);
    expect(write).toHaveBeenCalledTimes(1);
  });
});
