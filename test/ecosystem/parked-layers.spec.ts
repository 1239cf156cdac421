import { Controller, Get, Injectable, Post, UseFilters } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { Query, Resolver } from '@nestjs/graphql';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { BullModule } from '@nestjs/bullmq';
import { defer, type Observable } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import {
  constant,
  ErrorResponseFilter,
  isServiceError,
  Retryable,
  RetryStrategy,
  retryWithBackoff,
  type ErrorResponse,
} from 'nestjs-retryable';
import { ParkedCallsModule } from 'nestjs-retryable/bullmq';
import { failureOf } from '../support/calls.js';
import { absent } from './support/brokers.js';
import { gatewayKinds, startGateway } from './support/gateway.js';
import { startGraphql } from './support/graphql.js';
import { run, startMicroservice } from './support/microservice.js';
import {
  connection,
  jobsOf,
  makeDue,
  minutes,
  parkingQueue,
  Platform,
  startParking,
} from './support/parking.js';

let recovered = 0;
let outerRuns = 0;

/** A decorator as others are: it wraps the method, and takes its metadata over or not. */
function Tagged({ keepsMetadata }: { keepsMetadata: boolean }): MethodDecorator {
  return (_target, _key, descriptor) => {
    const method = descriptor.value as unknown as (...args: unknown[]) => Promise<unknown>;
    const tagged = async function (this: unknown, ...args: unknown[]) {
      return { tagged: await Reflect.apply(method, this, args) };
    };
    for (const key of keepsMetadata ? Reflect.getMetadataKeys(method) : []) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, method), tagged);
    }
    descriptor.value = tagged as never;
  };
}

@Injectable()
class Campaigns {
  constructor(private readonly platform: Platform) {}

  @Retryable({ context: 'pause', platform: 'meta', park: { name: 'campaigns.pause' } })
  async pause(id: string): Promise<unknown> {
    return this.platform.call(id);
  }

  @Retryable({
    context: 'recovered',
    platform: 'meta',
    recover: () => {
      recovered += 1;
      return 'instead';
    },
    park: { name: 'campaigns.recovered' },
  })
  async recovered(): Promise<unknown> {
    return this.platform.call();
  }

  @Retryable({ context: 'below', platform: 'meta', park: { name: 'campaigns.below' } })
  @Tagged({ keepsMetadata: false })
  async below(id: string): Promise<unknown> {
    return this.platform.call(id);
  }

  @Tagged({ keepsMetadata: true })
  @Retryable({ context: 'above', platform: 'meta', park: { name: 'campaigns.above' } })
  async above(id: string): Promise<unknown> {
    return this.platform.call(id);
  }

  @Tagged({ keepsMetadata: false })
  @Retryable({ context: 'hidden', platform: 'meta', park: { name: 'campaigns.hidden' } })
  async hidden(id: string): Promise<unknown> {
    return this.platform.call(id);
  }
}

@Injectable()
class Outer {
  constructor(
    private readonly campaigns: Campaigns,
    private readonly strategy: RetryStrategy,
  ) {}

  @Retryable({ context: 'outer', backoff: constant(0), maxRetries: 5 })
  async pause(): Promise<unknown> {
    outerRuns += 1;
    return this.campaigns.pause('1');
  }

  @Retryable({ context: 'outer_any', backoff: constant(0), retryOn: () => true })
  async pauseWhatever(): Promise<unknown> {
    outerRuns += 1;
    return this.campaigns.pause('1');
  }

  @Retryable({ context: 'outer_recover', recover: () => 'recovered outside' })
  async pauseOrElse(): Promise<unknown> {
    outerRuns += 1;
    return this.campaigns.pause('1');
  }

  @Retryable({
    context: 'outer_parked',
    platform: 'meta',
    park: { name: 'outer.parked' },
  })
  async pauseParked(): Promise<unknown> {
    outerRuns += 1;
    return this.campaigns.pause('1');
  }

  function(): Promise<unknown> {
    return retryWithBackoff(
      () => {
        outerRuns += 1;
        return this.campaigns.pause('1');
      },
      { backoff: constant(0) },
    );
  }

  ofStrategy(): Promise<unknown> {
    return this.strategy.retryWithBackoff(() => {
      outerRuns += 1;
      return this.campaigns.pause('1');
    });
  }
}

