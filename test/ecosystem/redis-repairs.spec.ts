import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { moment } from '../support/time.js';
import { absent } from './support/brokers.js';
import { FakePlatform } from './support/fake-platform.js';
import { AppProcess, type ProcessSettings } from './support/processes.js';
import { RedisServer } from './support/redis-server.js';

const url = 'redis://127.0.0.1:6379';
let redis: Redis;
let platform: FakePlatform;
let processes: AppProcess[];

beforeEach(async () => {
  redis = new Redis(url);
  platform = await FakePlatform.start();
  processes = [];
});
afterEach(async () => {
  await Promise.all(processes.map((each) => each.kill()));
  platform.stop();
  redis.disconnect();
});

async function start(
  count: number,
  more: Partial<ProcessSettings> = {},
  client: Redis | null = redis,
): Promise<void> {
  const settings = { redis: url, prefix: `eco-${randomUUID()}`, platform: platform.url, ...more };
  while (processes.length < count) {
    const several = Math.min(5, count - processes.length);
    const starting = Array.from({ length: several }, () => AppProcess.start(settings));
    processes.push(...(await Promise.all(starting)));
  }
  if (client === null) return;
  const subscribed = () => client.pubsub('NUMSUB', `${settings.prefix}:repairs`);
  await vi.waitFor(async () => expect((await subscribed())[1]).toBe(count));
}

const callAll = () => processes.map((each) => each.call('act_1'));

describe.skipIf(absent.has('Redis'))('a token that has expired', { timeout: 60_000 }, () => {
  it('is renewed once by forty processes, and each of them then tries at once', async () => {
    await start(40);
    const renewed = moment<boolean>();
    platform.renew = () => renewed.reached;
    const calls = callAll();
    // As slow as it has to be for all of them to fail with the old one.
    await vi.waitFor(() => expect(platform.requests).toHaveLength(40), 20_000);
    renewed.reach(true);
    expect(await Promise.all(calls)).toEqual(
      Array(40).fill(expect.objectContaining({ value: 'ads' })),
    );
    expect(platform.renewals).toHaveLength(1);
    expect(platform.requests).toHaveLength(80);
  });

  it('is renewed by another process where the one dies that was about to', async () => {
    await start(4, { settings: { timeout: 1500 } });
    const dying = moment<boolean>();
    platform.renew = () => (platform.renewals.length === 1 ? dying.reached : Promise.resolve(true));
    const calls = new Map(processes.map((each) => [each.id, each.call('act_1')]));
    await vi.waitFor(() => {
      expect(platform.renewals).toHaveLength(1);
      expect(platform.requests).toHaveLength(4);
    }, 5000);
    const [first = ''] = platform.renewals;
    await processes.find(({ id }) => id === first)?.kill();
    calls.delete(first);
    for (const outcome of await Promise.all(calls.values())) expect(outcome.value).toBe('ads');
    expect(platform.renewals).toHaveLength(2);
  });

  it('that cannot be renewed is each call its own failure, and is renewed by the next', async () => {
    const server = await RedisServer.start();
    const own = new Redis(server.url);
    onTestFinished(() => own.disconnect());
    await start(4, { redis: server.url }, own);
    const questions = async () =>
      Number(/eval:calls=(\d+)/.exec(await own.info('commandstats'))?.[1]);
    const before = await questions();
    const failed = moment<boolean>();
    platform.renew = () => failed.reached;
    const calls = callAll();
    // Also those that do not repair know who does.
    await vi.waitFor(
      async () => expect(await questions()).toBeGreaterThanOrEqual(before + 4),
      5000,
    );
    failed.reach(false);
    const types = (await Promise.all(calls)).map(({ type }) => type);
    expect(types).toEqual(Array(4).fill('TOKEN_EXPIRED'));
    expect(platform.renewals).toHaveLength(1);
    platform.renew = async () => true;
    expect(await processes[0]?.call('act_1')).toMatchObject({ value: 'ads' });
    expect(platform.renewals).toHaveLength(2);
  });

  it('is not renewed again for a call that had begun before', async () => {
    await start(2);
    const [quick, slow] = processes;
    const answer = moment();
    platform.answering = answer.reached;
    const late = slow?.call('act_1');
    await vi.waitFor(() => expect(platform.requests).toHaveLength(1));
    platform.answering = Promise.resolve();
    expect(await quick?.call('act_1')).toMatchObject({ value: 'ads' });
    answer.reach();
    expect(await late).toMatchObject({ value: 'ads' });
    expect(platform.renewals).toEqual([quick?.id]);
  });

  it('is renewed by each process where Redis is not there', async () => {
    await start(2, { redis: 'redis://127.0.0.1:1' }, null);
    platform.renew = async () => {
      await vi.waitFor(() => expect(platform.renewals).toHaveLength(2));
      return true;
    };
    for (const { value } of await Promise.all(callAll())) expect(value).toBe('ads');
  });
});
