import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Retryable, TokenExpiredError } from 'nestjs-retryable';
import { absent } from './support/brokers.js';
import {
  jobsOf,
  makeDue,
  minutes,
  parkingQueue,
  Platform,
  startParking,
} from './support/parking.js';

@Injectable()
class Orders {
  constructor(private readonly platform: Platform) {}

  @Retryable({
    context: 'order',
    platform: 'meta',
    idempotencyKey: (id: string) => `order-${id}`,
    park: { name: 'orders.order' },
  })
  async order(id: string): Promise<unknown> {
    return this.platform.call(id);
  }

  @Retryable({
    context: 'refund',
    platform: 'meta',
    idempotencyKey: (id: string) => `order-${id}`,
    park: { name: 'orders.refund' },
  })
  async refund(id: string): Promise<unknown> {
    return this.platform.call(id);
  }

  @Retryable({ context: 'keyless', platform: 'meta', park: { name: 'orders.keyless' } })
  async keyless(id: string): Promise<unknown> {
    return this.platform.call(id);
  }
}

async function start() {
  const { prefix, queue } = parkingQueue();
  const app = await startParking({ prefix, providers: [Orders] });
  return { ...app, prefix, queue, orders: app.service(Orders) };
}

const ids = (jobs: { id?: string | undefined }[]) => jobs.map(({ id }) => id);

describe.skipIf(absent.has('Redis'))('two calls with the same idempotency key', () => {
  it('are one job, which both callers are told of', async () => {
    const { parked, orders, platform, queue, ended } = await start();
    platform.outcomes = [minutes(), minutes()];
    const first = await parked(() => orders.order('7'));
    expect(await parked(() => orders.order('7'))).toBe(first);
    expect(ids(await jobsOf(queue))).toEqual([first]);
    await makeDue(queue);
    expect(await ended(first)).toMatchObject({ state: 'completed' });
    expect(platform.made).toHaveLength(3);
    expect(new Set(platform.keys)).toEqual(new Set(['order-7']));
  });

  it('are told the time of the job that is there', async () => {
    const { through, orders, platform } = await start();
    platform.outcomes = [minutes(), minutes({ retryAfter: 9000 })];
    const details = async () => {
      const { json } = await through(() => orders.order('7'));
      return (json as { error: { details: unknown } }).error.details;
    };
    expect(await details()).toEqual(await details());
  });

  it('are one job though both are parked at the same time', async () => {
    const { parked, orders, platform, queue } = await start();
    platform.outcomes = Array.from({ length: 10 }, () => minutes());
    const all = await Promise.all(
      Array.from({ length: 10 }, () => parked(() => orders.order('7'))),
    );
    expect(new Set(all).size).toBe(1);
    expect(await jobsOf(queue)).toHaveLength(1);
  });

  it('are one job though they are made by two processes', async () => {
    const first = await start();
    const second = await startParking({ prefix: first.prefix, providers: [Orders] });
    first.platform.outcomes = [minutes()];
    second.platform.outcomes = [minutes()];
    const all = await Promise.all([
      first.parked(() => first.orders.order('7')),
      second.parked(() => second.service(Orders).order('7')),
    ]);
    expect(new Set(all).size).toBe(1);
    expect(await jobsOf(first.queue)).toHaveLength(1);
  });

  it('are one job where the first has been made already', async () => {
    const { parked, orders, platform, queue, ended, calls } = await start();
    platform.outcomes = [minutes(), { order: 7 }];
    const first = await parked(() => orders.order('7'));
    await makeDue(queue);
    await ended(first);
    platform.outcomes = [minutes()];
    expect(await parked(() => orders.order('7'))).toBe(first);
    expect(ids(await jobsOf(queue))).toEqual([first]);
    expect(await calls.find(first)).toMatchObject({ state: 'completed', result: { order: 7 } });
  });

  it('are one job where the first has failed for good', async () => {
    const { parked, orders, platform, queue, ended } = await start();
    platform.outcomes = [minutes(), new TokenExpiredError('meta')];
    const first = await parked(() => orders.order('7'));
    await makeDue(queue);
    expect(await ended(first)).toMatchObject({ state: 'failed' });
    platform.outcomes = [minutes()];
    const second = await parked(() => orders.order('7'));
    expect(second).toBe(first);
    expect(await jobsOf(queue)).toHaveLength(1);
  });

  it('are two jobs where they are calls of two methods', async () => {
    const { parked, orders, platform, queue } = await start();
    platform.outcomes = [minutes(), minutes()];
    const order = await parked(() => orders.order('7'));
    const refund = await parked(() => orders.refund('7'));
    expect(refund).not.toBe(order);
    expect(await jobsOf(queue)).toHaveLength(2);
  });
});

describe.skipIf(absent.has('Redis'))('calls without a key', () => {
  it('are a job each, whatever their arguments', async () => {
    const { parked, orders, platform, queue } = await start();
    platform.outcomes = [minutes(), minutes()];
    const all = [await parked(() => orders.keyless('7')), await parked(() => orders.keyless('7'))];
    expect(new Set(all).size).toBe(2);
    expect(await jobsOf(queue)).toHaveLength(2);
  });
});

describe.skipIf(absent.has('Redis'))('the id of a job', () => {
  it('tells nobody the idempotency key', async () => {
    const { parked, orders, platform } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => orders.order('customer@example.com'));
    expect(jobId).not.toContain('customer');
    expect(jobId).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  });

  it('reaches every client as it is, whatever its digits', async () => {
    const { parked, orders, platform, calls } = await start();
    for (let n = 0; n < 50; n++) {
      platform.outcomes = [minutes()];
      const jobId = await parked(() => orders.order(String(n)));
      expect(await calls.find(jobId)).toMatchObject({ jobId, state: 'waiting' });
    }
  });
});
