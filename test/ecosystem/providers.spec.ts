import { Injectable, Module, Scope, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { constant, Retryable, RetryableModule, type RetryOptions } from 'nestjs-retryable';
import { startGraphql } from './support/graphql.js';
import { appOf } from './support/app.js';
import { failureOf } from '../support/calls.js';
import { Upstream } from './support/upstream.js';

/** What every class here calls: a class that is made with `new` is given nothing. */
let upstream = new Upstream(2);
beforeEach(() => {
  upstream = new Upstream(2);
});

const bySymbol = Symbol('call');

@Injectable()
class Base {
  @Retryable()
  async call(): Promise<string> {
    return upstream.call();
  }

  @Retryable()
  static async callStatic(): Promise<string> {
    return upstream.call();
  }

  @Retryable()
  async [bySymbol](): Promise<string> {
    return upstream.call();
  }

  @Retryable()
  private async hidden(): Promise<string> {
    return upstream.call();
  }

  callHidden(): Promise<string> {
    return this.hidden();
  }
}

@Injectable()
class Inheriting extends Base {}

@Injectable()
class Overriding extends Base {
  @Retryable()
  override async call(): Promise<string> {
    return super.call();
  }
}

@Injectable()
class Plain extends Base {
  override async call(): Promise<string> {
    return upstream.call();
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest extends Base {}

@Injectable({ scope: Scope.TRANSIENT })
class Transient extends Base {}

const made = { provide: 'made', useFactory: () => new Base() };
const given = { provide: 'given', useValue: new Base() };
const providers = [Base, Inheriting, Overriding, Plain, PerRequest, Transient, made, given];

async function start(retry: RetryOptions = { backoff: constant(0) }) {
  const { AppModule, logger } = appOf({ providers, options: { retry } });
  const nest = await NestFactory.createApplicationContext(AppModule, {
    logger,
    abortOnError: false,
  });
  onTestFinished(() => nest.close());
  return nest;
}

type Call = (nest: INestApplicationContext) => Promise<string>;
const calls: [string, Call][] = [
  ['a class', (nest) => nest.get(Base).call()],
  ['an inherited method', (nest) => nest.get(Inheriting).call()],
  ['an overridden method that calls super', (nest) => nest.get(Overriding).call()],
  ['a static method', () => Base.callStatic()],
  ['a symbol-named method', (nest) => nest.get(Base)[bySymbol]()],
  ['a private method', (nest) => nest.get(Base).callHidden()],
  ['a request-scoped provider', async (nest) => (await nest.resolve(PerRequest)).call()],
  ['a transient provider', async (nest) => (await nest.resolve(Transient)).call()],
  ['a provider from a factory', (nest) => nest.get<Base>('made').call()],
  ['a provider given as value', (nest) => nest.get<Base>('given').call()],
  ['an object made with new', () => new Base().call()],
];

describe('the module’s options reach', () => {
  it.each(calls)('%s', async (_, call) => {
    const nest = await start();
    expect(await call(nest)).toBe('answer 3');
    expect(upstream.calls).toBe(3);
  });

  it.each(calls)('%s, also where they allow one retry', async (_, call) => {
    const nest = await start({ backoff: constant(0), maxRetries: 1 });
    await failureOf(call(nest));
    expect(upstream.calls).toBe(2);
  });

  it('no method that overrides a decorated one and is not decorated', async () => {
    const nest = await start();
    await failureOf(nest.get(Plain).call());
    expect(upstream.calls).toBe(1);
  });
});

describe('two applications in one process', () => {
  const scoped: [string, Call][] = calls.filter(([name]) =>
    /class|inherited|overridden|symbol|private|request|transient/.test(name),
  );

  it.each(scoped)('each have their own options: %s', async (_, call) => {
    const [one, two] = [
      await start({ backoff: constant(0), maxRetries: 1 }),
      await start({ backoff: constant(0), maxRetries: 2 }),
    ];
    await failureOf(call(one));
    expect(upstream.calls).toBe(2);
    upstream = new Upstream(2);
    expect(await call(two)).toBe('answer 3');
  });
});

describe('the resolvers of two applications', () => {
  it('each have their own upstream and their own retries', async () => {
    const [one, two] = [await startGraphql({ failures: 2 }), await startGraphql({ failures: 1 })];
    expect((await one.ask('{ queryAbove }')).text).toContain('answer 3');
    expect((await two.ask('{ queryAbove }')).text).toContain('answer 2');
  });
});

describe('a module that is not global', () => {
  it('still serves what its application decorates', async () => {
    @Module({
      imports: [
        RetryableModule.forRoot({
          isGlobal: false,
          retry: { backoff: constant(0), maxRetries: 1 },
        }),
      ],
      providers: [Base],
    })
    class Feature {}
    const nest = await NestFactory.createApplicationContext(Feature, { logger: false });
    onTestFinished(() => nest.close());
    await failureOf(nest.get(Base).call());
    expect(upstream.calls).toBe(2);
  });
});
