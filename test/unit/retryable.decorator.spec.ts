import 'reflect-metadata';
import { Get, Param, SetMetadata, type PipeTransform } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { constant, currentAttempt, RateLimitError, Retryable } from '../../lib/index.js';
import { failureOf } from '../support/calls.js';

const options = { backoff: constant(0) };
const limited = () => new RateLimitError('meta');

/** The method `create` as it stands on the prototype. */
function methodOf(target: { prototype: object }): object {
  return Object.getOwnPropertyDescriptor(target.prototype, 'create')?.value as object;
}

describe('a decorated method', () => {
  it('is called with the same `this` and exactly the same arguments in every attempt', async () => {
    const calls: { self: unknown; args: unknown[] }[] = [];
    class Service {
      @Retryable(options)
      async create(...args: unknown[]): Promise<string> {
        calls.push({ self: this, args });
        if (calls.length < 3) throw limited();
        return 'done';
      }
    }
    const service = new Service();
    const params = { name: 'x' };
    await expect(service.create(params, undefined)).resolves.toBe('done');
    expect(calls.map(({ self }) => self === service)).toEqual([true, true, true]);
    expect(calls.map(({ args }) => args.length)).toEqual([2, 2, 2]);
    expect(calls.every(({ args }) => args[0] === params && args[1] === undefined)).toBe(true);
  });

  it('keeps its name, its length and its own properties', () => {
    const marked = (_target: object, _key: string, descriptor: PropertyDescriptor) => {
      Object.assign(descriptor.value as object, { cacheKey: 'campaigns' });
    };
    class Service {
      @Retryable()
      @marked
      async create(_name: string, _budget: number): Promise<void> {}
    }
    expect(methodOf(Service)).toHaveProperty('name', 'create');
    expect(methodOf(Service)).toHaveLength(2);
    expect(methodOf(Service)).toHaveProperty('cacheKey', 'campaigns');
  });

  it('loses no `this` of its own: taken off its instance it is called without one', async () => {
    const seen: unknown[] = [];
    class Service {
      @Retryable(options)
      async create(): Promise<void> {
        seen.push(this);
        if (seen.length < 2) throw limited();
      }
    }
    await Reflect.apply(methodOf(Service) as () => Promise<void>, undefined, []);
    expect(seen).toEqual([undefined, undefined]);
  });

  it('stays what Object.keys and JSON see of an instance', () => {
    class Service {
      readonly region = 'eu';
      @Retryable()
      async create(): Promise<void> {}
    }
    const service = new Service();
    expect(Object.keys(service)).toEqual(['region']);
    expect(Object.getOwnPropertySymbols(service)).toEqual([]);
    const descriptor = Object.getOwnPropertyDescriptor(Service.prototype, 'create');
    expect(descriptor).toMatchObject({ enumerable: false, writable: true, configurable: true });
  });

  it('may be called with a symbol for its name, be static, or be private', async () => {
    const attempts: (string | undefined)[] = [];
    const run = async () => {
      const attempt = currentAttempt();
      attempts.push(`${attempt?.context} ${attempt?.number}`);
      if (attempt?.number === 1) throw limited();
    };
    const create = Symbol('create');
    class Service {
      @Retryable(options)
      static async load(): Promise<void> {
        await run();
      }
      @Retryable(options)
      async [create](): Promise<void> {
        await run();
      }
      @Retryable(options)
      private async hidden(): Promise<void> {
        await run();
      }
      async open(): Promise<void> {
        await this.hidden();
      }
    }
    await Service.load();
    await new Service()[create]();
    await new Service().open();
    expect(attempts).toEqual(
      ['Service.load', 'Service.Symbol(create)', 'Service.hidden'].flatMap((name) => [
        `${name} 1`,
        `${name} 2`,
      ]),
    );
  });
});

