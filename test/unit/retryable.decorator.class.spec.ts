import { of, lastValueFrom, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import {
  constant,
  currentAttempt,
  RateLimitError,
  Retryable,
  retryReport,
} from '../../lib/index.js';
import { failureOf } from '../support/calls.js';

const options = { backoff: constant(0) };
const limited = () => new RateLimitError('meta');

describe('@Retryable on a class', () => {
  it('applies to each of its own methods, whatever they return and are named', async () => {
    const key = Symbol('key');
    const second = () => {
      if (currentAttempt()?.number === 1) throw limited();
      return currentAttempt()?.context;
    };
    @Retryable(options)
    class Service {
      async plain() {
        return second();
      }
      [key]() {
        return this.plain();
      }
      watch() {
        return currentAttempt()?.number === 1 ? throwError(limited) : of(second());
      }
      async *list() {
        yield second();
      }
    }
    const service = new Service();
    await expect(service.plain()).resolves.toBe('Service.plain');
    await expect(service[key]()).resolves.toBe('Service.plain');
    await expect(lastValueFrom(service.watch())).resolves.toBe('Service.watch');
    await expect(service.list().next()).resolves.toMatchObject({ value: 'Service.list' });
  });

  it('keeps enumerability and everything else of the methods', () => {
    @Retryable()
    class Service {
      async create(_name: string): Promise<void> {}
    }
    expect(Object.keys(Service.prototype)).toEqual([]);
    const descriptor = Object.getOwnPropertyDescriptor(Service.prototype, 'create');
    expect(descriptor?.value).toHaveProperty('name', 'create');
    expect(descriptor?.value).toHaveLength(1);
  });

  it('leaves accessors, static methods and what subclasses add alone', async () => {
    const attempts: unknown[] = [];
    const look = () => attempts.push(currentAttempt()?.number);
    const reads = vi.fn(() => 'token');
    @Retryable(options)
    class Service {
      get token() {
        return reads();
      }
      static async load() {
        look();
      }
    }
    class Extended extends Service {
      async added() {
        look();
      }
    }
    expect(reads).not.toHaveBeenCalled();
    expect(new Service().token).toBe('token');
    await Service.load();
    await new Extended().added();
    expect(attempts).toEqual([undefined, undefined]);
  });

  it('leaves lifecycle hooks alone: an application does not wait for their retries', async () => {
    const attempts: unknown[] = [];
    const look = async () => {
      attempts.push(currentAttempt()?.number);
    };
    @Retryable(options)
    class Service {
      onModuleInit = look;
      async onApplicationBootstrap() {
        await look();
      }
      async onModuleDestroy() {
        await look();
      }
      async beforeApplicationShutdown() {
        await look();
      }
      async onApplicationShutdown() {
        await look();
      }
    }
    const service = new Service();
    await service.onModuleInit();
    await service.onApplicationBootstrap();
    await service.onModuleDestroy();
    await service.beforeApplicationShutdown();
    await service.onApplicationShutdown();
    expect(attempts).toEqual(Array.from({ length: 5 }, () => undefined));
  });

  it('leaves methods alone that recover, for the class or for one of its methods', async () => {
    const recovered: string[] = [];
    @Retryable({ ...options, maxRetries: 1, recover: 'fromCache' })
    class Service {
      calls = 0;
      async create(): Promise<string> {
        this.calls++;
        throw limited();
      }
      @Retryable({ recover: 'fromFile' })
      async load(): Promise<string> {
        throw limited();
      }
      fromCache(error: unknown) {
        recovered.push(`cache ${retryReport(error)?.attempts} ${currentAttempt() === undefined}`);
        return 'cached';
      }
      async fromFile(error: unknown) {
        recovered.push(`file ${retryReport(error)?.attempts} ${currentAttempt() === undefined}`);
        return 'filed';
      }
    }
    const service = new Service();
    await expect(service.create()).resolves.toBe('cached');
    await expect(service.load()).resolves.toBe('filed');
    expect(recovered).toEqual(['cache 2 true', 'file 2 true']);
    expect(service.calls).toBe(2);
  });

  it('leaves methods with @Retryable(false) alone', async () => {
    @Retryable(options)
    class Service {
      calls = 0;
      @Retryable(false)
      async create(): Promise<void> {
        this.calls++;
        throw limited();
      }
    }
    const service = new Service();
    expect(retryReport(await failureOf(service.create()))).toBeUndefined();
    expect(service.calls).toBe(1);
  });

  it('gives way to a method’s own options, one by one, and retries only once', async () => {
    @Retryable({ ...options, maxRetries: 1, platform: 'meta', context: 'of_class' })
    class Service {
      calls = 0;
      @Retryable({ maxRetries: 2, platform: undefined })
      async create(): Promise<void> {
        this.calls++;
        throw limited();
      }
    }
    const service = new Service();
    const report = retryReport(await failureOf(service.create()));
    expect(service.calls).toBe(3);
    expect(report).toMatchObject({ retries: 2, platform: 'meta', context: 'of_class' });
  });

  it('calls its callbacks with the arguments and the instance of each method', async () => {
    const seen: unknown[] = [];
    @Retryable({
      ...options,
      platform(this: unknown, ...args: unknown[]) {
        seen.push(this, args);
        return 'meta';
      },
    })
    class Service {
      async create(_name: string, _budget: number): Promise<void> {}
    }
    const service = new Service();
    await service.create('x', 5);
    expect(seen).toEqual([service, ['x', 5]]);
  });
});
