import { beforeAll, describe, expect, it } from 'vitest';
import { compile } from './types.compile.js';

const PRELUDE = `
import { applyDecorators } from '@nestjs/common';
import { Observable, of } from 'rxjs';
import { constant, exponential, Retryable, retryWithBackoff, retryWithBackoff$, ServiceError } from '../../lib/index.js';
import type { RetryableModuleOptions, RetryableOptions, RetryWithBackoffOptions } from '../../lib/index.js';
import { found, notFound, RateLimitError, RetryableModule } from '../../lib/index.js';
import type { Attempt } from '../../lib/index.js';
export type { Attempt };
export { found, notFound };
export { applyDecorators, Observable, of, constant, exponential, Retryable, retryWithBackoff, retryWithBackoff$, ServiceError, RateLimitError, RetryableModule };
export type { RetryableModuleOptions, RetryableOptions, RetryWithBackoffOptions };
`;

/** A class with one method under @Retryable. */
const method = (options: string, declaration: string) =>
  `export class Service { @Retryable(${options}) ${declaration} }`;

const FINE: Readonly<Record<string, string>> = {
  'a method that returns a promise': method('', 'async create(): Promise<number> { return 1; }'),
  'a promise of undefined': method('', 'async create(): Promise<void> {}'),
  'a thenable': method('', 'create(): PromiseLike<number> { return Promise.resolve(1); }'),
  'an Observable': method('', 'watch(): Observable<number> { return of(1); }'),
  'an async generator': method('', 'async *list(): AsyncGenerator<number> { yield 1; }'),
  'an async iterable without a declared type': method('', 'async *list() { yield 1; }'),
  'a generic method': method(
    '',
    'async create<T extends object>(value: T): Promise<T> { return value; }',
  ),
  'an overloaded method': `export class Service {
    create(id: string): Promise<string>;
    create(id: number): Promise<number>;
    @Retryable({ platform: 'meta' })
    async create(id: string | number): Promise<string | number> { return id; }
  }`,
  'optional, default and rest parameters': method(
    '',
    'async create(a: string, b?: number, c = 5, ...rest: string[]): Promise<number> { return c + (b ?? 0) + a.length + rest.length; }',
  ),
  'private, protected and static methods': `export class Service {
    @Retryable() private async a(): Promise<void> {}
    @Retryable() protected async b(): Promise<void> { await this.a(); }
    @Retryable() static async c(): Promise<void> {}
  }`,
  'a symbol-named method': `const key = Symbol('key'); ${method('', 'async [key](): Promise<void> {}')}`,
  'an abstract class and its subclass': `
    export abstract class Base { @Retryable() async create(): Promise<number> { return 1; } abstract other(): void; }
    export class Sub extends Base { @Retryable({ maxRetries: 1 }) override async create(): Promise<number> { return super.create(); } other() {} }`,
  'a class': `@Retryable({ platform: 'tiktok' }) export class Service { async create(): Promise<void> {} helper(): number { return 1; } }`,
  '@Retryable(false) on any method': method('false', 'sync(): number { return 1; }'),
  'applyDecorators, on methods and on classes': `
    const Api = () => applyDecorators(Retryable({ platform: 'meta' }));
    export class Service { @Api() async create(): Promise<void> {} }
    @Api() export class Other { async create(): Promise<void> {} }`,
  'callbacks that take the method’s parameters or fewer': method(
    `{
      platform: (id: string) => (id === '' ? undefined : id),
      signal: (_id: string, signal: AbortSignal) => signal,
      recover: (_error: unknown, _id: string) => 5,
      backoff: (retry, error) => retry * (error.retryAfter ?? 1),
      retryOn: (error) => error.type === 'TIMEOUT',
    }`,
    'async create(id: string, signal: AbortSignal): Promise<void> { void [id, signal]; }',
  ),
  'callbacks without parameters': method(
    `{ platform: () => 'meta', signal: () => undefined, recover: () => 1 }`,
    'async create(_id: string): Promise<void> {}',
  ),
  'callbacks that say what `this` is': `export class Service {
    region = 'eu';
    @Retryable({ platform(this: Service) { return this.region; } })
    async create(): Promise<void> {}
  }`,
  'what a write says': `export class Service {
    @Retryable({
      key: (account: string) => account,
      idempotencyKey: (_account: string, name: string) => name,
      reconcile: 'find',
      repair: { TOKEN_EXPIRED: 'refresh', LEDGER_CLOSED: (_error: unknown, account: string) => account },
    })
    async create(account: string, name: string): Promise<string> { return account + name; }
    find(_error: unknown, attempt: Attempt, account: string) { return account === '' ? notFound() : found(attempt.number); }
    async refresh() {}
  }`,
  'how a call is parked': `export class Service {
    @Retryable({ park: { name: 'a' } })
    async whatever(_id: string, _size?: number): Promise<void> {}
    @Retryable({
      key: (id: string) => id,
      park: {
        name: 'b',
        serialize: ([id, size]: [string, number]) => ({ id, size }),
        deserialize: ({ id, size }: { id: string; size: number }) => [id, size],
      },
    })
    async both(_id: string, _size: number): Promise<void> {}
    @Retryable({ park: { name: 'c', serialize: (args) => args, deserialize: ({ id }) => [id] } })
    async untyped(_id: string): Promise<void> {}
    @Retryable({ park: { name: 'e', serialize: ([id, size]) => ({ id, size }) } })
    async destructured(_id: string, _size: number): Promise<void> {}
    @Retryable({ park: { name: 'd', serialize: undefined, deserialize: undefined } })
    stream(): AsyncIterable<string> { throw new Error(); }
  }`,
  'a class that has what its options name': `@Retryable({ recover: 'planB' }) export class Service {
    async create(): Promise<void> {}
    planB() {}
  }`,
  'a policy of cockatiel, or of one’s own': `
    import { bulkhead, wrap, circuitBreaker, handleAll, ConsecutiveBreaker } from 'cockatiel';
    const breaker = circuitBreaker(handleAll, { halfOpenAfter: 10, breaker: new ConsecutiveBreaker(5) });
    export const module = RetryableModule.forRoot({ platforms: { meta: { through: wrap(bulkhead(1), breaker) } } });
    export class Service { @Retryable({ through: breaker }) async create(): Promise<void> {} }`,
  'types, own types and classes for retryOn': method(
    `{ retryOn: ['API_RATE_LIMIT', 'LEDGER_CLOSED', RateLimitError, TypeError] }`,
    'async create(): Promise<void> {}',
  ),
  'known and other platforms and operations': method(
    `{ platform: 'snapchat', operation: 'reporting' }`,
    'async create(): Promise<void> {}',
  ),
  'undefined for every option of @Retryable': `
    const options: Required<{ [K in keyof RetryableOptions]: undefined }> = {
      context: undefined, platform: undefined, operation: undefined, maxRetries: undefined,
      backoff: undefined, jitter: undefined, timeout: undefined, totalTimeout: undefined,
      maxRetryAfter: undefined, retryOn: undefined, resultErrors: undefined, signal: undefined, recover: undefined,
      idempotent: undefined, through: undefined, cooldown: undefined, key: undefined,
      idempotencyKey: undefined, reconcile: undefined, repair: undefined, park: undefined,
    };
    ${method('options', 'async create(): Promise<void> {}')}
    export const backoff = exponential({ initialDelay: undefined, factor: undefined, maxDelay: undefined });`,
  'undefined for every option of a call and of the module': `
    const call: Required<{ [K in keyof RetryWithBackoffOptions]: undefined }> = {
      context: undefined, platform: undefined, operation: undefined, maxRetries: undefined,
      backoff: undefined, jitter: undefined, timeout: undefined, totalTimeout: undefined,
      maxRetryAfter: undefined, retryOn: undefined, resultErrors: undefined, signal: undefined,
      idempotent: undefined, through: undefined, cooldown: undefined, key: undefined,
      idempotencyKey: undefined, reconcile: undefined, repair: undefined,
    };
    const module: Required<{ [K in keyof RetryableModuleOptions]: undefined }> = {
      retry: undefined, platforms: undefined, timeouts: undefined, errors: undefined, classifiers: undefined,
      undeclaredWrites: undefined, retryBudget: undefined, cooldown: undefined, stores: undefined,
      requestTimeout: undefined, shutdownGrace: undefined,
    };
    export const all = [
      retryWithBackoff(() => 1, call),
      of(1).pipe(retryWithBackoff$(call)),
      RetryableModule.forRoot({ ...module, isGlobal: undefined, filter: undefined, interceptor: undefined }),
      new ServiceError('X', { code: undefined, platform: undefined, message: undefined, details: undefined,
        retryable: undefined, retryAfter: undefined, mayHaveExecuted: undefined, cause: undefined }),
    ];`,
  'park, with callbacks of the method’s own types or without': `
    class Money { constructor(readonly amount: number) {} }
    export class Service {
      @Retryable({ park: { name: 'a' } })
      async plain(id: string, budget?: { daily: number }): Promise<void> { void [id, budget]; }
      @Retryable({ park: { name: 'b', serialize: undefined, deserialize: undefined } })
      async undefineds(id: string): Promise<void> { void id; }
      @Retryable({ park: {
        name: 'c',
        serialize: ([id, money]: [string, Money]) => ({ id, amount: money.amount }),
        deserialize: ({ id, amount }: { id: string; amount: number }) => [id, new Money(amount)],
      } })
      async both(id: string, money: Money): Promise<void> { void [id, money]; }
      @Retryable({ park: { name: 'd', serialize: ([id]: [string]) => [id] } })
      async fewer(id: string, signal?: AbortSignal): Promise<void> { void [id, signal]; }
      @Retryable({ park: { name: 'e' } })
      watch(): Observable<number> { return of(1); }
      @Retryable({ park: { name: 'f' } })
      async *pages(): AsyncGenerator<number> { yield 1; }
    }`,
  'the result of a call': `
    export const number: Promise<number> = retryWithBackoff(async ({ signal, number }) => (signal.aborted ? 0 : number));
    export const items: Observable<string> = of('a').pipe(retryWithBackoff$({ backoff: constant(5) }));`,
};

