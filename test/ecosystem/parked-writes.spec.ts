import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  found,
  notFound,
  PlatformServiceError,
  RateLimitError,
  Retryable,
  TokenExpiredError,
  type Attempt,
} from 'nestjs-retryable';
import { absent } from './support/brokers.js';
import {
  delayedAgain,
  jobsOf,
  makeDue,
  minutes,
  parkingQueue,
  Platform,
  startParking,
} from './support/parking.js';
import { outage } from './support/upstream.js';

interface Asked {
  readonly key: string;
  readonly number: number;
  readonly args: unknown[];
  readonly type: unknown;
}

let asked: Asked[] = [];
let answers: (() => unknown)[] = [];

beforeEach(() => {
  asked = [];
  answers = [];
});

@Injectable()
class Orders {
  constructor(private readonly platform: Platform) {}

  @Retryable({
    context: 'create',
    platform: 'meta',
    idempotencyKey: (id: string) => `order-${id}`,
    reconcile: 'look',
    park: { name: 'orders.create' },
  })
  async create(id: string): Promise<unknown> {
    return this.platform.call(id);
  }

  @Retryable({
    context: 'create_once',
    platform: 'meta',
    idempotent: false,
    reconcile: 'look',
    park: { name: 'orders.create_once' },
  })
  async createOnce(id: string): Promise<unknown> {
    return this.platform.call(id);
  }

  look(error: unknown, attempt: Attempt, ...args: unknown[]): unknown {
    asked.push({
      key: attempt.idempotencyKey,
      number: attempt.number,
      args,
      type: (error as { type?: unknown } | undefined)?.type,
    });
    return (answers.shift() ?? notFound)();
  }

  @Retryable({
    context: 'charge',
    platform: 'meta',
    idempotent: false,
    park: { name: 'orders.charge' },
  })
  async charge(id: string): Promise<unknown> {
    return this.platform.call(id);
  }

  @Retryable({ context: 'read', platform: 'meta', idempotent: true, park: { name: 'orders.read' } })
  async read(id: string): Promise<unknown> {
    return this.platform.call(id);
  }
}

async function start() {
  const { prefix, queue } = parkingQueue();
  const app = await startParking({ prefix, providers: [Orders], parking: { worker: {} } });
  return { ...app, queue, prefix, orders: app.service(Orders) };
}

/** As the job is after its process was killed while it made the call. */
async function killedMeanwhile(queue: Queue): Promise<void> {
  const [job] = await queue.getDelayed();
  await job?.updateData({ ...(job.data as object), began: true });
  await job?.promote();
}

const throws = (error: Error) => () => {
  throw error;
};

describe.skipIf(absent.has('Redis'))('a resumed write with `reconcile`', () => {
  it('asks it first, with the key and the arguments of the call', async () => {
    const { parked, orders, platform, queue, ended } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => orders.create('7'));
    expect(asked).toEqual([]); // a throttled call has surely done nothing
    answers = [
      () => {
        expect(platform.made).toHaveLength(1);
        return notFound();
      },
    ];
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
    expect(asked).toMatchObject([{ key: 'order-7', args: ['7'] }]);
    expect(platform.keys).toEqual(['order-7', 'order-7']);
  });

  it('takes what is found for its result, and calls nothing', async () => {
    const { parked, orders, platform, queue, ended } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => orders.create('7'));
    answers = [() => found({ id: 'o7' })];
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: { id: 'o7' } });
    expect(platform.made).toHaveLength(1);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['a failure of the connection', () => outage()],
    ['a limit', () => new RateLimitError('meta')],
    ['a long limit', () => minutes()],
  ])('asks again later where it fails with %s', async (_, error) => {
    const { parked, orders, platform, queue, ended } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => orders.create('7'));
    answers = [throws(error()), () => found('there')];
    await makeDue(queue);
    const isAsked = async () => {
      await makeDue(queue);
      expect(asked).toHaveLength(2);
    };
    await vi.waitFor(isAsked, { interval: 20, timeout: 4000 });
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'there' });
    expect(platform.made).toHaveLength(1);
  });

  it.each<[string, () => unknown]>([
    ['fails for good', throws(new TokenExpiredError('meta'))],
    ['fails with an error that nobody knows', throws(new TypeError('x'))],
    ['says nothing', () => undefined],
    ['says what is no answer', () => ({ id: 'o7' })],
    ['says true', () => true],
  ])('does not know what has happened where it %s', async (_, answer) => {
    const { parked, orders, platform, queue, ended, lines } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => orders.create('7'));
    answers = [answer];
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({
      state: 'failed',
      error: { error: { type: 'OUTCOME_UNKNOWN' }, retry_allowed: false },
    });
    expect(platform.made).toHaveLength(1);
    expect(asked).toHaveLength(1);
    expect(lines.of('operation_error')).toHaveLength(1);
  });

  it('asks again where its attempt has an open outcome, as any call does', async () => {
    const { parked, orders, platform, queue, ended } = await start();
    platform.outcomes = [minutes(), outage()];
    const jobId = await parked(() => orders.create('7'));
    answers = [notFound, () => found('there')];
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'there' });
    expect(platform.made).toHaveLength(2);
    expect(new Set(asked.map(({ key }) => key))).toEqual(new Set(['order-7']));
  });

  it('does the same where it is not idempotent', async () => {
    const { parked, orders, platform, queue, ended } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => orders.createOnce('7'));
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.key).toBe(platform.keys[0]);
    expect(new Set(platform.keys).size).toBe(1);
  });
});

