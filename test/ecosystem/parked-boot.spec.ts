import { Controller, Get, Injectable, Module, Scope, type Type } from '@nestjs/common';
import { BullModule, getQueueToken } from '@nestjs/bullmq';
import { Query, Resolver } from '@nestjs/graphql';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Test } from '@nestjs/testing';
import type { Queue } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { Retryable } from 'nestjs-retryable';
import { ParkedCalls, ParkedCallsModule, type ParkedCallsOptions } from 'nestjs-retryable/bullmq';
import { failureOf } from '../support/calls.js';
import { absent } from './support/brokers.js';
import { makeDue, minutes, parkingQueue, Platform, startParking } from './support/parking.js';

const parked = { context: 'x', platform: 'meta', park: { name: 'x.call' } };

@Injectable()
class First {
  constructor(private readonly platform: Platform) {}
  @Retryable(parked)
  async call(): Promise<unknown> {
    return this.platform.call('first');
  }
}

@Injectable()
class Second {
  @Retryable(parked)
  async call(): Promise<string> {
    return 'second';
  }
}

@Injectable()
class Twice {
  @Retryable(parked)
  async one(): Promise<string> {
    return '1';
  }
  @Retryable(parked)
  async two(): Promise<string> {
    return '2';
  }
}

@Injectable({ scope: Scope.REQUEST })
class OfRequest {
  @Retryable(parked)
  async call(): Promise<string> {
    return 'x';
  }
}

@Injectable({ scope: Scope.TRANSIENT })
class Transient {
  @Retryable(parked)
  async call(): Promise<string> {
    return 'x';
  }
}

@Injectable({ scope: Scope.REQUEST })
class Tenant {}

/** Of a request because of what it needs. */
@Injectable()
class OfTenant {
  constructor(readonly tenant: Tenant) {}
  @Retryable(parked)
  async call(): Promise<string> {
    return 'x';
  }
}

@Controller()
class Handler {
  @Get('x')
  @Retryable(parked)
  call(): Promise<string> {
    return Promise.resolve('x');
  }
}

@Controller()
class HandlerAbove {
  @Retryable(parked)
  @Get('x')
  call(): Promise<string> {
    return Promise.resolve('x');
  }
}

@Injectable()
class OnClass {
  async call(): Promise<string> {
    return 'x';
  }
}

@Injectable()
class Base {
  @Retryable(parked)
  async call(): Promise<string> {
    return 'x';
  }
}

@Injectable()
class SubA extends Base {}

@Injectable()
class SubB extends Base {}

@WebSocketGateway()
class Gateway {
  @Retryable(parked)
  @SubscribeMessage('call')
  async call(): Promise<string> {
    return 'x';
  }
}

@Resolver()
class CallResolver {
  @Query(() => String)
  @Retryable(parked)
  async call(): Promise<string> {
    return 'x';
  }
}

async function refusal(parts: {
  imports?: Parameters<typeof startParking>[0]['imports'];
  providers?: Parameters<typeof startParking>[0]['providers'];
  controllers?: Type[];
  parking?: unknown;
}): Promise<string> {
  const { prefix } = parkingQueue();
  const starting = async () =>
    startParking({ prefix, ...(parts as { parking?: ParkedCallsOptions }) });
  return ((await failureOf(starting())) as Error).message;
}

