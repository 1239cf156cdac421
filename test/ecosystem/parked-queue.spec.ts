import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { describe, expect, it, vi } from 'vitest';
import { Retryable } from 'nestjs-retryable';
import { moment } from '../support/time.js';
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

@Injectable()
class Campaigns {
  constructor(private readonly platform: Platform) {}

  @Retryable({ context: 'pause', platform: 'meta', park: { name: 'campaigns.pause' } })
  async pause(id: string): Promise<unknown> {
    return this.platform.call(id);
  }

  @Retryable({
    context: 'odd',
    platform: 'meta',
    park: {
      name: 'campaigns.odd',
      deserialize: () => {
        throw new Error('of an older version');
      },
    },
  })
  async odd(id: string): Promise<unknown> {
    return this.platform.call(id);
  }

  /** Retried, never parked. */
  @Retryable({ context: 'remove', platform: 'meta' })
  async remove(id: string): Promise<unknown> {
    return this.platform.call('removed', id);
  }
}

/** Another deployment, which does not know of campaigns. */
@Injectable()
class Others {
  constructor(private readonly platform: Platform) {}

  @Retryable({ context: 'other', platform: 'meta', park: { name: 'others.call' } })
  async call(id: string): Promise<unknown> {
    return this.platform.call(id);
  }
}

async function start(options = {}) {
  const { prefix, queue } = parkingQueue();
  const app = await startParking({ prefix, providers: [Campaigns], ...options });
  return { ...app, prefix, queue, campaigns: app.service(Campaigns) };
}

/** What a job holds that was parked as it should be. */
async function dataOfOne(queue: Queue): Promise<Record<string, unknown>> {
  const [job] = await jobsOf(queue);
  return job?.data as Record<string, unknown>;
}

describe.skipIf(absent.has('Redis'))('a job whose name no method has', () => {
  it('stays in the queue until a process knows it', async () => {
    const { prefix, queue } = parkingQueue();
    const parks = await startParking({
      prefix,
      providers: [Campaigns],
      parking: { worker: false },
    });
    parks.platform.outcomes = [minutes()];
    const jobId = await parks.parked(() => parks.service(Campaigns).pause('1'));
    const other = await startParking({ prefix, providers: [Others] });
    const [job] = await queue.getDelayed();
    await job?.promote();
    const again = await delayedAgain(queue, jobId);
    expect(again.attemptsMade).toBe(0);
    expect(await parks.calls.find(jobId)).toMatchObject({ state: 'waiting' });
    expect(other.lines.text).toContain('campaigns.pause');
    expect(other.lines.of('operation_error')).toEqual([]);
    await other.nest.close();
    const knows = await startParking({ prefix, providers: [Campaigns] });
    await makeDue(queue);
    expect(await knows.ended(jobId)).toMatchObject({ state: 'completed' });
    expect(knows.platform.made).toEqual([['1']]);
  });

  it.each(['remove', 'Campaigns.pause', 'pause', 'constructor', '__proto__', 'toString', ''])(
    'runs nothing, whatever it sounds like: "%s"',
    async (name) => {
      const { platform, queue, parked, campaigns, calls } = await start();
      platform.outcomes = [minutes()];
      await parked(() => campaigns.pause('1'));
      const data = await dataOfOne(queue);
      const { id = '' } = await queue.add(name, data, { jobId: randomUUID() });
      await delayedAgain(queue, id);
      expect(platform.made).toHaveLength(1);
      expect(await calls.find(id)).toMatchObject({ state: 'waiting' });
    },
  );
});

describe.skipIf(absent.has('Redis'))('a job that somebody else has put there', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'text'],
    ['a number', 5],
    ['a list', []],
    ['an object', {}],
    ['another version', { version: 99, args: ['1'] }],
    ['arguments that are no list', 'args'],
    ['times that are none', 'times'],
    ['a key that is none', 'key'],
    ['retries without end', 'retries'],
    ['attempts that are no number', 'attempts'],
    ['a prototype', JSON.parse('{"__proto__":{"version":1}}')],
  ])('with %s brings no process down, and is looked up without harm', async (_, given) => {
    const { platform, queue, parked, campaigns, calls, ended } = await start();
    platform.outcomes = [minutes()];
    const fine = await parked(() => campaigns.pause('1'));
    const data = await dataOfOne(queue);
    const hostile: Record<string, unknown> = {
      args: { ...data, args: { length: 1e9 } },
      times: { ...data, parkedAt: 'never', resumesAt: {} },
      key: { ...data, idempotencyKey: { toString: 5 } },
      retries: { ...data, retries: -1e308 },
      attempts: { ...data, attempts: 'x' },
    };
    const text = typeof given === 'string' && given in hostile;
    const { id = '' } = await queue.add('campaigns.pause', text ? hostile[given] : given, {
      jobId: randomUUID(),
    });
    const isOver = async () => {
      expect(['failed', 'delayed']).toContain(await queue.getJobState(id));
    };
    await vi.waitFor(isOver, { interval: 10, timeout: 4000 });
    expect(platform.made).toHaveLength(1);
    const call = await calls.find(id);
    expect(() => JSON.stringify(call?.resumesAt)).not.toThrow();
    for (const job of await queue.getDelayed()) if (job.id === fine) await job.promote();
    expect(await ended(fine)).toMatchObject({ state: 'completed' });
    expect(platform.made).toHaveLength(2);
  });

  it('whose arguments a newer version cannot read fails for good, with its arguments', async () => {
    const { platform, queue, parked, campaigns, ended, lines } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => campaigns.odd('1'));
    await makeDue(queue);
    const isSettled = async () => {
      const state = await queue.getJobState(jobId);
      expect(['failed', 'delayed']).toContain(state);
    };
    await vi.waitFor(isSettled, { interval: 10, timeout: 4000 });
    expect(platform.made).toHaveLength(1);
    expect(await queue.getJob(jobId)).toMatchObject({ data: { args: ['1'] } });
    expect(lines.text).toContain('of an older version');
    await ended(jobId).catch(() => undefined);
  });
});