const CREATE = 'async create(id: string): Promise<void> { void id; }';

const REFUSED: Readonly<Record<string, readonly [string, RegExp]>> = {
  'a synchronous method': [method('', 'create(): number { return 1; }'), /not assignable/],
  'a method that returns nothing': [method('', 'create(): void {}'), /not assignable/],
  'a synchronous generator': [method('', '*list() { yield 1; }'), /not assignable/],
  'a method that returns a promise or a value': [
    method('', 'create(): number | Promise<number> { return 1; }'),
    /not assignable/,
  ],
  'an accessor': [
    method('', 'get value(): number { return 1; }'),
    /signature|not assignable|Unable/,
  ],
  'a property': [method('', 'value = 5;'), /signature|Unable|not assignable/],
  'a callback for another parameter': [
    method('{ platform: (id: number) => String(id) }', CREATE),
    /not assignable/,
  ],
  'a callback for more parameters than there are': [
    method('{ signal: (_id: string, signal: AbortSignal) => signal }', CREATE),
    /not assignable/,
  ],
  'one callback for another parameter beside one that fits': [
    method('{ platform: (id: string) => id, signal: (id: number) => void id }', CREATE),
    /not assignable/,
  ],
  'a recover for another parameter': [
    method('{ recover: (_error: unknown, id: number) => id }', CREATE),
    /not assignable/,
  ],
  'arguments to park that are others': [
    method(`{ park: { name: 'a', serialize: ([id]: [number]) => id } }`, CREATE),
    /not assignable/,
  ],
  'arguments to park of which some are missing': [
    method(
      `{ park: { name: 'a', serialize: ([id]: [string]) => id } }`,
      'async create(_id: string, _size: number): Promise<void> {}',
    ),
    /not assignable/,
  ],
  'parked arguments that come back as others': [
    method(
      `{ park: { name: 'a', serialize: ([id]: [string]) => id, deserialize: (n: number) => [n] } }`,
      CREATE,
    ),
    /not assignable|No overload/,
  ],
  'a call that is parked without a name': [method('{ park: {} }', CREATE), /missing|No overload/],
  'the name of a method that is not there': [
    method(`{ reconcile: 'fnd' }`, `${CREATE} find() {}`),
    /not assignable/,
  ],
  'the name of a repair that is not there': [
    method(`{ key: () => 'x', repair: { TOKEN_EXPIRED: 'refrsh' } }`, `${CREATE} refresh() {}`),
    /not assignable/,
  ],
  'the name of a property': [
    method(`{ recover: 'name' }`, `${CREATE} name = 'x';`),
    /not assignable/,
  ],
  'a class without what its options name': [
    `@Retryable({ recover: 'planB' }) export class Service { ${CREATE} }`,
    /planB|not assignable/,
  ],
  'a reconcile for another parameter': [
    method('{ reconcile: (_: unknown, _a: Attempt, id: number) => found(id) }', CREATE),
    /not assignable/,
  ],
  'a key that is no text': [method('{ key: () => 5 }', CREATE), /not assignable/],
  'a platform that is no text': [method('{ platform: () => 5 }', CREATE), /not assignable/],
  'a signal instead of a function that gives it': [
    method('{ signal: new AbortController().signal }', CREATE),
    /not assignable/,
  ],
  'an asynchronous retryOn, which would always retry': [
    method('{ retryOn: async () => false }', CREATE),
    /not assignable/,
  ],
  'a predicate in the list of retryOn': [
    method('{ retryOn: [() => true] }', CREATE),
    /not assignable/,
  ],
  'a backoff that returns no number': [method(`{ backoff: () => '5s' }`, CREATE), /not assignable/],
  'a backoff that is a number': [method('{ backoff: 1000 }', CREATE), /not assignable/],
  'an unknown jitter': [method(`{ jitter: 'some' }`, CREATE), /not assignable/],
  'park without a name': [method('{ park: {} }', CREATE), /name/],
  'park with a name that is no text': [method('{ park: { name: 5 } }', CREATE), /not assignable/],
  'park as true': [method('{ park: true }', CREATE), /not assignable/],
  'a park option that does not exist': [
    method(`{ park: { name: 'a', delay: 5 } }`, CREATE),
    /does not exist|may only specify/,
  ],
  'serialize of other arguments': [
    method(`{ park: { name: 'a', serialize: ([id]: [number]) => id } }`, CREATE),
    /not assignable/,
  ],
  'serialize that takes more arguments than the method': [
    method(`{ park: { name: 'a', serialize: (all: [string, string, string]) => all } }`, CREATE),
    /not assignable/,
  ],
  'deserialize that gives no list': [
    method(`{ park: { name: 'a', deserialize: (id: string) => id } }`, CREATE),
    /not assignable/,
  ],
  'deserialize that gives a list of something else': [
    method(
      `{ park: { name: 'a', serialize: ([id]: [string]) => id, deserialize: () => [5] } }`,
      CREATE,
    ),
    /not assignable/,
  ],
  'an asynchronous deserialize': [
    method(`{ park: { name: 'a', deserialize: async (id: string) => [id] } }`, CREATE),
    /not assignable/,
  ],
  'park for a call without a decorator': [
    `export const result = retryWithBackoff(() => 5, { park: { name: 'a' } });`,
    /does not exist|may only specify/,
  ],
  'park as a policy of the module': [
    `RetryableModule.forRoot({ retry: { park: { name: 'a' } } });`,
    /does not exist|may only specify|No overload|not assignable/,
  ],
  'an option that does not exist': [
    method('{ retries: 3 }', CREATE),
    /does not exist|may only specify/,
  ],
  'null for "not given"': [method('{ maxRetries: null }', CREATE), /not assignable/],
  '@Retryable(true)': [method('true', CREATE), /not assignable|No overload/],
  '@Retryable(false) on a class': [
    `@Retryable(false) export class Service {}`,
    /signature|Unable|not assignable|argument/,
  ],
  'a value of another type from a call': [
    `export const result: Promise<string> = retryWithBackoff(() => 5);`,
    /not assignable/,
  ],
  'a switch of the module in an option’s place': [
    `RetryableModule.forRoot({ filter: true });`,
    /not assignable|No overload/,
  ],
};

describe('the compiler', () => {
  let fine: string[][];
  let refused: string[][];

  beforeAll(() => {
    const sources = [...Object.values(FINE), ...Object.values(REFUSED).map(([source]) => source)];
    const errors = compile(sources.map((source) => PRELUDE + source));
    fine = errors.slice(0, Object.keys(FINE).length);
    refused = errors.slice(Object.keys(FINE).length);
  }, 60_000);

  it.each(Object.keys(FINE).map((name, index) => [name, index] as const))(
    'accepts %s',
    (_, index) => {
      expect(fine[index]).toEqual([]);
    },
  );

  it.each(Object.entries(REFUSED).map(([name, [, error]], index) => [name, error, index] as const))(
    'refuses %s',
    (_, error, index) => {
      expect(refused[index]?.join('\n')).toMatch(error);
    },
  );
});
