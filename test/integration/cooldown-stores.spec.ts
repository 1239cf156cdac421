import { describe, expect, it, vi } from 'vitest';
import { OutcomeUnknownError, PlatformServiceError, type CooldownStore } from '../../lib/index.js';
import { of, startAccounts } from '../support/accounts.js';
import { failing, limited, never, turnEnd } from '../support/calls.js';
import { unhandled, watch } from '../support/outcomes.js';
import { later, pass } from '../support/time.js';

/** A store that answers as it is told to. */
function answering(answer: () => Promise<void>): CooldownStore {
  const map = new Map<string, number>();
  return {
    get: (account) => answer().then(() => map.get(account)),
    async extend(account, until) {
      await answer();
      map.set(account, Math.max(until, map.get(account) ?? 0));
    },
    async delete(account) {
      await answer();
      map.delete(account);
    },
    list: () => map,
  };
}

describe('a store of cooldowns', () => {
  it('may answer later', async () => {
    const store = answering(async () => {});
    const { call, cooldowns, limit } = await startAccounts({ cooldown: { store } });
    await limit('a', 20);
    await pass(0);
    expect(cooldowns.list()).toHaveLength(1);
    const func = vi.fn(async () => 'ok');
    const waiting = watch(call(func, of('a')));
    await pass(19_000);
    expect(func).not.toHaveBeenCalled();
    await pass(1100);
    expect(waiting.value).toBe('ok');
  });

  it('that answers later has one call go first after a cooldown all the same', async () => {
    const { call } = await startAccounts({ cooldown: { store: answering(() => later(5)) } });
    const func = vi.fn(() => limited(5));
    const ask = () => watch(call(func, of('a', { maxRetries: 0 })));
    ask();
    await pass(4900);
    for (let n = 0; n < 5; n++) ask();
    await pass(400);
    expect(func).toHaveBeenCalledTimes(2);
  });

  it('that answers later has a cooldown logged once that several calls begin', async () => {
    const { call, lines } = await startAccounts({ cooldown: { store: answering(async () => {}) } });
    const func = vi.fn(() => later(10).then(() => limited(20)));
    for (let n = 0; n < 3; n++) watch(call(func, of('a', { maxRetries: 0 })));
    await pass(100);
    expect(func).toHaveBeenCalledTimes(3);
    expect(lines.of('retry_cooldown_began')).toHaveLength(1);
  });

  it('that answers too late has the call made once, and holds up no other', async () => {
    const until = Date.now() - 1000;
    const get = vi.fn<() => unknown>(() => until).mockImplementationOnce(() => later(1500, until));
    const store = { get, extend() {}, delete() {}, list: () => [] } as unknown as CooldownStore;
    const { call } = await startAccounts({ cooldown: { store } });
    const func = vi.fn(() => later(1000, 'ok'));
    const first = watch(call(func, of('a')));
    await pass(2001);
    expect(func).toHaveBeenCalledTimes(1);
    expect(first.value).toBe('ok');
    const second = watch(call(func, of('a')));
    await pass(1000);
    expect(second.value).toBe('ok');
  });

  it('that does not say when it knows a longer cooldown stops nobody for long', async () => {
    const map = new Map<string, number>();
    const store: CooldownStore = {
      get: (account) => map.get(account),
      extend(account, until) {
        map.set(account, until);
        return never();
      },
      delete: (account) => map.delete(account),
      list: () => map,
    };
    const { call, limit } = await startAccounts({ cooldown: { store } });
    await limit('a', 5);
    const func = vi.fn<() => Promise<unknown>>(async () => 'ok');
    func.mockImplementationOnce(() => limited(10));
    const calls = [1, 2, 3].map(() => watch(call(func, of('a'))));
    await pass(15_500);
    expect(calls.map(({ value }) => value)).toEqual(['ok', 'ok', 'ok']);
  });

  it('that rejects leaves no rejection unhandled', async () => {
    const reasons = unhandled();
    const down = () => Promise.reject(new Error('redis'));
    const store: CooldownStore = { get: down, extend: down, delete: down, list: () => [] };
    const { limit } = await startAccounts({ cooldown: { store } });
    await limit('a', 20);
    await turnEnd();
    await turnEnd();
    expect(reasons).toEqual([]);
  });

  it('that breaks during a call does not stop its retry', async () => {
    const broken = {
      then() {
        throw new Error('redis');
      },
    };
    const get = vi.fn<() => unknown>(() => broken).mockReturnValueOnce(undefined);
    const store = { get, extend() {}, delete() {}, list: () => [] } as unknown as CooldownStore;
    const { call } = await startAccounts({ cooldown: { store } });
    const outcome = watch(call(failing([new PlatformServiceError('meta')], 'ok'), of('a')));
    await pass(5000);
    expect(get.mock.calls.length).toBeGreaterThan(1);
    expect(outcome.value).toBe('ok');
  });

  it.each<[string, () => unknown, fails?: true]>([
    [
      'throws',
      () => {
        throw new Error('redis');
      },
      true,
    ],
    ['rejects', () => Promise.reject(new Error('redis')), true],
    ['answers NaN', () => Number.NaN],
    ['answers Infinity', () => Number.POSITIVE_INFINITY],
    ['answers a text', () => 'soon'],
    [
      'answers a thenable that rejects',
      () => ({ then: (_: unknown, no: (error: unknown) => void) => no(new Error('x')) }),
      true,
    ],
  ])('that %s does not stop calls for ever', async (_, answer, fails) => {
    const get = answer as CooldownStore['get'];
    const store: CooldownStore = { get, extend: answer, delete: answer, list: () => [] };
    const { call, lines } = await startAccounts({ cooldown: { store } });
    const outcome = watch(call(async () => 'ok', of('a')));
    await pass(1_000_000);
    expect(outcome.done).toBe(true);
    const told = lines.of('retry_callback_failed').map(({ callback }) => callback);
    expect(new Set(told)).toEqual(new Set(fails ? ['cooldown.store'] : []));
  });

  const hanging: CooldownStore = { get: never, extend() {}, delete() {}, list: () => [] };

  it('that hangs does not hold up a call for ever', async () => {
    const { call } = await startAccounts({ cooldown: { store: hanging } });
    const outcome = watch(call(async () => 'ok', of('a', { timeout: 1000 })));
    await pass(1_000_000);
    expect(outcome.value).toBe('ok');
  });

  it('that hangs leaves a call to be cancelled, whose operation never runs', async () => {
    const { call } = await startAccounts({ cooldown: { store: hanging } });
    const controller = new AbortController();
    const func = vi.fn(async () => 1);
    const options = of('a', { signal: controller.signal, idempotent: false });
    const outcome = watch(call(func, options));
    await pass(10);
    const reason = new Error('x');
    controller.abort(reason);
    await pass(0);
    expect(outcome.error).toBe(reason);
    await pass(100_000);
    expect(func).not.toHaveBeenCalled();
  });

  it('that hangs leaves a call its totalTimeout, before which a write never ran', async () => {
    const { call } = await startAccounts({ cooldown: { store: hanging } });
    const func = vi.fn(never);
    const outcome = watch(call(func, of('a', { totalTimeout: 500, idempotent: false })));
    await pass(500);
    expect(outcome.error).not.toBeInstanceOf(OutcomeUnknownError);
    expect(outcome.error).toMatchObject({ type: 'PLATFORM_TIMEOUT', mayHaveExecuted: false });
    await pass(100_000);
    expect(func).not.toHaveBeenCalled();
  });
});
