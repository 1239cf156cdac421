import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { Controller, Get, Injectable, Post } from '@nestjs/common';
import { Queue } from 'bullmq';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ParkedCallsOptions } from 'nestjs-retryable/bullmq';
import { RequestTimeout, Retryable, type ErrorResponse } from 'nestjs-retryable';
import { failureOf } from '../support/calls.js';
import { moment } from '../support/time.js';
import { jobsOf, makeDue, minutes, Platform, queueName, startParking } from './support/parking.js';
import { outage } from './support/upstream.js';
import { RedisServer, redisIsAbsent } from './support/redis-server.js';

@Injectable()
class Campaigns {
  constructor(private readonly platform: Platform) {}

  @Retryable({ context: 'pause', platform: 'meta', park: { name: 'campaigns.pause' } })
  async pause(id: string): Promise<unknown> {
    return this.platform.call(id);
  }

  @Retryable({
    context: 'signalled',
    platform: 'meta',
    signal: (_id: string, signal: AbortSignal) => signal,
    idempotencyKey: () => 'the same',
    park: { name: 'campaigns.signalled', serialize: ([id]: [string, AbortSignal]) => [id] },
  })
  async signalled(_id: string, _signal: AbortSignal): Promise<unknown> {
    return this.platform.call();
  }

  @Retryable({
    context: 'limited',
    platform: 'meta',
    totalTimeout: 300,
    park: { name: 'campaigns.limited' },
  })
  async limited(): Promise<unknown> {
    return this.platform.call();
  }
}

@Injectable()
class Outer {
  constructor(private readonly campaigns: Campaigns) {}

  @Retryable({ context: 'outer' })
  async both(others: Promise<unknown>[]): Promise<unknown> {
    return Promise.all([this.campaigns.pause('1'), others.shift()]);
  }
}

@Controller()
class Handlers {
  constructor(private readonly campaigns: Campaigns) {}

  @Post('timed')
  @RequestTimeout(150)
  timed(): Promise<unknown> {
    return this.campaigns.pause('1');
  }

  @Get('decorated')
  @Retryable({ context: 'decorated' })
  decorated(): Promise<unknown> {
    return this.campaigns.pause('1');
  }
}

/** A way to Redis that a test can hold up. */
async function road(to: number) {
  const { connect } = await import('node:net');
  let held: (() => void)[] | undefined;
  let mark: string | undefined;
  const sockets = new Set<{ destroy(): void }>();
  const server: Server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    sockets.add(near).add(far);
    near.on('data', (data: Buffer) => {
      if (mark !== undefined && data.includes(mark)) held ??= [];
      if (held === undefined) far.write(data);
      else held.push(() => far.write(data));
    });
    far.on('data', (data) => near.write(data));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    hold: () => (held = []),
    holdAt: (text: string) => (mark = text),
    get isHolding(): boolean {
      return (held?.length ?? 0) > 0;
    },
    open: () => {
      const waiting = held ?? [];
      held = mark = undefined;
      for (const send of waiting) send();
    },
  };
}

/** An application whose Redis is a test's own. */
async function start(parking: ParkedCallsOptions = { worker: false }) {
  const redis = await RedisServer.start();
  const way = await road(redis.port);
  const at = { host: '127.0.0.1', port: way.port };
  const prefix = 'parked';
  const app = await startParking({
    prefix,
    at,
    parking,
    providers: [Campaigns, Outer],
    controllers: [Handlers],
  });
  const queueNow = () => {
    const queue = new Queue(queueName, { connection: { port: redis.port }, prefix });
    onTestFinished(() => queue.close());
    return queue;
  };
  const campaigns = app.service(Campaigns);
  /** What is there besides a call that was parked when all that was under way had been sent. */
  const expectJobs = async (...expected: unknown[]) => {
    app.platform.outcomes = [minutes()];
    await app.parked(() => campaigns.pause('last'));
    const queue = queueNow();
    const areThere = async () => {
      const args = (await jobsOf(queue)).map(({ data }) => (data as { args: unknown[] }).args[0]);
      expect(args.map(String).toSorted()).toEqual([...expected, 'last'].map(String).toSorted());
    };
    await vi.waitFor(areThere, { interval: 10, timeout: 4000 });
  };
  return { ...app, redis, way, expectJobs, campaigns };
}

const typeIn = (json: unknown) => (json as ErrorResponse).error.type;

describe.skipIf(redisIsAbsent)('a call that cannot be parked because Redis', () => {
  it('was never there fails as it would without a queue, soon', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const app = await startParking({
      prefix: 'parked',
      at: { host: '127.0.0.1', port },
      providers: [Campaigns],
    });
    app.platform.outcomes = [minutes()];
    const before = Date.now();
    const reply = await app.through(() => app.service(Campaigns).pause('1'));
    expect(Date.now() - before).toBeLessThan(3000);
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '1200']);
    expect(typeIn(reply.json)).toBe('API_RATE_LIMIT');
    expect(app.lines.only('retry_not_parked')).toMatchObject({ context: 'pause' });
    expect(app.lines.of('operation_error')).toHaveLength(1);
    await app.nest.close(); // though it waits for jobs
  });

  it('is gone leaves no job that appears when it is back', async () => {
    const { redis, through, campaigns, platform, expectJobs, parked } = await start();
    platform.outcomes = [minutes(), minutes()];
    await parked(() => campaigns.pause('0'));
    await redis.stop();
    const reply = await through(() => campaigns.pause('1'));
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '1200']);
    await redis.start();
    await vi.waitFor(() => expectJobs(), { interval: 100, timeout: 15_000 });
  }, 30_000);

  it('does not answer leaves no job when it does again', async () => {
    const { redis, through, campaigns, platform, expectJobs } = await start();
    platform.outcomes = [minutes(), minutes()];
    await through(() => campaigns.pause('0'));
    redis.freeze();
    const before = Date.now();
    const reply = await through(() => campaigns.pause('1'));
    expect(Date.now() - before).toBeLessThan(4000);
    expect(reply.status).toBe(429);
    redis.goOn();
    await expectJobs('0');
  }, 20_000);
});