describe.skipIf(absent.has('Redis'))('a resumed call whose process was killed while it ran', () => {
  it('is made again where it is idempotent', async () => {
    const { parked, orders, platform, queue, ended } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => orders.read('7'));
    await killedMeanwhile(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
    expect(platform.made).toHaveLength(2);
  });

  it('is not made again where it is a write that may not be repeated', async () => {
    const { parked, orders, platform, queue, ended, lines } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => orders.charge('7'));
    await killedMeanwhile(queue);
    expect(await ended(jobId)).toMatchObject({
      state: 'failed',
      error: { error: { type: 'OUTCOME_UNKNOWN' }, retry_allowed: false },
    });
    expect(platform.made).toHaveLength(1);
    expect(lines.only('operation_error')).toMatchObject({ context: 'charge' });
  });

  it.each<[string, 'create' | 'createOnce']>([
    ['idempotent', 'create'],
    ['not idempotent', 'createOnce'],
  ])('asks `reconcile` once and is made once: %s', async (_, method) => {
    const { parked, orders, platform, queue, ended } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => orders[method]('7'));
    await killedMeanwhile(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
    expect([asked.length, platform.made.length]).toEqual([1, 2]);
  });

  it('is not made again where `reconcile` finds what it has done', async () => {
    const { parked, orders, platform, queue, ended } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => orders.createOnce('7'));
    answers = [() => found('there')];
    await killedMeanwhile(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'there' });
    expect(platform.made).toHaveLength(1);
  });
});

describe.skipIf(absent.has('Redis'))('a resumed write without `reconcile`', () => {
  it('is made once', async () => {
    const { parked, orders, platform, queue, ended } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => orders.charge('7'));
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
    expect(platform.made).toHaveLength(2);
  });

  it('is not made again after an open outcome', async () => {
    const { parked, orders, platform, queue, ended } = await start();
    platform.outcomes = [minutes(), new PlatformServiceError('meta', { statusCode: 502 })];
    const jobId = await parked(() => orders.charge('7'));
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({
      state: 'failed',
      error: { error: { type: 'OUTCOME_UNKNOWN' } },
    });
    expect(platform.made).toHaveLength(2);
  });

  it('is not made either where somebody has the failed job run again by hand', async () => {
    const { parked, orders, platform, queue, ended } = await start();
    platform.outcomes = [minutes(), outage()];
    const jobId = await parked(() => orders.charge('7'));
    await makeDue(queue);
    await ended(jobId);
    const [job] = await queue.getFailed();
    await job?.retry();
    const hasRunAgain = async () => {
      const again = await queue.getJob(jobId);
      expect([again?.attemptsStarted, await again?.getState()]).toEqual([2, 'failed']);
    };
    await vi.waitFor(hasRunAgain, { interval: 10, timeout: 4000 });
    expect(platform.made).toHaveLength(2);
  });

  it('is open after the application has closed in the middle of it', async () => {
    const { prefix, queue } = parkingQueue();
    const app = await startParking({
      prefix,
      providers: [Orders],
      options: { shutdownGrace: 50 },
    });
    app.platform.outcomes = [minutes(), () => new Promise(() => undefined)];
    const jobId = await app.parked(() => app.service(Orders).charge('7'));
    await makeDue(queue);
    await vi.waitFor(() => expect(app.platform.made).toHaveLength(2));
    await app.nest.close();
    const next = await startParking({ prefix, providers: [Orders] });
    const isOver = async () => {
      await makeDue(queue);
      expect(await next.calls.find(jobId)).toMatchObject({
        state: 'failed',
        error: { error: { type: 'OUTCOME_UNKNOWN' } },
      });
    };
    await vi.waitFor(isOver, { interval: 20, timeout: 4000 });
    expect(next.platform.made).toEqual([]);
  });

  it('is made again where its platform has surely not made it, also after a throttle', async () => {
    const { parked, orders, platform, queue, ended } = await start();
    platform.outcomes = [minutes(), minutes(), new RateLimitError('meta')];
    const jobId = await parked(() => orders.charge('7'));
    await makeDue(queue);
    const job = await delayedAgain(queue, jobId);
    expect(job.data).not.toHaveProperty('began', true);
    const isMade = async () => {
      await makeDue(queue);
      expect(platform.made).toHaveLength(4);
    };
    await vi.waitFor(isMade, { interval: 20, timeout: 4000 });
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
  });

  it('is marked as begun before anything is sent', async () => {
    const { parked, orders, platform, queue, ended } = await start();
    let marked: unknown;
    platform.outcomes = [
      minutes(),
      async () => {
        const [job] = await jobsOf(queue);
        marked = job?.data;
      },
    ];
    const jobId = await parked(() => orders.charge('7'));
    await makeDue(queue);
    await ended(jobId);
    expect(marked).toMatchObject({ began: true });
  });
});

describe.skipIf(absent.has('Redis'))('a write whose outcome is open', () => {
  it('is not parked: nobody may make it again', async () => {
    const { through, orders, platform, queue } = await start();
    platform.outcomes = [new PlatformServiceError('meta', { statusCode: 503, retryAfter: 1200 })];
    const reply = await through(() => orders.charge('7'));
    expect(reply.json).toMatchObject({ error: { type: 'OUTCOME_UNKNOWN' } });
    expect(await jobsOf(queue)).toEqual([]);
  });

  it('is parked where it is idempotent', async () => {
    const { parked, orders, platform } = await start();
    platform.outcomes = [new PlatformServiceError('meta', { statusCode: 503, retryAfter: 1200 })];
    await parked(() => orders.read('7'));
  });

  it('is reconciled before it is parked', async () => {
    const { through, orders, platform, queue } = await start();
    platform.outcomes = [new PlatformServiceError('meta', { statusCode: 503, retryAfter: 1200 })];
    answers = [() => found('there')];
    const { json } = await through(() => orders.create('7'));
    expect(json).toEqual({ answer: 'there' });
    expect(await jobsOf(queue)).toEqual([]);
  });
});
