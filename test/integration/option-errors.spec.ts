import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { RetryableModule } from '../../lib/index.js';
import { failureOf } from '../support/calls.js';

/** Options as a JavaScript application or a configuration file may hold them. */
type Loose = Parameters<typeof RetryableModule.forRoot>[0];

/** Boots an application without a server and returns what its boot fails with. */
async function bootError(register: () => ReturnType<typeof RetryableModule.forRoot>) {
  const boot = async () =>
    NestFactory.createApplicationContext(register(), { logger: false, abortOnError: false });
  return failureOf(boot());
}

// [options, what the sentence says]
const WRONG: readonly [string, object, string][] = [
  [
    'a negative number of retries',
    { retry: { maxRetries: -1 } },
    'Expected `maxRetries` to be a non-negative integer, got -1 (in RetryableModule, `retry`).',
  ],
  [
    'a fraction of a retry',
    { retry: { maxRetries: 1.5 } },
    'Expected `maxRetries` to be a non-negative integer, got 1.5 (in RetryableModule, `retry`).',
  ],
  [
    'a text for a number',
    { retry: { timeout: '30s' } },
    "Expected `timeout` to be a number of milliseconds from 1 to 2147483647, got '30s' (in RetryableModule, `retry`).",
  ],
  [
    'a limit beyond what a timer can hold',
    { retry: { totalTimeout: 2 ** 31 } },
    'Expected `totalTimeout` to be a number of milliseconds from 1 to 2147483647, got 2147483648 (in RetryableModule, `retry`).',
  ],
  [
    'a limit that is no number',
    { retry: { timeout: NaN } },
    'Expected `timeout` to be a number of milliseconds from 1 to 2147483647, got NaN (in RetryableModule, `retry`).',
  ],
  [
    'a negative wait',
    { retry: { maxRetryAfter: -1 } },
    'Expected `maxRetryAfter` to be a number of milliseconds from 0 to 2147483647, got -1 (in RetryableModule, `retry`).',
  ],
  [
    'a backoff that is no function',
    { retry: { backoff: 1000 } },
    'Expected `backoff` to be exponential(…), constant(ms) or a function of the retry and its error, got 1000 (in RetryableModule, `retry`).',
  ],
  [
    'an unknown jitter',
    { retry: { jitter: 'some' } },
    "Expected `jitter` to be 'none', 'full', 'equal', got 'some' (in RetryableModule, `retry`).",
  ],
  [
    'a retryOn that is no list',
    { retry: { retryOn: 'TIMEOUT' } },
    "Expected `retryOn` to be a list of error types and error classes, or a function of the error, got 'TIMEOUT' (in RetryableModule, `retry`).",
  ],
  [
    'an unknown treatment of writes',
    { undeclaredWrites: 'warn' },
    "Expected `undeclaredWrites` to be 'retry', 'safe', 'error', got 'warn' (in RetryableModule).",
  ],
  [
    'a budget that is switched on',
    { retryBudget: true },
    'Expected `retryBudget` to be an object or false, got true (in RetryableModule).',
  ],
  [
    'a budget of less than nothing',
    { retryBudget: { maxTokens: -1 } },
    'Expected `maxTokens` to be a number from 0 to 1000000, got -1 (in RetryableModule, `retryBudget`).',
  ],
  [
    'a lock that locks nothing',
    { stores: { repairs: {} } },
    'Expected `repairs` to be a RepairLock: an object with `once`, got an object (in RetryableModule, `stores`).',
  ],
  [
    'a store that holds no tokens',
    { stores: { retryBudget: new Map() } },
    'Expected `retryBudget` to be a RetryBudgetStore: an object with `take` and `add`, got an object (in RetryableModule, `stores`).',
  ],
  [
    'a store that keeps nothing',
    { cooldown: { store: new Map() } },
    'Expected `store` to be a CooldownStore: an object with `get`, `extend`, `delete` and `list`, got an object (in RetryableModule, `cooldown`).',
  ],
  [
    'a request without time',
    { requestTimeout: 0 },
    'Expected `requestTimeout` to be a number of milliseconds from 1 to 2147483647, got 0 (in RetryableModule).',
  ],
  [
    'a policy that runs nothing',
    { retry: { through: {} } },
    'Expected `through` to be an object with a method `execute`, such as a policy of cockatiel, got an object (in RetryableModule, `retry`).',
  ],
  ['null', { retry: null }, 'Expected `retry` to be an object, got null (in RetryableModule).'],
  [
    'a misspelt option',
    { retries: 3 },
    'Unknown option `retries` (in RetryableModule). Known are: retry, platforms, timeouts, errors, classifiers, undeclaredWrites, retryBudget, cooldown, stores, requestTimeout, shutdownGrace.',
  ],
  [
    'a misspelt option of the policy',
    { retry: { maxRetry: 3 } },
    'Unknown option `maxRetry` (in RetryableModule, `retry`). Known are: maxRetries, backoff, jitter, timeout, totalTimeout, maxRetryAfter, retryOn, resultErrors, idempotent, through, cooldown.',
  ],
  [
    'the policy of a platform',
    { platforms: { meta: { maxRetries: '3' } } },
    "Expected `maxRetries` to be a non-negative integer, got '3' (in RetryableModule, `platforms.meta`).",
  ],
  [
    'a platform without a policy',
    { platforms: { meta: 3 } },
    'Expected the options to be an object, got 3 (in RetryableModule, `platforms.meta`).',
  ],
  [
    'a list for an object',
    { platforms: ['meta'] },
    "Expected `platforms` to be an object, got a list of 'meta' (in RetryableModule).",
  ],
  [
    'a limit of an operation',
    { timeouts: { mcp_call: 0 } },
    'Expected `mcp_call` to be a number of milliseconds from 1 to 2147483647, got 0 (in RetryableModule, `timeouts`).',
  ],
  [
    'a classifier that is no function',
    { classifiers: [{}] },
    'Expected `classifiers` to be a list of functions, got a list of an object (in RetryableModule).',
  ],
  [
    'a language without words',
    { errors: { locale: 'fr' } },
    "Expected `locale` to be 'zh-CN', 'en' or a language of `catalog`, got 'fr' (in RetryableModule, `errors`).",
  ],
  [
    'an HTTP status that is no error',
    { errors: { httpStatus: { TOKEN_EXPIRED: 200 } } },
    'Expected `TOKEN_EXPIRED` to be an HTTP status from 400 to 599, got 200 (in RetryableModule, `errors.httpStatus`).',
  ],
  [
    'words that are no text',
    { errors: { catalog: { en: { TIMEOUT: { message: 1 } } } } },
    'Expected `message` to be a non-empty string, got 1 (in RetryableModule, `errors.catalog.en.TIMEOUT`).',
  ],
  [
    'an unknown part of the words',
    { errors: { catalog: { en: { TIMEOUT: { text: 'x' } } } } },
    'Unknown option `text` (in RetryableModule, `errors.catalog.en.TIMEOUT`). Known are: message, action, actionUrl.',
  ],
];

