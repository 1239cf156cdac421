import { afterEach, describe, expect, it, vi } from 'vitest';
import { constant, RateLimitError, retryReport, retryWithBackoff } from '../../../lib/index.js';
import { failing, failureOf, never, turnEnd } from '../../support/calls.js';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const limited = () => new RateLimitError('meta');
const realTimers = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

/** An operation that fails when it is told to, and then succeeds. */
function failingOnDemand() {
  let fail: (error: Error) => void = () => undefined;
  const func = vi.fn(({ number }: { number: number }) =>
    number > 1
      ? Promise.resolve('done')
      : new Promise<string>((_, reject) => {
          fail = reject;
        }),
  );
  return { func, fail: () => fail(limited()) };
}

describe('fake timers switched on while a call is in flight', () => {
  it('drive the wait that begins under them', async () => {
    const { func, fail } = failingOnDemand();
    const call = retryWithBackoff(func);
    await turnEnd();
    vi.useFakeTimers();
    fail();
    await vi.advanceTimersByTimeAsync(999);
    expect(func).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    await expect(call).resolves.toBe('done');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('do not end a limit that was set before', async () => {
    const controller = new AbortController();
    const failed = failureOf(retryWithBackoff(never, { signal: controller.signal }));
    await turnEnd();
    vi.useFakeTimers();
    await vi.advanceTimersByTimeAsync(1_000_000);
    controller.abort();
    expect(await failed).toBe(controller.signal.reason);
  });

  it('do not keep the timer of a wait that began before and is cancelled now', async () => {
    const warn = vi.spyOn(console, 'warn');
    const controller = new AbortController();
    const { signal } = controller;
    const failed = failureOf(retryWithBackoff(failing([limited()], 0), { signal }));
    await turnEnd();
    const inWait = realTimers();
    vi.useFakeTimers({ shouldClearNativeTimers: false });
    controller.abort();
    expect(realTimers()).toBe(inWait - 1);
    expect(await failed).toBe(signal.reason);
    expect(warn).not.toHaveBeenCalled();
  });
});

describe('fake timers switched off while a call is in flight', () => {
  it('leave the wait that begins after them to the real ones', async () => {
    vi.useFakeTimers();
    const { func, fail } = failingOnDemand();
    const call = retryWithBackoff(func, { backoff: constant(1) });
    vi.useRealTimers();
    fail();
    await expect(call).resolves.toBe('done');
  });

  it('leave nothing that a cancelled wait could not get rid of', async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const { signal } = controller;
    const failed = failureOf(retryWithBackoff(failing([limited()], 0), { signal }));
    await vi.advanceTimersByTimeAsync(1);
    vi.useRealTimers();
    controller.abort();
    expect(await failed).toBe(signal.reason);
  });

  it('and on again: each call runs by the timers that it began under', async () => {
    const failures: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      vi.useFakeTimers();
      const faked = failureOf(retryWithBackoff(never, { maxRetries: 0, timeout: 60_000 }));
      await vi.advanceTimersByTimeAsync(60_000);
      failures.push(await faked);
      vi.useRealTimers();
      failures.push(await failureOf(retryWithBackoff(never, { maxRetries: 0, timeout: 1 })));
    }
    expect(failures.map((error) => retryReport(error)?.gaveUp)).toEqual(
      Array.from({ length: 6 }, () => 'exhausted'),
    );
  });
});

describe('fake timers that replace more, or less, than others do', () => {
  it('like Jest’s, which also replace microtasks, hold up no retry without a wait', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'queueMicrotask', 'performance'] });
    const func = failing([limited(), limited()], 'done');
    await expect(retryWithBackoff(func, { backoff: constant(0) })).resolves.toBe('done');
  });

  it('that leave the clock alone still drive limits and waits', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const failed = failureOf(retryWithBackoff(never, { maxRetries: 1 }));
    await vi.advanceTimersByTimeAsync(61_000);
    expect(retryReport(await failed)).toMatchObject({ attempts: 2, delays: [1000] });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that are a spy on setTimeout see one timer for each call, and none that stays', async () => {
    const spy = vi.spyOn(globalThis, 'setTimeout');
    const before = realTimers();
    await Promise.all([retryWithBackoff(() => 'a'), retryWithBackoff(() => 'b')]);
    expect(spy).toHaveBeenCalledTimes(2);
    expect(realTimers()).toBe(before);
  });
});