describe.skipIf(absent.has('Redis'))('ParkedCalls', () => {
  it.each(['', 'x', '../x', 'meta', '0', ':', '*', 'id', 'wait', 'delayed', '\u0000'])(
    'knows no call of the id "%s"',
    async (id) => {
      const { calls, parked, campaigns, platform } = await start();
      platform.outcomes = [minutes()];
      await parked(() => campaigns.pause('1'));
      expect(await calls.find(id)).toBeUndefined();
    },
  );
});

describe.skipIf(absent.has('Redis'))('a process with `worker: false`', () => {
  it('parks and makes nothing', async () => {
    const { prefix, queue } = parkingQueue();
    const parks = await startParking({
      prefix,
      providers: [Campaigns],
      parking: { worker: false },
    });
    parks.platform.outcomes = [minutes()];
    const jobId = await parks.parked(() => parks.service(Campaigns).pause('1'));
    await makeDue(queue);
    expect(await queue.getWorkersCount()).toBe(0);
    expect(await parks.calls.find(jobId)).toMatchObject({ state: 'waiting' });
    const makes = await startParking({ prefix, providers: [Campaigns] });
    expect(await parks.ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
    expect([parks.platform.made, makes.platform.made]).toEqual([[['1']], [['1']]]);
    expect(makes.platform.keys).toEqual(parks.platform.keys);
  });
});

describe.skipIf(absent.has('Redis'))('an application that closes', () => {
  it('waits for the resumed call that runs', async () => {
    const { parked, campaigns, platform, queue, nest } = await start();
    const held = moment<string>();
    platform.outcomes = [minutes(), () => held.reached];
    const jobId = await parked(() => campaigns.pause('1'));
    await makeDue(queue);
    await vi.waitFor(() => expect(platform.made).toHaveLength(2));
    const closed = nest.close();
    held.reach('late');
    await closed;
    expect(await queue.getJobState(jobId)).toBe('completed');
  });

  it('gives a call back to the queue that outlasts its grace', async () => {
    const { prefix, queue } = parkingQueue();
    const app = await startParking({
      prefix,
      providers: [Campaigns],
      options: { shutdownGrace: 50 },
    });
    app.platform.outcomes = [minutes(), () => new Promise(() => undefined)];
    const jobId = await app.parked(() => app.service(Campaigns).pause('1'));
    await makeDue(queue);
    await vi.waitFor(() => expect(app.platform.made).toHaveLength(2));
    await app.nest.close();
    expect(await queue.getJobState(jobId)).toMatch(/delayed|waiting/);
    const next = await startParking({ prefix, providers: [Campaigns] });
    await makeDue(queue);
    expect(await next.ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
    expect(next.platform.made).toHaveLength(1);
  });

  it('leaves what waits to the others', async () => {
    const { prefix, parked, campaigns, platform, queue, nest } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => campaigns.pause('1'));
    await nest.close();
    expect(await queue.getJobState(jobId)).toBe('delayed');
    const next = await startParking({ prefix, providers: [Campaigns] });
    await makeDue(queue);
    expect(await next.ended(jobId)).toMatchObject({ state: 'completed' });
  });
});

describe.skipIf(absent.has('Redis'))('several processes', () => {
  it('make each call once', async () => {
    const { prefix, queue } = parkingQueue();
    const apps = await Promise.all(
      [1, 2, 3].map(() => startParking({ prefix, providers: [Campaigns] })),
    );
    const [first] = apps;
    if (first === undefined) throw new Error('no application');
    const count = 60;
    first.platform.outcomes = Array.from({ length: count }, () => minutes());
    const ids = await Promise.all(
      Array.from({ length: count }, (_, n) =>
        first.parked(() => first.service(Campaigns).pause(String(n))),
      ),
    );
    await makeDue(queue);
    for (const id of ids) expect(await first.ended(id)).toMatchObject({ state: 'completed' });
    const made = apps.flatMap(({ platform }) => platform.made.map(([id]) => id));
    expect(made).toHaveLength(2 * count);
    expect(new Set(made).size).toBe(count);
  });
});