@Controller()
class Handlers {
  constructor(private readonly campaigns: Campaigns) {}

  @Get('above')
  @Retryable({ context: 'handler', backoff: constant(0) })
  above(): Promise<unknown> {
    outerRuns += 1;
    return this.campaigns.pause('1');
  }

  @Retryable({ context: 'handler', backoff: constant(0) })
  @Post('below')
  below(): Observable<unknown> {
    return defer(() => {
      outerRuns += 1;
      return this.campaigns.pause('1');
    });
  }

  @Get('both')
  both(): Promise<unknown> {
    return Promise.all([this.campaigns.pause('1'), this.campaigns.pause('2')]);
  }

  @MessagePattern(`${run}.pause`)
  async message(): Promise<unknown> {
    return this.campaigns.pause('1');
  }
}

@WebSocketGateway()
@UseFilters(ErrorResponseFilter)
class Gateway {
  constructor(private readonly campaigns: Campaigns) {}

  @SubscribeMessage('pause')
  async pause(): Promise<unknown> {
    return { event: 'answer', data: await this.campaigns.pause('1') };
  }
}

@Resolver()
class PauseResolver {
  constructor(private readonly campaigns: Campaigns) {}

  @Query(() => String, { nullable: true })
  async pause(): Promise<unknown> {
    return this.campaigns.pause('1');
  }
}

async function start(options = {}) {
  const { prefix, queue } = parkingQueue();
  const app = await startParking({
    prefix,
    providers: [Campaigns, Outer],
    controllers: [Handlers],
    ...options,
  });
  recovered = 0;
  outerRuns = 0;
  return { ...app, queue, campaigns: app.service(Campaigns), outer: app.service(Outer) };
}

const typeIn = (json: unknown) => (json as ErrorResponse).error.type;

describe.skipIf(absent.has('Redis'))('a layer around a parked call', () => {
  it.each<[string, (outer: Outer) => Promise<unknown>]>([
    ['a service', (outer) => outer.pause()],
    ['a service that retries whatever fails', (outer) => outer.pauseWhatever()],
    ['a service that is parked itself', (outer) => outer.pauseParked()],
    ['a function', (outer) => outer.function()],
    ['a strategy', (outer) => outer.ofStrategy()],
  ])('neither repeats nor parks it again: %s', async (_, work) => {
    const { parked, platform, queue, outer, lines, ended } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => work(outer));
    expect([outerRuns, platform.made.length]).toEqual([1, 1]);
    const jobs = await jobsOf(queue);
    expect(jobs.map(({ name }) => name)).toEqual(['campaigns.pause']);
    expect(lines.of('operation_error')).toEqual([]);
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed' });
    expect(outerRuns).toBe(1);
  });

  it('does not take its own `recover` for one that will be done', async () => {
    const { through, platform, outer } = await start();
    platform.outcomes = [minutes()];
    const reply = await through(() => outer.pauseOrElse());
    expect(typeIn(reply.json)).toBe('PARKED');
  });

  it.each([
    ['GET', '/above'],
    ['POST', '/below'],
  ])('is a route handler: %s %s', async (method, path) => {
    const { get, platform, queue } = await start();
    platform.outcomes = [minutes()];
    const { status, json } = await get(path, { method });
    expect([status, typeIn(json), outerRuns]).toEqual([202, 'PARKED', 1]);
    expect((json as ErrorResponse).error.context).toBe('pause');
    expect(await jobsOf(queue)).toHaveLength(1);
  });

  it('is an application that retries every handler', async () => {
    const { get, platform, queue } = await start({ options: { interceptor: true } });
    platform.outcomes = [minutes(), minutes()];
    const { status } = await get('/both');
    expect(status).toBe(202);
    await vi.waitFor(async () => expect(await jobsOf(queue)).toHaveLength(2));
    expect(platform.made).toHaveLength(2);
  });

  it('makes two of them at once: both are parked, and the client is told of one', async () => {
    const { get, platform, queue, calls, lines } = await start();
    platform.outcomes = [minutes(), minutes()];
    const { status, json } = await get('/both');
    expect([status, typeIn(json)]).toEqual([202, 'PARKED']);
    await vi.waitFor(async () => expect(await jobsOf(queue)).toHaveLength(2));
    await makeDue(queue);
    const areMade = async () => {
      const all = await Promise.all((await jobsOf(queue)).map(({ id = '' }) => calls.find(id)));
      expect(all.map((call) => call?.state)).toEqual(['completed', 'completed']);
    };
    await vi.waitFor(areMade, { interval: 10, timeout: 4000 });
    expect(platform.made.map(String).toSorted()).toEqual(['1', '1', '2', '2']);
    expect(lines.of('operation_error')).toEqual([]);
  });

  it('sees what it is: a ServiceError of type PARKED', async () => {
    const { platform, campaigns } = await start();
    platform.outcomes = [minutes()];
    const error = await failureOf(campaigns.pause('1'));
    expect(isServiceError(error)).toBe(true);
    expect(error).toMatchObject({ type: 'PARKED', code: '5002', retryable: false });
  });
});

