import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { redisStores, type RedisStores } from 'nestjs-retryable/redis';
import { redisIsAbsent, RedisServer } from './support/redis-server.js';

/** A cluster of one node, which refuses commands whose keys are in several slots as every other. */
async function startCluster(): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const address = ['--cluster-announce-ip', '127.0.0.1'];
  const server = await RedisServer.start('--cluster-enabled', 'yes', ...address, '--dir', folder);
  const node = new Redis(server.url);
  await node.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
  await vi.waitFor(async () => {
    expect(await node.call('CLUSTER', 'INFO')).toContain('cluster_state:ok');
  }, 10_000);
  node.disconnect();
  const cluster = new Cluster([server.url]);
  onTestFinished(async () => {
    cluster.disconnect();
    await server.stop();
    await rm(folder, { recursive: true });
  });
  return cluster;
}

/** What one process has of them. */
async function process(cluster: Cluster): Promise<RedisStores> {
  const stores = redisStores(cluster);
  onTestFinished(() => stores.cooldown.close());
  await vi.waitFor(() => expect(Reflect.get(stores.cooldown, 'isLive')).toBe(true), 5000);
  return stores;
}

describe.skipIf(redisIsAbsent)('a Redis Cluster', { timeout: 20_000 }, () => {
  it('holds all that processes share', async () => {
    const cluster = await startCluster();
    const [first, second] = [await process(cluster), await process(cluster)];
    const until = Date.now() + 60_000;
    await first.cooldown.extend('meta:a', until);
    await vi.waitFor(() => expect(second.cooldown.get('meta:a')).toBeGreaterThan(until - 100));

    const repair = vi.fn(async () => true);
    const times = { attemptMs: 1000, limitMs: 5000 };
    expect(await first.repairs.once('meta:a', repair, times)).toBe(true);
    expect(await second.repairs.once('meta:a', repair, times)).toBe(true);
    expect(repair).toHaveBeenCalledTimes(1);

    const size = { maxTokens: 10, tokensPerMinute: 0 };
    for (const account of ['meta:a', 'meta:b']) {
      for (let n = 0; n < 4; n++) await first.retryBudget.take(account, size);
      second.retryBudget.add(account, 2, size);
    }
    await vi.waitFor(async () => {
      const tokens = ['meta:a', 'meta:b'].map((account) =>
        cluster.hget(`{nestjs-retryable}:budget:${account}`, 'tokens'),
      );
      expect((await Promise.all(tokens)).map(Number)).toEqual([8, 8]);
    }, 3000);
  });
});
