import { describe, expect, it, vi } from 'vitest';
import { found, OutcomeUnknownError, retryReport } from '../../lib/index.js';
import { of, startAccounts } from '../support/accounts.js';
import { failureOf, hangs, limited, never, rejectWith } from '../support/calls.js';
import { watch, type Outcome } from '../support/outcomes.js';
import { pass } from '../support/time.js';

/** An account that is limited for five seconds, and so many calls that wait for it. */
async function start() {
  const { call, limit } = await startAccounts({ shutdownGrace: 0 });
  await limit('a', 5);
  const queue = (length: number, func: () => Promise<unknown>, options = of('a')) =>
    Array.from({ length }, () => watch<unknown>(call(func, options)));
  return { call, queue };
}

/** Does something else the first time. */
const first = (once: () => Promise<unknown>) =>
  vi.fn<() => Promise<unknown>>(async () => 'ok').mockImplementationOnce(once);

const values = (calls: Outcome[]) => calls.map(({ value }) => value);

function releasable() {
  let release: (value: unknown) => void = () => undefined;
  const promise = new Promise<unknown>((resolve) => {
    release = resolve;
  });
  return { promise, release: (value: unknown) => release(value) };
}

describe('when a cooldown ends', () => {
  it('one call goes first and the rest follow it', async () => {
    const { queue } = await start();
    const { promise, release } = releasable();
    const func = first(() => promise);
    const calls = queue(5, func);
    await pass(7001);
    expect(func).toHaveBeenCalledTimes(1);
    release('ok');
    await pass(0);
    expect(func).toHaveBeenCalledTimes(5);
    expect(values(calls)).toEqual(Array(5).fill('ok'));
  });

  it('one call goes first also of those that were limited together', async () => {
    const { call } = await startAccounts();
    const { promise, release } = releasable();
    const func = vi.fn<() => Promise<unknown>>(async () => 'ok');
    for (let n = 0; n < 10; n++) func.mockImplementationOnce(() => limited(5));
    func.mockImplementationOnce(() => promise);
    const calls = Array.from({ length: 10 }, () => watch(call(func, of('a'))));
    await pass(5001);
    expect(func).toHaveBeenCalledTimes(11);
    release('ok');
    await pass(1);
    expect(values(calls)).toEqual(Array(10).fill('ok'));
  });

  it('the rest wait again, without a request, where the first is limited again', async () => {
    const { queue } = await start();
    const func = first(() => limited(5));
    const calls = queue(5, func);
    await pass(9001);
    expect(func).toHaveBeenCalledTimes(1);
    await pass(3000);
    expect(values(calls)).toEqual(Array(5).fill('ok'));
    expect(func).toHaveBeenCalledTimes(6);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['fails otherwise', () => rejectWith(new TypeError('x'))],
    ['hangs until its limit', () => never()],
  ])('the rest follow where the first %s', async (_, once) => {
    const { queue } = await start();
    const calls = queue(3, first(once), of('a', { timeout: 3000, maxRetries: 0 }));
    await pass(60_000);
    expect(calls.every(({ done }) => done)).toBe(true);
    expect(values(calls).filter((value) => value === 'ok')).toHaveLength(2);
  });

  it('the rest follow where the first is cancelled while it runs', async () => {
    const { call, queue } = await start();
    const controller = new AbortController();
    const cancelled = watch(
      call(({ signal }) => hangs(signal), of('a', { signal: controller.signal })),
    );
    const [rest] = queue(1, async () => 'ok');
    await pass(5100);
    expect(rest?.done).toBe(false);
    controller.abort(new Error('x'));
    await pass(100);
    expect(cancelled.done).toBe(true);
    expect(rest?.value).toBe('ok');
  });

  it('another goes first where the first has been cancelled', async () => {
    const { queue } = await start();
    const controller = new AbortController();
    const [cancelled] = queue(1, async () => 'no', of('a', { signal: controller.signal }));
    const rest = queue(3, async () => 'ok');
    await pass(2000);
    const reason = new Error('x');
    controller.abort(reason);
    await pass(0);
    expect(cancelled?.error).toBe(reason);
    await pass(4000);
    expect(values(rest)).toEqual(['ok', 'ok', 'ok']);
  });

  it('the rest do not follow into the cooldown that the first has begun anew', async () => {
    const { queue } = await start();
    const { promise, release } = releasable();
    const func = vi.fn<() => Promise<unknown>>(async () => 'ok');
    func.mockImplementationOnce(() => limited(0.5)).mockImplementationOnce(() => promise);
    const calls = queue(4, func);
    await pass(5500);
    expect(func).toHaveBeenCalledTimes(2);
    await pass(3000);
    expect(func).toHaveBeenCalledTimes(2);
    release('ok');
    await pass(0);
    expect(values(calls)).toEqual(Array(4).fill('ok'));
  });

  it('an inner call of another account is held up by its own', async () => {
    const { call, queue } = await start();
    const limit = of('b', { maxRetries: 0 });
    await failureOf(call(() => limited(20), limit));
    const func = vi.fn(async () => 'ok');
    queue(1, () => call(func, of('b')));
    await pass(6000);
    expect(func).not.toHaveBeenCalled();
    await pass(14_001);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('an inner call of the same account is not stuck behind the call around it', async () => {
    const { call } = await start();
    const func = vi.fn(async () => 'ok');
    const outer = watch(call(() => call(func, of('a')), of('a', { context: 'outer' })));
    await pass(6000);
    expect(outer.value).toBe('ok');
    expect(func).toHaveBeenCalledTimes(1);
  });
});

describe('a call that follows another after a cooldown', () => {
  it('ends at once and requests nothing when it is cancelled', async () => {
    const { queue } = await start();
    const { promise, release } = releasable();
    const controller = new AbortController();
    const func = vi.fn(async () => 'no');
    const [leading] = queue(1, () => promise);
    const [follower] = queue(1, func, of('a', { signal: controller.signal }));
    const [other] = queue(1, async () => 'ok');
    await pass(6000);
    const reason = new Error('x');
    controller.abort(reason);
    await pass(0);
    expect(follower?.error).toBe(reason);
    expect(retryReport(reason)).toMatchObject({ gaveUp: 'cancelled', attempts: 0 });
    release(1);
    await pass(100);
    expect(func).not.toHaveBeenCalled();
    expect([leading?.value, other?.value]).toEqual([1, 'ok']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends with its totalTimeout, of which nobody is to ask a write', async () => {
    const { queue } = await start();
    queue(1, () => never());
    const func = vi.fn(async () => 'no');
    const reconcile = vi.fn(() => found('wrong'));
    const write = { totalTimeout: 7000, idempotent: false, reconcile };
    const followers = [
      ...queue(1, func, of('a', { totalTimeout: 7000 })),
      ...queue(1, func, of('a', write)),
    ];
    await pass(6999);
    expect(followers.map(({ done }) => done)).toEqual([false, false]);
    await pass(1);
    for (const { done, error } of followers) {
      expect(done).toBe(true);
      expect(error).not.toBeInstanceOf(OutcomeUnknownError);
      expect(retryReport(error)?.attempts).toBe(0);
    }
    await pass(5000);
    expect(func).not.toHaveBeenCalled();
    expect(reconcile).not.toHaveBeenCalled();
  });
});
