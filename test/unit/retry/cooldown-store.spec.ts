import { describe, expect, it, vi } from 'vitest';
import { MemoryCooldownStore } from '../../../lib/retry/cooldown-store.js';
import { stopTime } from '../../support/time.js';

const MOST = 10_000;

const filled = (accounts: number) => {
  const store = new MemoryCooldownStore();
  for (let n = 0; n < accounts; n++) store.extend(`account ${n}`, Date.now() + 1000 + n);
  return store;
};

const size = (store: MemoryCooldownStore) => [...store.list()].length;

describe('the cooldowns in memory', () => {
  it('are those of ten thousand accounts at most, of which the oldest is forgotten', () => {
    const store = filled(MOST);
    expect(size(store)).toBe(MOST);
    store.extend('another', Date.now() + 5000);
    expect(size(store)).toBe(MOST);
    expect(store.get('account 0')).toBeUndefined();
    expect(store.get('account 1')).toBeDefined();
    expect(store.get('another')).toBeDefined();
  });

  it('are as new as their last extension', () => {
    const store = filled(MOST);
    store.extend('account 0', Date.now() + 60_000);
    store.extend('another', Date.now() + 5000);
    expect(store.get('account 0')).toBeDefined();
    expect(store.get('account 1')).toBeUndefined();
  });

  it('are forgotten a minute after their end, when another one begins', () => {
    stopTime();
    const store = filled(1);
    vi.setSystemTime(Date.now() + 61_000);
    store.extend('another', Date.now() + 1000);
    expect(store.get('account 0')).toBeDefined();
    vi.setSystemTime(Date.now() + 1);
    store.extend('a third', Date.now() + 1000);
    expect(store.get('account 0')).toBeUndefined();
    expect(size(store)).toBe(2);
  });

  it('are never made shorter', () => {
    const store = new MemoryCooldownStore();
    store.extend('a', 2000);
    store.extend('a', 1000);
    expect(store.get('a')).toBe(2000);
  });
});
