import { AsyncResource } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { Repairs } from '../../../lib/retry/repairs.js';

const begun = () => new AsyncResource('test', 0).asyncId();
const times = { attemptMs: 0, limitMs: 1000 };

describe('repairs', () => {
  it('are known to what had begun before their end, where they succeeded', async () => {
    const repairs = new Repairs(undefined, () => undefined);
    const before = begun();
    await repairs.join('well', times, async () => true);
    await repairs.join('failed', times, async () => false);
    expect(repairs.isRepairedSince('well', before)).toBe(true);
    expect(repairs.isRepairedSince('well', begun())).toBe(false);
    expect(repairs.isRepairedSince('failed', before)).toBe(false);
  });

  it('are remembered of ten thousand accounts at most, of which the oldest is forgotten', async () => {
    const repairs = new Repairs(undefined, () => undefined);
    const before = begun();
    const repair = (account: string) => repairs.join(account, times, async () => true);
    for (let n = 0; n < 10_000; n++) await repair(`account ${n}`);
    expect(repairs.isRepairedSince('account 0', before)).toBe(true);
    await repair('account 0');
    await repair('another');
    expect(repairs.isRepairedSince('account 0', before)).toBe(true);
    expect(repairs.isRepairedSince('account 1', before)).toBe(false);
    expect(repairs.isRepairedSince('account 2', before)).toBe(true);
    expect(repairs.isRepairedSince('another', before)).toBe(true);
  });
});
