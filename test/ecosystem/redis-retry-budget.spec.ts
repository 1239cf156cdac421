import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { RedisRetryBudget } from 'nestjs-retryable/redis';
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

/** The budget of one process. */
async function budget(given: Redis | string = url): Promise<RedisRetryBudget> {
  const made = new RedisRetryBudget(given, { prefix });
  onTestFinished(() => made.close());
  const link = Reflect.get(made, 'link') as { readonly isAway: boolean };
  await vi.waitFor(() => expect(link.isAway).toBe(false));
  return made;
}

const size = { maxTokens: 10, tokensPerMinute: 0 };
const key = () => `{${prefix}}:budget:meta:a`;

describe.skipIf(absent.has('Redis'))('a retry budget in Redis', () => {
  it('has ten tokens for all processes together', async () => {
    const all = [await budget(), await budget(), await budget(redis)] as const;
    const retries = Array.from({ length: 30 }, (_, n) =>
      (all[n % 3] ?? all[0]).take('meta:a', size),
    );
    const answers = await Promise.all(retries);
    expect(answers.filter((answer) => answer?.isTaken)).toHaveLength(10);
    expect(await all[0].take('meta:b', size)).toEqual({ isTaken: true, tokens: 9 });
  });

  it('fills by itself', async () => {
    const one = await budget();
    const slow = { maxTokens: 10, tokensPerMinute: 4 };
    for (let n = 0; n < 10; n++) await one.take('meta:a', slow);
    expect(await one.take('meta:a', slow)).toMatchObject({ isTaken: false });
    await redis.hset(key(), 'at', Date.now() - 30_000);
    expect(await one.take('meta:a', slow)).toMatchObject({ isTaken: true });
    expect(await one.take('meta:a', slow)).toMatchObject({ isTaken: true });
    expect(await one.take('meta:a', slow)).toMatchObject({ isTaken: false });
  });

  it('gets what succeeds in one command for all accounts', async () => {
    const one = await budget();
    for (let n = 0; n < 10; n++) await one.take('meta:a', size);
    await one.take('meta:b', size);
    const asked = vi.spyOn(Reflect.get(one, 'link') as { ask(): unknown }, 'ask');
    for (let n = 0; n < 50; n++) one.add('meta:a', 0.1, size);
    one.add('meta:b', 1, size);
    await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(1), 2000);
    await vi.waitFor(async () => expect(Number(await redis.hget(key(), 'tokens'))).toBeCloseTo(5));
    // One that is full is not there.
    expect(await redis.keys(`*${prefix}*`)).toEqual([key()]);
  });

  it('has none where it is to have none', async () => {
    const one = await budget();
    const answer = await one.take('meta:a', { maxTokens: 0, tokensPerMinute: 4 });
    expect(answer).toEqual({ isTaken: false, tokens: 0 });
    expect(await redis.keys(`*${prefix}*`)).toEqual([]);
  });

  it('leaves nothing in Redis for ever', async () => {
    const one = await budget();
    await one.take('meta:a', { maxTokens: 10, tokensPerMinute: 4 });
    expect(await redis.pttl(key())).toBeGreaterThan(14_000);
    expect(await redis.pttl(key())).toBeLessThanOrEqual(15_000);
    await one.take('meta:b', size);
    expect(await redis.ttl(`{${prefix}}:budget:meta:b`)).toBeGreaterThan(86_000);
  });

  it('keeps nobody waiting where Redis does not answer', async () => {
    const server = await RedisServer.start();
    const one = await budget(server.url);
    server.freeze();
    const began = performance.now();
    for (let n = 0; n < 100; n++) expect(await one.take('meta:a', size)).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(500);
    server.goOn();
  });
});