describe.skipIf(absent.has('Redis'))('a parked call with `recover`', () => {
  it('is parked, and `recover` is not asked', async () => {
    const { parked, platform, queue, campaigns, ended } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => campaigns.recovered());
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
    expect(recovered).toBe(0);
  });
});

describe.skipIf(absent.has('Redis'))('another decorator', () => {
  it.each(['below', 'above'] as const)('may stand %s @Retryable', async (where) => {
    const { parked, platform, queue, campaigns, ended } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => campaigns[where]('1'));
    await makeDue(queue);
    const call = await ended(jobId);
    expect(call).toMatchObject({ state: 'completed', result: { tagged: 'done' } });
    expect(platform.made).toEqual([['1'], ['1']]);
  });

  it('that hides it fails the call as it would without a queue, and the log says why', async () => {
    const { through, platform, queue, campaigns, lines } = await start();
    platform.outcomes = [minutes()];
    const reply = await through(() => campaigns.hidden('1'));
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '1200']);
    expect(await jobsOf(queue)).toEqual([]);
    const { error_message: why } = lines.only('retry_not_parked');
    expect(why).toMatch(/campaigns\.hidden.*decorator/);
  });

  it('is not what keeps the calls of an object from the queue that Nest has not made', async () => {
    const { through, platform, queue, lines } = await start();
    platform.outcomes = [minutes()];
    const { status } = await through(() => new Campaigns(platform).pause('1'));
    expect([status, await jobsOf(queue)]).toEqual([429, []]);
    expect(lines.only('retry_not_parked').error_message).toContain('campaigns.pause');
  });
});

describe.skipIf(absent.has('Redis'))('a caller that does not come by HTTP', () => {
  function parts() {
    const { prefix, queue } = parkingQueue();
    const platform = new Platform();
    platform.outcomes = [minutes()];
    const imports = [BullModule.forRoot({ connection, prefix }), ParkedCallsModule.forRoot()];
    const providers = [{ provide: Platform, useValue: platform }, Campaigns];
    return { queue, imports, providers };
  }

  it('gets the same by GraphQL', async () => {
    const { queue, imports, providers } = parts();
    const { ask } = await startGraphql({ imports, providers: [...providers, PauseResolver] });
    const { errors } = await ask('{ pause }');
    const [job] = await jobsOf(queue);
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.extensions).toMatchObject({
      error: { type: 'PARKED', details: { job_id: job?.id } },
      retry_allowed: false,
    });
  });

  it('gets the same by messages', async () => {
    const { queue, imports, providers } = parts();
    const { client } = await startMicroservice(
      { imports, providers, controllers: [Handlers] },
      'TCP',
    );
    const error = await failureOf(client.send('pause'));
    const [job] = await jobsOf(queue);
    expect(error).toMatchObject({
      status: 'error',
      error: { type: 'PARKED', details: { job_id: job?.id } },
      retry_allowed: false,
    });
  });

  it.each(gatewayKinds)('gets the same by %s', async (kind) => {
    const { queue, imports, providers } = parts();
    const { ask } = await startGateway({ imports, providers: [...providers, Gateway] }, kind);
    const { data } = await ask('pause');
    const [job] = await jobsOf(queue);
    expect(data).toMatchObject({
      error: { type: 'PARKED', details: { job_id: job?.id } },
      retry_allowed: false,
    });
  });
});
