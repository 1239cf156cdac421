import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { moment } from '../support/time.js';
import { FakePlatform } from './support/fake-platform.js';
import { AppProcess, type Outcome } from './support/processes.js';
import { redisIsAbsent, RedisServer } from './support/redis-server.js';

let server: RedisServer;
let redis: Redis;
let platform: FakePlatform;
let processes: AppProcess[];

beforeEach(async () => {
  if (redisIsAbsent) return;
  platform = await FakePlatform.start();
  platform.token = 'valid';
  server = await RedisServer.start();
  const prefix = `eco-${randomUUID()}`;
  const settings = { redis: server.url, prefix, platform: platform.url };
  processes = await Promise.all([1, 2, 3].map(() => AppProcess.start(settings)));
  redis = new Redis(server.url);
  redis.on('error', () => undefined);
  const subscribed = () => redis.pubsub('NUMSUB', `${prefix}:cooldowns`);
  await vi.waitFor(async () => expect((await subscribed())[1]).toBe(3), 5000);
});
afterEach(async () => {
  redis.disconnect();
  await Promise.all(processes.map((each) => each.kill()));
  platform.stop();
});

/** Each process makes one call after the other until it is told to end. */
function load() {
  const outcomes: Outcome[] = [];
  const over = new AbortController();
  const loops = processes.flatMap((each) =>
    Array.from({ length: 3 }, async () => {
      while (!over.signal.aborted) outcomes.push(await each.call('act_1'));
    }),
  );
  return {
    outcomes,
    end: async () => {
      over.abort();
      await Promise.all(loops);
    },
  };
}

const failed = (outcomes: readonly Outcome[]) => outcomes.filter(({ value }) => value !== 'ads');

describe.skipIf(redisIsAbsent)('three processes under load', { timeout: 30_000 }, () => {
  it('send nothing to an account that one of them has seen throttled', async () => {
    const { outcomes, end } = load();
    await vi.waitFor(() => expect(outcomes.length).toBeGreaterThan(100), 10_000);
    const blockedAt = Date.now();
    platform.blockedUntil = blockedAt + 2000;
    const { requests, blockedUntil } = platform;
    await vi.waitFor(() => expect(requests.at(-1)?.status).toBe(429));
    const answers = moment();
    platform.answering = answers.reached;
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(blockedUntil + 500), 5000);
    const first = requests.filter(({ at }) => at >= blockedUntil).map((each) => each.process);
    // One of each goes ahead, and the others wait for what it is told.
    expect(first.toSorted()).toEqual(processes.map(({ id }) => id).toSorted());
    answers.reach();
    await end();
    expect(failed(outcomes)).toEqual([]);
    const firstRefused = requests.find(({ status }) => status === 429)?.at ?? 0;
    const during = requests.filter(({ at }) => at > firstRefused + 50 && at < blockedUntil);
    expect(during).toEqual([]);
  });

  it('ask Redis nothing while all is well', async () => {
    const questions = async () => /eval:calls=\d+/.exec(await redis.info('commandstats'))?.[0];
    const before = await questions();
    const { outcomes, end } = load();
    await vi.waitFor(() => expect(outcomes.length).toBeGreaterThan(200), 10_000);
    await end();
    expect(failed(outcomes)).toEqual([]);
    expect(await questions()).toBe(before);
  });

  it('lose no call where Redis is gone for five seconds', async () => {
    const { outcomes, end } = load();
    await vi.waitFor(() => expect(outcomes.length).toBeGreaterThan(100), 10_000);
    await server.stop();
    const stoppedAt = Date.now();
    const before = outcomes.length;
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(stoppedAt + 5000), 10_000);
    const meanwhile = outcomes.length - before;
    await server.start();
    for (const each of processes) {
      await vi.waitFor(() => expect(each.output).toContain('retry_redis_found'), 5000);
    }
    await end();
    expect(failed(outcomes)).toEqual([]);
    expect(meanwhile).toBeGreaterThan(500);
    for (const { output } of processes) {
      expect(output.match(/retry_redis_lost/g)).toHaveLength(1);
      expect(output.match(/retry_redis_found/g)).toHaveLength(1);
    }
  });

  it('go by what each of them knows where Redis is gone and an account is throttled', async () => {
    await server.stop();
    const { outcomes, end } = load();
    await vi.waitFor(() => expect(outcomes.length).toBeGreaterThan(30), 10_000);
    platform.blockedUntil = Date.now() + 1000;
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(platform.blockedUntil + 300), 5000);
    await end();
    expect(failed(outcomes)).toEqual([]);
  });
});