const WRONG_SWITCHES: readonly [string, object, string][] = [
  [
    'isGlobal',
    { isGlobal: 'yes' },
    "Expected `isGlobal` to be true or false, got 'yes' (in RetryableModule).",
  ],
  [
    'filter',
    { filter: true },
    "Expected `filter` to be 'all', 'service-errors' or false, got true (in RetryableModule).",
  ],
  [
    'interceptor',
    { interceptor: 1 },
    'Expected `interceptor` to be true or false, got 1 (in RetryableModule).',
  ],
];

describe('an option that is not allowed fails at boot in one sentence', () => {
  it.each([...WRONG, ...WRONG_SWITCHES])('%s, in forRoot', async (_, options, sentence) => {
    expect(await bootError(() => RetryableModule.forRoot(options as Loose))).toEqual(
      new TypeError(sentence),
    );
  });

  it.each(WRONG)('%s, in the result of a factory', async (_, options, sentence) => {
    const register = () => RetryableModule.forRootAsync({ useFactory: () => options });
    expect(await bootError(register)).toEqual(new TypeError(sentence));
  });

  it.each(WRONG_SWITCHES)('%s, beside a factory', async (_, switches, sentence) => {
    const register = () => RetryableModule.forRootAsync({ useFactory: () => ({}), ...switches });
    expect(await bootError(register)).toEqual(new TypeError(sentence));
  });

  it.each(['isGlobal', 'filter', 'interceptor'])('%s in the result of a factory', async (name) => {
    const register = () => RetryableModule.forRootAsync({ useFactory: () => ({ [name]: true }) });
    expect(await bootError(register)).toEqual(
      new TypeError(
        `Option \`${name}\` belongs beside useFactory, useClass or useExisting, not into their result (in RetryableModule).`,
      ),
    );
  });

  it.each([
    [
      'retry',
      'Option `retry` belongs into the result of useFactory, useClass or useExisting, not beside them (in RetryableModule).',
    ],
    [
      'isGlobl',
      'Unknown option `isGlobl` (in RetryableModule). Known are: imports, inject, provideInjectionTokensFrom, useFactory, useClass, useExisting, isGlobal, filter, interceptor.',
    ],
  ])('%s beside a factory, where Nest would ignore it', async (name, sentence) => {
    const register = () => RetryableModule.forRootAsync({ useFactory: () => ({}), [name]: {} });
    expect(await bootError(register)).toEqual(new TypeError(sentence));
  });

  it.each([
    [null, 'null'],
    [5, '5'],
    ['options', "'options'"],
    [() => ({}), 'a function'],
  ])('%s in place of the options of forRoot', async (options, named) => {
    const register = () => RetryableModule.forRoot(options as object);
    const sentence = `Expected \`options\` to be an object, got ${named} (in RetryableModule.forRoot).`;
    expect(await bootError(register)).toEqual(new TypeError(sentence));
  });

  const FACTORIES = 'Expected one of useFactory, useClass, useExisting';
  it.each([
    ['null', null, 'Expected `options` to be an object, got null'],
    ['nothing', {}, `${FACTORIES}, got none of them`],
    [
      'a class beside a factory',
      { useFactory: () => ({}), useClass: class {} },
      `${FACTORIES}, got useFactory and useClass`,
    ],
    ['a number', { useFactory: 5 }, 'Expected `useFactory` to be a function, got 5'],
    [
      'a class of another kind',
      { useClass: class {} },
      'Expected `useClass` to be a class with a method `createRetryableOptions`, got a function',
    ],
  ])('%s in place of a factory', async (_, options, sentence) => {
    const register = () =>
      RetryableModule.forRootAsync(options as unknown as { useFactory: never });
    const where = '(in RetryableModule.forRootAsync)';
    expect(await bootError(register)).toEqual(new TypeError(`${sentence} ${where}.`));
  });

  it.each([null, 'options', []])('a factory that returns %o', async (result) => {
    const register = () =>
      RetryableModule.forRootAsync({ useFactory: () => result as unknown as object });
    expect(await bootError(register)).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('Expected the options to be an object') as string,
    });
  });
});
