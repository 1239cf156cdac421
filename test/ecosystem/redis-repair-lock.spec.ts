import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { RedisRepairLock, redisStores } from 'nestjs-retryable/redis';
import { moment } from '../support/time.js';
import { absent } from './support/brokers.js';
import { RedisServer } from './support/redis-server.js';

const url = 'redis://127.0.0.1:6379';
let prefix: string;
let redis: Redis;

beforeEach(() => {
  prefix = `eco-${randomUUID()}`;
  redis = new Redis(url);
});
afterEach(async () => {
  const keys = await redis.keys(`*${prefix}*`);
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
});

/** The lock of one process. */
function lock(given: Redis | string = url): RedisRepairLock {
  const made = new RedisRepairLock(given, { prefix });
  onTestFinished(() => made.close());
  return made;
}

/** Asks for a repair and waits until it is known who makes it. */
async function waitingFor(asking: RedisRepairLock): Promise<{ readonly end: Promise<boolean> }> {
  const asked = vi.spyOn(asking, 'claim' as never);
  const end = asking.once('act_1', repair, times);
  await vi.waitFor(() => expect(asked).toHaveResolved());
  return { end };
}

/** Begins a repair that goes on until it is told how it ends. */
async function repairing(by: RedisRepairLock, limitMs = 5000) {
  const begun = moment();
  const ended = moment<boolean>();
  const end = by.once(
    'act_1',
    () => {
      begun.reach();
      return ended.reached;
    },
    { attemptMs: 0, limitMs },
  );
  await begun.reached;
  return { end, finish: (succeeded: boolean) => ended.reach(succeeded) };
}

const times = { attemptMs: 0, limitMs: 5000 };
const repair = vi.fn(async () => true);
beforeEach(() => repair.mockClear());

describe.skipIf(absent.has('Redis'))('repairs of several processes', () => {
  it('are one, which all of them wait for', async () => {
    const first = await repairing(lock());
    const second = await waitingFor(lock());
    const third = await waitingFor(lock(redis));
    first.finish(true);
    expect(await Promise.all([first.end, second.end, third.end])).toEqual([true, true, true]);
    expect(repair).not.toHaveBeenCalled();
  });

  it('are one for each account', async () => {
    const one = lock();
    await Promise.all(['act_1', 'act_2'].map((account) => one.once(account, repair, times)));
    expect(repair).toHaveBeenCalledTimes(2);
  });

  it('count for attempts that began before, and not for those that began later', async () => {
    await lock().once('act_1', repair, times);
    await redis.hset(`{${prefix}}:repair:act_1`, 'repaired', Date.now() - 300);
    expect(await lock().once('act_1', repair, { ...times, attemptMs: 1000 })).toBe(true);
    expect(repair).toHaveBeenCalledTimes(1);
    expect(await lock().once('act_1', repair, { ...times, attemptMs: 100 })).toBe(true);
    expect(repair).toHaveBeenCalledTimes(2);
  });

  it('that fail are the failure of those that waited, and of nobody else', async () => {
    const first = await repairing(lock());
    const waiting = await waitingFor(lock());
    first.finish(false);
    expect(await Promise.all([first.end, waiting.end])).toEqual([false, false]);
    expect(repair).not.toHaveBeenCalled();
    expect(await lock().once('act_1', repair, { ...times, attemptMs: 1000 })).toBe(true);
  });

  it('are seen to have ended although no message comes', async () => {
    const first = await repairing(lock());
    const deaf = lock();
    Reflect.set(deaf, 'hear', () => undefined);
    const waiting = await waitingFor(deaf);
    first.finish(true);
    expect(await Promise.all([first.end, waiting.end])).toEqual([true, true]);
    expect(repair).not.toHaveBeenCalled();
  });

  it('leave nothing in Redis for ever, and all of it in one slot of a cluster', async () => {
    await lock().once('{act}', repair, times);
    await vi.waitFor(async () => {
      const keys = await redis.keys(`*${prefix}*`);
      expect(keys).toEqual([`{${prefix}}:repair:{act}`]);
      expect(await redis.hkeys(keys[0] ?? '')).toEqual(['repaired']);
      const ttl = await redis.pttl(keys[0] ?? '');
      expect(ttl).toBeGreaterThan(590_000);
      expect(ttl).toBeLessThanOrEqual(605_000);
    });
  });

  it('say which argument is wrong', () => {
    // @ts-expect-error -- that is what is tested
    expect(() => new RedisRepairLock(undefined)).toThrow('(in RedisRepairLock)');
    expect(() => redisStores('')).toThrow('(in redisStores)');
  });
});

describe.skipIf(absent.has('Redis'))('a repair', () => {
  it('is made at once by a process that Redis does not answer', async () => {
    const server = await RedisServer.start();
    const one = lock(server.url);
    await one.once('act_1', repair, times);
    server.freeze();
    const began = performance.now();
    expect(await one.once('act_1', repair, { ...times, attemptMs: 0 })).toBe(true);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(repair).toHaveBeenCalledTimes(2);
    server.goOn();
  });

  it('is made by a process that waits for another one when Redis has gone', async () => {
    const server = await RedisServer.start();
    await repairing(lock(server.url), 60_000);
    const waiting = await waitingFor(lock(server.url));
    await server.stop();
    expect(await waiting.end).toBe(true);
    expect(repair).toHaveBeenCalledTimes(1);
  });

  it('is waited for by nobody whose application has ended', async () => {
    await repairing(lock());
    const ending = lock();
    const waiting = await waitingFor(ending);
    ending.close();
    expect(await waiting.end).toBe(false);
  });
});
