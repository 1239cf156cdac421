import { Test } from '@nestjs/testing';
import { describe, expect, it, vi } from 'vitest';
import {
  constant,
  exponential,
  RateLimitError,
  Retryable,
  RetryableModule,
  retryWithBackoff,
  retryWithBackoff$,
} from '../../lib/index.js';
import { failureOf } from '../support/calls.js';

const MILLISECONDS = 'a number of milliseconds from 1 to 2147483647';
const WAIT = 'a number of milliseconds from 0 to 2147483647';
const RETRY_ON = 'a list of error types and error classes, or a function of the error';
const TAG = "a language tag such as 'en' or 'zh-CN'";
const BACKOFF = 'exponential(…), constant(ms) or a function of the retry and its error';

/** Each option, a value that it does not allow, how the value is named, and what is allowed. */
const WRONG: readonly (readonly [string, unknown, string, string])[] = [
  ['maxRetries', -1, '-1', 'a non-negative integer'],
  ['maxRetries', 1.5, '1.5', 'a non-negative integer'],
  ['maxRetries', Number.NaN, 'NaN', 'a non-negative integer'],
  ['maxRetries', Infinity, 'Infinity', 'a non-negative integer'],
  ['maxRetries', '3', "'3'", 'a non-negative integer'],
  ['maxRetries', null, 'null', 'a non-negative integer'],
  ['backoff', 1000, '1000', BACKOFF],
  ['backoff', 'exponential', "'exponential'", BACKOFF],
  ['jitter', 'some', "'some'", "'none', 'full', 'equal'"],
  ['jitter', true, 'true', "'none', 'full', 'equal'"],
  ['timeout', 0, '0', MILLISECONDS],
  ['timeout', 2 ** 31, '2147483648', MILLISECONDS],
  ['timeout', '30s', "'30s'", MILLISECONDS],
  ['totalTimeout', Infinity, 'Infinity', MILLISECONDS],
  ['totalTimeout', -5, '-5', MILLISECONDS],
  ['maxRetryAfter', Number.NaN, 'NaN', WAIT],
  ['maxRetryAfter', 10n, '10', WAIT],
  ['retryOn', 'API_RATE_LIMIT', "'API_RATE_LIMIT'", RETRY_ON],
  ['retryOn', [429], 'a list of 429', RETRY_ON],
  ['retryOn', [() => true], 'a list of a function', RETRY_ON],
  ['context', '', "''", 'a non-empty string'],
  ['context', Symbol('x'), 'Symbol(x)', 'a non-empty string'],
  ['operation', 5, '5', 'a non-empty string'],
];

const sentence = ([name, , named, allowed]: (typeof WRONG)[number], where: string) =>
  `Expected \`${name}\` to be ${allowed}, got ${named} (${where}).`;

/** Decorates a method and a class with options that TypeScript would not let through. */
function decorate(options: unknown) {
  class Service {
    cached(): void {}
    async create(): Promise<void> {}
  }
  const { prototype } = Service;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'create');
  return {
    method: () => Retryable(options as object)(prototype, 'create', descriptor as never),
    class: () => Retryable(options as object)(Service),
  };
}

