import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { constant, RateLimitError, retryReport, retryWithBackoff } from '../../../lib/index.js';
import { failing, failureOf, never, rejectWith, turnEnd } from '../../support/calls.js';

const reason = new Error('the caller has changed its mind');
const limited = () => new RateLimitError('meta');
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

/** A microtask is still in the macrotask of the abort; a timer or an immediate would not be. */
async function settledInThisMacrotask(promise: Promise<unknown>): Promise<unknown> {
  let settled: unknown = 'not yet';
  promise.then(
    (value) => (settled = value),
    (error: unknown) => (settled = error),
  );
  let nextMacrotask = false;
  setImmediate(() => (nextMacrotask = true));
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  expect(nextMacrotask).toBe(false);
  return settled;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('an abort, with real timers', () => {
  it('in a wait rejects with its reason in the same macrotask, without timer, listener or call', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const before = timers();
    const func = failing([limited()], 'done');
    const call = retryWithBackoff(func, { signal });
    call.catch(() => undefined);
    await turnEnd();
    expect(timers()).toBe(before + 1);
    controller.abort(reason);
    expect(timers()).toBe(before);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(await settledInThisMacrotask(call)).toBe(reason);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('in an attempt does so too, and its limit is gone', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const before = timers();
    const func = vi.fn(never);
    const call = retryWithBackoff(func, { signal });
    call.catch(() => undefined);
    await turnEnd();
    expect(timers()).toBe(before + 1);
    controller.abort(reason);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(await settledInThisMacrotask(call)).toBe(reason);
    await turnEnd();
    expect(timers()).toBe(before);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('in a wait of no time is in time', async () => {
    const controller = new AbortController();
    const func = vi.fn(() => {
      queueMicrotask(() => controller.abort(reason));
      return rejectWith(limited());
    });
    const options = { signal: controller.signal, backoff: constant(0), maxRetries: 100 };
    expect(await failureOf(retryWithBackoff(func, options))).toBe(reason);
    expect(func.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it('at any moment between a failure and the next attempt is in time', async () => {
    for (let moment = 0; moment < 20; moment++) {
      const controller = new AbortController();
      let callsAfter = 0;
      const func = () => {
        if (controller.signal.aborted) callsAfter++;
        return rejectWith(limited());
      };
      const call = failureOf(
        retryWithBackoff(func, {
          signal: controller.signal,
          backoff: constant(0),
          maxRetries: 100,
        }),
      );
      for (let waited = 0; waited < moment; waited++) await Promise.resolve();
      controller.abort(reason);
      const error = await call;
      expect(error).toBe(reason);
      expect(callsAfter).toBe(0);
      const report = retryReport(error);
      expect(report?.gaveUp).toBe('cancelled');
      expect(report?.delays).toHaveLength(report?.retries ?? NaN);
    }
  });

  it('by the operation itself ends the call, whatever the operation still gives', async () => {
    for (const end of [() => 'a result', () => rejectWith(limited()), () => never()]) {
      const controller = new AbortController();
      const func = vi.fn(() => {
        controller.abort(reason);
        return end();
      });
      const call = retryWithBackoff(func, { signal: controller.signal });
      expect(await failureOf(call)).toBe(reason);
      expect(func).toHaveBeenCalledTimes(1);
    }
  });

  it.each(['retryOn', 'backoff'])('in %s ends the call before its wait begins', async (name) => {
    const controller = new AbortController();
    const before = timers();
    const func = failing([limited()], 'done');
    const call = retryWithBackoff(func, {
      signal: controller.signal,
      [name]: () => {
        controller.abort(reason);
        return 1;
      },
    });
    expect(await failureOf(call)).toBe(reason);
    await turnEnd();
    expect(timers()).toBe(before);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('after the end changes nothing any more', async () => {
    const controller = new AbortController();
    const signal = await retryWithBackoff((attempt) => attempt.signal, {
      signal: controller.signal,
    });
    controller.abort(reason);
    expect(signal.aborted).toBe(false);
  });

  it('gives its own reason, also one that is no error', async () => {
    for (const given of ['text', 5, null, false]) {
      const controller = new AbortController();
      const call = retryWithBackoff(never, { signal: controller.signal });
      call.catch(() => undefined);
      controller.abort(given);
      await expect(call).rejects.toBe(given);
    }
  });

  it('does not reach the calls of another signal, nor those without one', async () => {
    const [mine, other] = [new AbortController(), new AbortController()];
    const release: (() => void)[] = [];
    const slow = () =>
      new Promise<string>((resolve) => {
        release.push(() => resolve('done'));
      });
    const cancelled = failureOf(retryWithBackoff(slow, { signal: mine.signal }));
    const kept = [retryWithBackoff(slow, { signal: other.signal }), retryWithBackoff(slow)];
    mine.abort(reason);
    expect(await cancelled).toBe(reason);
    for (const each of release) each();
    expect(await Promise.all(kept)).toEqual(['done', 'done']);
  });
});

describe('one signal for a thousand calls, one after another', () => {
  it('has no listener at the end, however each of them ended', async () => {
    const { signal } = new AbortController();
    for (let call = 0; call < 1000; call++) {
      const func = failing(call % 3 === 0 ? [] : [limited()], 'done');
      const options = { signal, backoff: constant(0), maxRetries: call % 2 };
      await retryWithBackoff(func, options).catch(() => undefined);
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('an attempt that is over', () => {
  it.each([
    ['rejects', () => rejectWith(new Error('too late'))],
    ['resolves', () => Promise.resolve('too late')],
  ])('and %s late raises no unhandledRejection and changes nothing', async (_, late) => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const controller = new AbortController();
    let settle: () => void = () => undefined;
    const call = retryWithBackoff(
      () =>
        new Promise((resolve) => {
          settle = () => resolve(late());
        }),
      { signal: controller.signal },
    );
    controller.abort(reason);
    expect(await failureOf(call)).toBe(reason);
    settle();
    await turnEnd();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('raises none either where it rejects after a later attempt has succeeded', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    let reject: (error: Error) => void = () => undefined;
    const first = new Promise<string>((_, fail) => {
      reject = fail;
    });
    const call = retryWithBackoff(({ number }) => (number === 1 ? first : 'done'), {
      timeout: 1,
      backoff: constant(0),
    });
    await expect(call).resolves.toBe('done');
    reject(new Error('too late'));
    await turnEnd();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});