describe.skipIf(absent.has('Redis'))('a parked method that boot refuses', () => {
  it.each<[string, Parameters<typeof refusal>[0], RegExp]>([
    ['of a request-scoped class', { providers: [OfRequest] }, /request-scoped.*OfRequest\.call/],
    ['of a transient class', { providers: [Transient] }, /transient.*Transient\.call/],
    [
      'of a class that a request-scoped one is injected into',
      { providers: [Tenant, OfTenant] },
      /request-scoped.*OfTenant\.call/,
    ],
    ['that is a route handler', { controllers: [Handler] }, /handler.*Handler\.call/],
    [
      'that is a route handler, decorated the other way round',
      { controllers: [HandlerAbove] },
      /handler.*HandlerAbove\.call/,
    ],
    ['that is a handler of a gateway', { providers: [Gateway] }, /handler.*Gateway\.call/],
    ['that is a resolver', { providers: [CallResolver] }, /handler.*CallResolver\.call/],
    [
      'whose name another class has',
      { providers: [First, Second] },
      /(?=.*First\.call)(?=.*Second\.call).*x\.call/,
    ],
    [
      'whose name another method of its class has',
      { providers: [Twice] },
      /(?=.*Twice\.one)(?=.*Twice\.two).*x\.call/,
    ],
    [
      'of a class with two providers',
      { providers: [First, { provide: 'OTHER', useClass: First }] },
      /First\.call/,
    ],
    ['that two subclasses inherit', { providers: [SubA, SubB] }, /x\.call/],
  ])('is one %s, in one sentence that says what is wrong', async (_, parts, sentence) => {
    const message = await refusal(parts);
    expect(message).toMatch(sentence);
    expect(message).not.toMatch(/\n|undefined|\[object/);
  });

  it('is any where two modules park', async () => {
    const second = ParkedCallsModule.forRoot({ queue: 'others', worker: false });
    expect(await refusal({ imports: [second] })).toMatch(
      /^Expected one ParkedCallsModule.*queue '/,
    );
  });

  it.each<[string, unknown, RegExp]>([
    ['no name', {}, /`name`.*`park`/],
    ['an empty name', { name: '' }, /name/],
    ['a name that is no text', { name: 5 }, /name/],
    ['a `serialize` that is no function', { name: 'a', serialize: 'x' }, /serialize/],
    ['a `deserialize` that is no function', { name: 'a', deserialize: 5 }, /deserialize/],
    ['true', true, /park/],
    ['an option that does not exist', { name: 'a', delay: 5 }, /delay/],
  ])('is one with %s', (_, park, sentence) => {
    const decorate = () => {
      class Service {
        async call(): Promise<void> {}
      }
      const descriptor = Object.getOwnPropertyDescriptor(Service.prototype, 'call') as object;
      const options: object = { park };
      Reflect.apply(Retryable(options), undefined, [Service.prototype, 'call', descriptor]);
    };
    expect(decorate).toThrow(sentence);
    expect(decorate).toThrow(TypeError);
  });

  it('is one with `park` for a whole class', () => {
    const decorate = () => Reflect.apply(Retryable(parked), undefined, [OnClass]) as unknown;
    expect(decorate).toThrow(/park.*OnClass/);
  });

  it.each<[string, unknown, RegExp]>([
    ['a queue without a name', { queue: '' }, /queue.*''|queue.*""/],
    ['a queue that is no text', { queue: 5 }, /queue.*5/],
    ['a worker that is true', { worker: true }, /worker.*true/],
    ['an option that does not exist', { concurrency: 5 }, /concurrency/],
    ['a concurrency of nothing', { worker: { concurrency: 0 } }, /concurrency.*0/],
    ['a queue with a colon', { queue: 'a:b' }, /queue.*a:b/],
    ['a removeOnComplete that is a text', { removeOnComplete: '1d' }, /removeOnComplete.*1d/],
  ])('stands beside options that are refused: %s', async (_, parking, sentence) => {
    expect(await refusal({ providers: [First], parking })).toMatch(sentence);
  });
});

describe.skipIf(absent.has('Redis'))('a module with parked calls', () => {
  it('starts where all options are left out or undefined', async () => {
    const { prefix, queue } = parkingQueue();
    const parking = {
      queue: undefined,
      configKey: undefined,
      worker: undefined,
      removeOnComplete: undefined,
      removeOnFail: undefined,
    };
    const app = await startParking({ prefix, parking, providers: [First] });
    app.platform.outcomes = [minutes()];
    const jobId = await app.parked(() => app.service(First).call());
    await makeDue(queue);
    expect(await app.ended(jobId)).toMatchObject({ state: 'completed' });
  });

  it('starts with one provider under another token', async () => {
    const { prefix, queue } = parkingQueue();
    const app = await startParking({
      prefix,
      providers: [{ provide: 'CAMPAIGNS', useClass: First }],
    });
    app.platform.outcomes = [minutes()];
    const jobId = await app.parked(() => app.nest.get<First>('CAMPAIGNS').call());
    await makeDue(queue);
    expect(await app.ended(jobId)).toMatchObject({ state: 'completed' });
    expect(app.platform.made).toHaveLength(2);
  });

  it('starts with an alias of a provider: it is the same one', async () => {
    const { prefix, queue } = parkingQueue();
    const app = await startParking({
      prefix,
      providers: [First, { provide: 'ALIAS', useExisting: First }],
    });
    app.platform.outcomes = [minutes()];
    const jobId = await app.parked(() => app.service(First).call());
    await makeDue(queue);
    expect(await app.ended(jobId)).toMatchObject({ state: 'completed' });
  });

  it('finds what a factory or a value provides', async () => {
    const { prefix, queue } = parkingQueue();
    const app = await startParking({
      prefix,
      providers: [
        {
          provide: First,
          useFactory: (platform: Platform) => new First(platform),
          inject: [Platform],
        },
      ],
    });
    app.platform.outcomes = [minutes()];
    const jobId = await app.parked(() => app.service(First).call());
    await makeDue(queue);
    expect(await app.ended(jobId)).toMatchObject({ state: 'completed' });
  });

  it('finds methods that are inherited', async () => {
    const { prefix, queue } = parkingQueue();
    @Injectable()
    class Heir extends First {}
    const app = await startParking({ prefix, providers: [Heir] });
    app.platform.outcomes = [minutes()];
    const jobId = await app.parked(() => app.service(Heir).call());
    await makeDue(queue);
    expect(await app.ended(jobId)).toMatchObject({ state: 'completed' });
  });

  it('says what is missing where RetryableModule is', async () => {
    const { prefix } = parkingQueue();
    class AppModule {}
    Module({
      imports: [
        BullModule.forRoot({ connection: { host: '127.0.0.1', port: 6379 }, prefix }),
        ParkedCallsModule.forRoot(),
      ],
    })(AppModule);
    const testing = await Test.createTestingModule({ imports: [AppModule] })
      .compile()
      .then((module) => module.init())
      .catch((error: unknown) => error);
    expect((testing as Error).message).toMatch(/RetryableModule/);
  });

  it('has a queue of the name that it is given, on the connection of its key', async () => {
    const { prefix } = parkingQueue();
    const app = await startParking({
      prefix,
      parking: { queue: 'long-waits', configKey: 'second', worker: false },
      imports: [
        BullModule.forRoot('second', {
          connection: { host: '127.0.0.1', port: 6379 },
          prefix: `${prefix}-second`,
        }),
      ],
      providers: [First],
    });
    app.platform.outcomes = [minutes()];
    const jobId = await app.parked(() => app.service(First).call());
    const queue = app.nest.get<Queue>(getQueueToken('long-waits'), { strict: false });
    expect(queue.opts.prefix).toBe(`${prefix}-second`);
    expect(await queue.getJobState(jobId)).toBe('delayed');
    expect(await app.nest.get(ParkedCalls).find(jobId)).toMatchObject({ state: 'waiting' });
    await queue.obliterate({ force: true });
  });

  it('may be started without a provider that is parked', async () => {
    const { prefix } = parkingQueue();
    const app = await startParking({ prefix });
    expect(await app.calls.find('x')).toBeUndefined();
  });
});