describe('metadata', () => {
  const OnEvent = (event: string) => SetMetadata('EVENT_LISTENER', [{ event }]);
  const MessagePattern =
    (pattern: string): MethodDecorator =>
    (_target, _key, descriptor: PropertyDescriptor) => {
      Reflect.defineMetadata('microservices:pattern', [pattern], descriptor.value as object);
      return descriptor;
    };
  const pipe: PipeTransform = { transform: (value: unknown) => value };

  class Below {
    @Retryable()
    @Get('campaigns/:id')
    @OnEvent('created')
    @MessagePattern('create')
    async create(@Param('id', pipe) _id: string): Promise<string> {
      return 'done';
    }
  }
  class Above {
    @Get('campaigns/:id')
    @OnEvent('created')
    @MessagePattern('create')
    @Retryable()
    async create(@Param('id', pipe) _id: string): Promise<string> {
      return 'done';
    }
  }
  class Without {
    @Get('campaigns/:id')
    @OnEvent('created')
    @MessagePattern('create')
    async create(@Param('id', pipe) _id: string): Promise<string> {
      return 'done';
    }
  }
  const onMethod = (target: typeof Below) =>
    new Map(
      Reflect.getMetadataKeys(methodOf(target)).map((key: unknown) => [
        key,
        Reflect.getMetadata(key, methodOf(target)) as unknown,
      ]),
    );

  it.each([
    ['below @Get, @OnEvent and @MessagePattern', Above],
    ['above @Get, @OnEvent and @MessagePattern', Below],
  ])('of other decorators is all there where @Retryable stands %s', (_, target) => {
    expect([...onMethod(target)]).toEqual(expect.arrayContaining([...onMethod(Without)]));
  });

  it.each([
    ['below', Above],
    ['above', Below],
  ])('of parameters and types is untouched by @Retryable %s', (_, target) => {
    for (const key of ['design:paramtypes', 'design:returntype', 'design:type']) {
      expect(Reflect.getMetadata(key, target.prototype, 'create')).toEqual(
        Reflect.getMetadata(key, Without.prototype, 'create'),
      );
    }
    const args = (owner: object) =>
      Object.keys(Reflect.getMetadata('__routeArguments__', owner, 'create') as object);
    expect(args(target)).toEqual(args(Without));
  });

  it('written on the decorated method does not reach the method of another class', () => {
    expect(Reflect.getMetadataKeys(methodOf(Without))).not.toContain('__interceptors__');
    expect(Reflect.hasMetadata('__interceptors__', methodOf(Above))).toBe(true);
  });
});

describe('inheritance', () => {
  /** A method that always fails, and how often it was called. */
  class Base {
    calls = 0;
    @Retryable(options)
    async create(): Promise<void> {
      this.calls++;
      throw limited();
    }
  }

  it('makes four calls of an inherited method for three retries', async () => {
    class Inheriting extends Base {}
    const service = new Inheriting();
    await failureOf(service.create());
    expect(service.calls).toBe(4);
  });

  it('leaves an override without the decorator alone, and its super call is retried once', async () => {
    let overrides = 0;
    class Overriding extends Base {
      override async create(): Promise<void> {
        overrides++;
        await super.create();
      }
    }
    const service = new Overriding();
    await failureOf(service.create());
    expect({ overrides, calls: service.calls }).toEqual({ overrides: 1, calls: 4 });
  });

  it('takes the policy of the override where that is the one that is called', async () => {
    class Overriding extends Base {
      @Retryable({ ...options, maxRetries: 1 })
      override async create(): Promise<void> {
        this.calls++;
        throw limited();
      }
    }
    const service = new Overriding();
    await failureOf(service.create());
    expect(service.calls).toBe(2);
  });

  it('leaves the undecorated method of a base class as it was', async () => {
    class Plain {
      calls = 0;
      async create(): Promise<void> {
        this.calls++;
        throw limited();
      }
    }
    class Overriding extends Plain {
      @Retryable(options)
      override async create(): Promise<void> {
        await super.create();
      }
    }
    const [overriding, plain] = [new Overriding(), new Plain()];
    await failureOf(overriding.create());
    await failureOf(plain.create());
    expect([overriding.calls, plain.calls]).toEqual([4, 1]);
  });
});