describe('a wrong option', () => {
  it.each(WRONG)('%s of %o fails where it is given, in one sentence', async (...wrong) => {
    const options = { [wrong[0]]: wrong[1] };
    const decorated = decorate(options);
    expect(decorated.method).toThrow(
      new TypeError(sentence(wrong, 'in @Retryable on Service.create')),
    );
    expect(decorated.class).toThrow(new TypeError(sentence(wrong, 'in @Retryable on Service')));
    const func = vi.fn(async () => 'done');
    const failed = await failureOf(retryWithBackoff(func, options));
    expect(failed).toEqual(new TypeError(sentence(wrong, 'in retryWithBackoff')));
    expect(func).not.toHaveBeenCalled();
    expect(() => retryWithBackoff$(options)).toThrow(
      new TypeError(sentence(wrong, 'in retryWithBackoff$')),
    );
  });

  it.each([
    ['platform', 5, '5', 'a non-empty string or a function'],
    ['signal', new AbortController().signal, 'an object', 'a function'],
    ['recover', 5, '5', 'the name of a method or a function'],
    ['recover', '', "''", 'the name of a method or a function'],
    ['recover', 'cahced', "'cahced'", 'the name of a method'],
  ] as const)('%s of %o fails at decoration', (...wrong) => {
    const { method } = decorate({ [wrong[0]]: wrong[1] });
    expect(method).toThrow(new TypeError(sentence(wrong, 'in @Retryable on Service.create')));
  });

  it.each([
    ['platform', 5, '5', 'a non-empty string'],
    ['signal', {}, 'an object', 'an AbortSignal or a function'],
  ] as const)('%s of %o fails at the call', async (...wrong) => {
    const failed = failureOf(retryWithBackoff(async () => 1, { [wrong[0]]: wrong[1] }));
    expect(await failed).toEqual(new TypeError(sentence(wrong, 'in retryWithBackoff')));
  });

  it('that does not exist is named together with those that do', () => {
    const { method } = decorate({ retries: 3 });
    expect(method).toThrow(
      /^Unknown option `retries` \(in @Retryable on Service\.create\)\. Known are: maxRetries, /,
    );
  });

  it.each([null, true, 3, 'meta', ['meta'], () => ({})])('%o is no options object', (options) => {
    expect(decorate(options).method).toThrow(/^Expected the options to be an object, got /);
  });

  it('does not show a long value, nor what is in an object', () => {
    const { method } = decorate({ context: { token: 'secret' } });
    expect(method).toThrow(/got an object \(/);
    expect(decorate({ jitter: 'x'.repeat(1000) }).method).toThrow(/^.{0,200}$/);
  });
});

describe('@Retryable where no method is', () => {
  it.each([
    ['an accessor', { get: () => 5 }],
    ['a property', undefined],
    ['a field that holds no function', { value: 5 }],
    ['a parameter', 0],
  ])('fails in one sentence: %s', (_, descriptor) => {
    class Service {}
    expect(() => Retryable()(Service.prototype, 'value', descriptor as never)).toThrow(
      new TypeError('Expected @Retryable to stand on a method or a class (on Service.value).'),
    );
  });

  it('fails where it stands twice on one method: the retries would multiply', () => {
    expect(() => {
      class Service {
        @Retryable({ maxRetries: 1 })
        @Retryable({ platform: 'meta' })
        async create(): Promise<void> {}
      }
      return Service;
    }).toThrow(/^Expected one @Retryable on a method, got two: .+ \(on Service\.create\)\.$/);
  });

  it('fails where it is not called', () => {
    class Service {
      async create(): Promise<void> {}
    }
    const sentence =
      'Expected the options to be an object, got a class or a method: @Retryable is called, as in `@Retryable()`.';
    const bare = Retryable as unknown as (...args: unknown[]) => unknown;
    const descriptor = Object.getOwnPropertyDescriptor(Service.prototype, 'create');
    expect(() => bare(Service.prototype, 'create', descriptor)).toThrow(new TypeError(sentence));
    expect(() => bare(Service)).toThrow(new TypeError(sentence));
  });

  it('fails on a class with false: that would do the opposite', () => {
    expect(() => (Retryable(false) as ClassDecorator)(class Service {})).toThrow(
      'Expected @Retryable(false) to stand on a method (on Service).',
    );
  });
});

describe('options that are fine', () => {
  it('may all be undefined, which means "not given"', async () => {
    const names = 'maxRetries backoff jitter timeout totalTimeout maxRetryAfter retryOn context';
    const keys = `${names} operation platform signal`.split(' ');
    const options = Object.fromEntries(keys.map((name) => [name, undefined]));
    expect(decorate({ ...options, recover: undefined }).method).not.toThrow();
    await expect(retryWithBackoff(() => 'done', options)).resolves.toBe('done');
    expect(exponential({ initialDelay: undefined })(1, new RateLimitError())).toBe(1000);
  });

  it('may be frozen, are shared by any number of methods, and are copied', async () => {
    const options = { maxRetries: 1, backoff: constant(0) };
    let calls = 0;
    class Service {
      @Retryable(options)
      async first(): Promise<void> {
        calls++;
        throw new RateLimitError();
      }
      @Retryable(Object.freeze({ ...options, maxRetries: 2 }))
      async second(): Promise<void> {
        calls++;
        throw new RateLimitError();
      }
    }
    options.maxRetries = 100;
    await failureOf(new Service().first());
    await failureOf(new Service().second());
    expect(calls).toBe(2 + 3);
  });
});

describe('a wrong option of the module', () => {
  it.each([
    [{ retry: { maxRetries: -1 } }, 'Expected `maxRetries` to be a non-negative integer, got -1'],
    [{ platforms: { meta: { timeout: 0 } } }, `Expected \`timeout\` to be ${MILLISECONDS}, got 0`],
    [{ timeouts: { api_call: '5s' } }, `Expected \`api_call\` to be ${MILLISECONDS}, got '5s'`],
    [{ classifiers: () => undefined }, 'Expected `classifiers` to be a list of functions'],
    [{ errors: { locale: 'de' } }, "Expected `locale` to be 'zh-CN', 'en' or a language of"],
    [{ errors: { locale: 'de_DE', catalog: { de_DE: {} } } }, `Expected \`locale\` to be ${TAG}`],
    [{ errors: { locale: 'en\r\nx' } }, `Expected \`locale\` to be ${TAG}`],
    [{ errors: { locale: 'de', catalog: { de: undefined } } }, "'en' or a language of `catalog`"],
    [{ errors: { catalog: { de_DE: {} } } }, `Expected \`language\` to be ${TAG}, got 'de_DE' (in`],
    [{ errors: { catalog: { en: null } } }, 'Expected `en` to be an object, got null'],
    [{ errors: { httpStatus: { TIMEOUT: 200 } } }, 'Expected `TIMEOUT` to be an HTTP status'],
    [{ filter: true }, "Expected `filter` to be 'all', 'service-errors' or false, got true"],
    [{ retires: 3 }, 'Unknown option `retires` (in RetryableModule)'],
  ])('%o stops the application at boot', async (options, message) => {
    const boot = async () =>
      Test.createTestingModule({ imports: [RetryableModule.forRoot(options as object)] }).compile();
    const error = await failureOf(boot());
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).toMatch(/\(in RetryableModule/);
  });
});
