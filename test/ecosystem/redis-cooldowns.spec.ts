import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { RedisCooldownStore } from 'nestjs-retryable/redis';
import { absent } from './support/brokers.js';

const url = 'redis://127.0.0.1:6379';
let prefix: string;
let redis: Redis;

beforeEach(() => {
  prefix = `eco-${randomUUID()}`;
  redis = new Redis(url);
});
afterEach(async () => {
  await redis.del(`{${prefix}}:cooldowns`);
  redis.disconnect();
});

/** A store as each process has its own. */
async function process(given: Redis | string = url): Promise<RedisCooldownStore> {
  const store = new RedisCooldownStore(given, { prefix });
  onTestFinished(() => store.close());
  // From then on the copy is kept right by messages.
  await vi.waitFor(() => expect(Reflect.get(store, 'isLive')).toBe(true));
  return store;
}

const soon = (seconds: number) => Date.now() + seconds * 1000;
const about = (until: number | undefined) => Math.round(((until ?? 0) - Date.now()) / 1000);

describe.skipIf(absent.has('Redis'))('cooldowns in Redis', () => {
  it('are known to all processes as soon as one has learned them, without a question', async () => {
    const [first, second] = [await process(), await process(redis)];
    await first.extend('meta:act_1', soon(60));
    await vi.waitFor(() => expect(about(second.get('meta:act_1') as number)).toBe(60));
    expect(second.get('meta:act_2')).toBeUndefined();
    await second.delete('meta:act_1');
    await vi.waitFor(() => expect(first.get('meta:act_1')).toBeUndefined());
    expect([...first.list()]).toEqual([]);
  });

  it('are known to a process that begins later', async () => {
    const first = await process();
    await first.extend('meta:act_1', soon(60));
    const later = new RedisCooldownStore(url, { prefix });
    onTestFinished(() => later.close());
    await vi.waitFor(async () => expect(about(await later.get('meta:act_1'))).toBe(60));
  });

  it('are read anew where a process gets no messages, each second at most', async () => {
    const user = prefix;
    await redis.call('ACL', 'SETUSER', user, 'on', '>pass', '~*', '+@all', 'resetchannels');
    onTestFinished(async () => {
      const admin = new Redis(url);
      await admin.call('ACL', 'DELUSER', user);
      admin.disconnect();
    });
    const deaf = new RedisCooldownStore(url.replace('//', `//${user}:pass@`), { prefix });
    onTestFinished(() => deaf.close());
    expect(await deaf.get('meta:act_1')).toBeUndefined();
    const first = await process();
    const knows = async () => expect(about(await deaf.get('meta:act_1'))).toBeGreaterThan(50);
    await first.extend('meta:act_1', soon(60));
    await vi.waitFor(knows, { interval: 20, timeout: 4000 });
    await first.delete('meta:act_1');
    const hasForgotten = async () => expect(await deaf.get('meta:act_1')).toBeUndefined();
    await vi.waitFor(hasForgotten, { interval: 20, timeout: 4000 });
    // Between two readings nothing is asked.
    expect(deaf.get('meta:act_1')).toBeUndefined();
  });

  it('never get shorter, in whatever order the processes say so', async () => {
    const [first, second] = [await process(), await process()];
    await Promise.all([
      first.extend('meta:act_1', soon(20)),
      second.extend('meta:act_1', soon(60)),
      first.extend('meta:act_1', soon(40)),
    ]);
    for (const store of [first, second]) {
      await vi.waitFor(() => expect(about(store.get('meta:act_1') as number)).toBe(60));
    }
  });

  it('leave nothing in Redis for ever, and all of it in one slot of a cluster', async () => {
    const store = await process();
    await store.extend('meta:act_1', soon(30));
    await store.extend('tiktok:{2}', soon(10));
    const keys = await redis.keys(`*${prefix}*`);
    expect(keys).toEqual([`{${prefix}}:cooldowns`]);
    const ttl = await redis.pttl(keys[0] ?? '');
    expect(ttl).toBeGreaterThan(80_000);
    expect(ttl).toBeLessThanOrEqual(90_001);
  });

  it('that have been over for a minute are forgotten', async () => {
    await redis.zadd(`{${prefix}}:cooldowns`, Date.now() - 61_000, 'meta:old');
    await redis.zadd(`{${prefix}}:cooldowns`, Date.now() - 1000, 'meta:over');
    const store = await process();
    expect([...store.list()].map(([account]) => account)).toEqual(['meta:over']);
  });

  it('say which argument is wrong', () => {
    // @ts-expect-error -- that is what is tested
    expect(() => new RedisCooldownStore(undefined)).toThrow('Expected `redis` to be a client');
    expect(() => new RedisCooldownStore(url, { prefix: '' })).toThrow('Expected `prefix` to be');
  });
});