describe.skipIf(redisIsAbsent)('a call whose caller leaves while it is parked', () => {
  it('leaves no job: its request times out', async () => {
    const { get, way, platform, expectJobs } = await start();
    platform.outcomes = [
      () => {
        way.hold();
        throw minutes();
      },
    ];
    const reply = get('/timed', { method: 'POST' });
    await vi.waitFor(() => expect(way.isHolding).toBe(true));
    expect((await reply).status).not.toBe(202);
    way.open();
    await expectJobs();
  });

  it('leaves no job: the client of a decorated handler is gone', async () => {
    const { url, way, platform, lines, expectJobs } = await start();
    platform.outcomes = [
      () => {
        way.hold();
        throw minutes();
      },
    ];
    const abort = new AbortController();
    const reply = fetch(`${url}/decorated`, { signal: abort.signal }).catch(() => undefined);
    await vi.waitFor(() => expect(way.isHolding).toBe(true));
    abort.abort();
    await reply;
    await lines.until('operation_error');
    way.open();
    await expectJobs();
  });

  it('leaves no job: its signal says so', async () => {
    const { way, platform, expectJobs, campaigns } = await start();
    platform.outcomes = [
      () => {
        way.hold();
        throw minutes();
      },
    ];
    const abort = new AbortController();
    const call = campaigns.signalled('1', abort.signal);
    await vi.waitFor(() => expect(way.isHolding).toBe(true));
    abort.abort(new Error('gone'));
    await expect(call).rejects.toThrow('gone');
    way.open();
    await expectJobs();
  });

  it('leaves no job: the call around it is made again', async () => {
    const { way, platform, expectJobs, service, through } = await start();
    platform.outcomes = [
      () => {
        way.hold();
        throw minutes();
      },
    ];
    const other = moment<never>();
    const others = [other.reached.then(() => Promise.reject(outage())), Promise.resolve('other')];
    const reply = through(() => service(Outer).both(others));
    await vi.waitFor(() => expect(way.isHolding).toBe(true));
    other.reach(undefined as never);
    expect((await reply).json).toEqual({ answer: ['done', 'other'] });
    way.open();
    await expectJobs();
  });

  it('leaves the job alone that another call with its key has put there meanwhile', async () => {
    const { way, redis, platform, expectJobs, campaigns } = await start();
    const other = await startParking({
      prefix: 'parked',
      at: { host: '127.0.0.1', port: redis.port },
      parking: { worker: false },
      providers: [Campaigns],
    });
    way.holdAt('campaigns.signalled');
    platform.outcomes = [minutes()];
    const abort = new AbortController();
    const call = failureOf(campaigns.signalled('1', abort.signal));
    await vi.waitFor(() => expect(way.isHolding).toBe(true));
    other.platform.outcomes = [minutes()];
    const jobId = await other.parked(() =>
      other.service(Campaigns).signalled('of another', new AbortController().signal),
    );
    abort.abort(new Error('gone'));
    await call;
    way.open();
    await expectJobs('of another');
    expect(await other.calls.find(jobId)).toMatchObject({ state: 'waiting' });
  });

  it('leaves no job: its whole time is over', async () => {
    const { way, platform, expectJobs, through, campaigns } = await start();
    platform.outcomes = [
      () => {
        way.hold();
        throw minutes();
      },
    ];
    const reply = await through(() => campaigns.limited());
    expect(reply.status).not.toBe(202);
    way.open();
    await expectJobs();
  });

  it('is one whose client left during the attempt: it is not parked', async () => {
    const { url, platform, lines, expectJobs } = await start();
    const abort = new AbortController();
    const begun = moment();
    const left = moment();
    platform.outcomes = [
      async () => {
        begun.reach();
        await left.reached;
        throw minutes();
      },
    ];
    const reply = fetch(`${url}/decorated`, { signal: abort.signal }).catch(() => undefined);
    await begun.reached;
    abort.abort();
    await reply;
    await lines.until('operation_error');
    left.reach();
    await expectJobs();
  });
});

describe.skipIf(redisIsAbsent)('an application whose Redis', () => {
  it.each<[string, ParkedCallsOptions]>([
    ['only parks', { worker: false }],
    ['makes them too', {}],
  ])('is gone closes nevertheless, where it %s', async (_, parking) => {
    const { redis, nest, parked, campaigns, platform } = await start(parking);
    platform.outcomes = [minutes()];
    await parked(() => campaigns.pause('0'));
    await redis.stop();
    await nest.close();
  });

  it('comes back goes on with the calls that it parks then', async () => {
    const redis = await RedisServer.start();
    const at = { host: '127.0.0.1', port: redis.port };
    const app = await startParking({ prefix: 'parked', at, providers: [Campaigns] });
    await redis.stop();
    await redis.start();
    const isParked = async () => {
      app.platform.outcomes = [minutes()];
      return app.parked(() => app.service(Campaigns).pause('1'));
    };
    const jobId = await vi.waitFor(isParked, { interval: 100, timeout: 15_000 });
    const queue = new Queue(queueName, { connection: at, prefix: 'parked' });
    onTestFinished(() => queue.close());
    const isMade = async () => {
      await makeDue(queue);
      expect(await app.calls.find(jobId)).toMatchObject({ state: 'completed' });
    };
    await vi.waitFor(isMade, { interval: 100, timeout: 15_000 });
  }, 40_000);
});
