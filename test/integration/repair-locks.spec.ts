import { describe, expect, it, vi } from 'vitest';
import {
  constant,
  PlatformServiceError,
  retryWithBackoff,
  TokenExpiredError,
  type RepairLock,
  type RepairTimes,
} from '../../lib/index.js';
import { of, startAccounts } from '../support/accounts.js';
import { failing, never, rejectWith } from '../support/calls.js';
import { context } from '../support/context.js';
import { unhandled, watch } from '../support/outcomes.js';
import { failsLater, later, pass } from '../support/time.js';

const expired = () => new TokenExpiredError('meta');

/** An application with that lock, and what calls of one of its accounts give. */
async function start(lock: RepairLock) {
  const { call, lines } = await startAccounts({ stores: { repairs: lock } });
  const repair = vi.fn<() => Promise<unknown>>(() => later(100));
  const callOnce = (func: () => Promise<unknown> = failing([expired()], 'ok')) =>
    watch(call(func, of('a', { timeout: 1000, repair: { TOKEN_EXPIRED: repair } })));
  return { call: callOnce, repair, lines };
}

describe('a lock of repairs', () => {
  it('is asked once for all calls of a process, and has its repair made', async () => {
    const once = vi.fn<RepairLock['once']>((_, repair) => repair());
    const { call, repair } = await start({ once });
    const calls = [call(), call(), call()];
    await pass(200);
    expect(calls.map(({ value }) => value)).toEqual(['ok', 'ok', 'ok']);
    expect([once.mock.calls.length, repair.mock.calls.length]).toEqual([1, 1]);
    expect(once.mock.calls[0]?.[0]).toBe('meta:a');
  });

  it('may say that another process has repaired', async () => {
    const { call, repair } = await start({ once: () => later(500, true) });
    const waiting = call();
    await pass(499);
    expect(waiting.done).toBe(false);
    await pass(1);
    expect(waiting.value).toBe('ok');
    expect(repair).not.toHaveBeenCalled();
  });

  it('may say that another process could not repair', async () => {
    const error = expired();
    const { call } = await start({ once: async () => false });
    const outcome = call(() => rejectWith(error));
    await pass(0);
    expect(outcome.error).toBe(error);
  });

  it('knows how long ago the attempt began and how long a repair may take', async () => {
    const seen: RepairTimes[] = [];
    const { call } = await start({
      async once(_, _repair, times) {
        seen.push(times);
        return false;
      },
    });
    call(() => failsLater(300, expired()));
    await pass(300);
    expect(seen).toEqual([{ attemptMs: 300, limitMs: 1000 }]);
  });

  it('counts the waits of calls inside the attempt as its time', async () => {
    const seen: number[] = [];
    const { call } = await start({
      async once(_, _repair, { attemptMs }) {
        seen.push(attemptMs);
        return false;
      },
    });
    const inner = failing([new PlatformServiceError('meta')], 'ok');
    call(async () => {
      await retryWithBackoff(inner, { backoff: constant(700) });
      throw expired();
    });
    await pass(700);
    expect(seen).toEqual([700]);
  });

  it('is not asked by calls that succeed', async () => {
    const once = vi.fn<RepairLock['once']>(async () => true);
    const { call } = await start({ once });
    call(async () => 'ok');
    await pass(0);
    expect(once).not.toHaveBeenCalled();
  });

  it('may take another repair, where the process of the first one has died', async () => {
    const once: RepairLock['once'] = (_, repair) => later(1000).then(repair);
    const { call } = await start({ once });
    const waiting = call();
    await pass(1100);
    expect(waiting.value).toBe('ok');
  });

  it.each<[string, RepairLock['once']]>([
    ['rejects', () => Promise.reject(new Error('redis'))],
    [
      'throws',
      () => {
        throw new Error('redis');
      },
    ],
    ['fails after the repair', (_, repair) => repair().then(() => Promise.reject(new Error('x')))],
  ])('that %s has each process repair by itself, once', async (_, once) => {
    const reasons = unhandled();
    const { call, repair, lines } = await start({ once });
    const outcome = call();
    await pass(200);
    expect(outcome.value).toBe('ok');
    expect(repair).toHaveBeenCalledTimes(1);
    expect(lines.of('retry_callback_failed')).toMatchObject([{ callback: 'stores.repairs' }]);
    expect(reasons).toEqual([]);
  });

  it('that hangs does not block the account for ever', async () => {
    const once = vi.fn<RepairLock['once']>(async () => true).mockImplementationOnce(never);
    const { call } = await start({ once });
    const first = call();
    await pass(10_000);
    expect(first.error).toBeInstanceOf(TokenExpiredError);
    const second = call();
    await pass(0);
    expect(second.value).toBe('ok');
  });

  it('is closed with the application', async () => {
    const close = vi.fn();
    const { module } = await context({ stores: { repairs: { once: async () => true, close } } });
    await module.close();
    expect(close).toHaveBeenCalledTimes(1);
  });
});
