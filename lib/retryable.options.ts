import type { Classifier } from './classify/classify-error.js';
import { checkErrorOptions, given } from './error-options.js';
import type { ErrorPresentationOptions } from './response/error-presentation.js';
import { read } from './errors/safe-read.js';
import {
  checkOption,
  checkOptions,
  either,
  oneOf,
  requireOption,
  RULES,
  type OptionRules,
} from './retry/check-options.js';
import type { CooldownOptions } from './retry/cooldown-gate.js';
import { RETRY_RULES } from './retry/policy.js';
import type { RetryBudgetOptions } from './retry/retry-budget.js';
import type { SharedStores } from './retry/retry-runtime.js';
import type { RetryOptions, Timeouts } from './retry/retry-options.js';

/** What `RetryableModule` takes; every key is optional. @publicApi */
export interface RetryableModuleOptions {
  /** The policy of all calls. Default: the defaults of {@link RetryOptions}. */
  retry?: RetryOptions | undefined;
  /** The policy of a platform's calls, by its name; over `retry`. Default: none. */
  platforms?: Readonly<Record<string, RetryOptions | undefined>> | undefined;
  /** Milliseconds for each attempt by operation. Default: 30 000 for each. */
  timeouts?: Timeouts | undefined;
  /** Language, texts, links and HTTP statuses of error responses. Default: the built-in ones. */
  errors?: ErrorPresentationOptions | undefined;
  /** The application's own understanding of errors, asked before the built-in. Default: none. */
  classifiers?: readonly Classifier[] | undefined;
  /**
   * What becomes of a write (a POST or PATCH handler, or a method named create…, add…, insert…, post…,
   * publish…, launch…, duplicate…, charge…, deduct…, pay…, send…) that says neither `idempotent` nor
   * `reconcile`: retried after a warning at boot, treated as `idempotent: false`, or refused at boot.
   * Default `'retry'`.
   */
  undeclaredWrites?: UndeclaredWrites | undefined;
  /** How many retries may be made however many calls fail; false: as many as the policies say. */
  retryBudget?: RetryBudgetOptions | false | undefined;
  /** How long accounts are left alone whose platform asked for a wait; false: not at all. */
  cooldown?: CooldownOptions | false | undefined;
  /** What all processes of the application share. Default: nothing, each goes by its own memory. */
  stores?: SharedStores | undefined;
  /**
   * Milliseconds for a whole request, message or resolver, whatever it calls: then it fails with
   * TIMEOUT, over HTTP with 504. Default: none. {@link RequestTimeout} sets it for a controller or a
   * handler.
   */
  requestTimeout?: number | undefined;
  /** Milliseconds that attempts may still run once the application closes. Default 5000. */
  shutdownGrace?: number | undefined;
}

/** @publicApi */
export type UndeclaredWrites = 'retry' | 'safe' | 'error';

/** Switches that stand beside the options, because they decide what is registered. @publicApi */
export interface RetryableModuleExtras {
  /** Whether the module's providers are there for every module. Default true. */
  isGlobal?: boolean | undefined;
  /**
   * Which errors the global filter answers: all that no filter of the application catches, only
   * `ServiceError`s, or none. Default `'all'`.
   */
  filter?: 'all' | 'service-errors' | false | undefined;
  /** Whether `RetryInterceptor` runs for every handler, decorated or not. Default false. */
  interceptor?: boolean | undefined;
}

/** What the switches are unless they are given. */
export const DEFAULT_EXTRAS = {
  isGlobal: true,
  filter: 'all',
  interceptor: false,
} as const satisfies RetryableModuleExtras;

/** How long attempts may run on once the application closes. */
export const SHUTDOWN_GRACE_MS = 5000;

const WHERE = 'in RetryableModule';

export const MODULE_RULES = {
  retry: RULES.object,
  platforms: RULES.object,
  timeouts: RULES.object,
  errors: RULES.object,
  classifiers: RULES.functions,
  undeclaredWrites: oneOf('retry', 'safe', 'error'),
  retryBudget: either(RULES.object, RULES.off),
  cooldown: either(RULES.object, RULES.off),
  stores: RULES.object,
  requestTimeout: RULES.milliseconds,
  shutdownGrace: RULES.wait,
} as const satisfies OptionRules<keyof RetryableModuleOptions>;

const EXTRAS_RULES = {
  isGlobal: RULES.flag,
  filter: {
    allowed: `'all', 'service-errors' or false`,
    accepts: (value) => value === 'all' || value === 'service-errors' || value === false,
  },
  interceptor: RULES.flag,
} as const satisfies OptionRules<keyof RetryableModuleExtras>;

/** The switches, checked and complete; `forRoot` hands them over together with the options. */
export function checkedExtras(extras: RetryableModuleExtras) {
  for (const name of Object.keys(EXTRAS_RULES) as (keyof RetryableModuleExtras)[]) {
    checkOption(name, extras[name], EXTRAS_RULES[name], WHERE);
  }
  return {
    isGlobal: extras.isGlobal ?? DEFAULT_EXTRAS.isGlobal,
    filter: extras.filter ?? DEFAULT_EXTRAS.filter,
    interceptor: extras.interceptor ?? DEFAULT_EXTRAS.interceptor,
  };
}

/** What else may stand beside the switches where the options come from a factory. */
const ASYNC_KEYS = [
  'imports',
  'inject',
  'provideInjectionTokensFrom',
  'useFactory',
  'useClass',
  'useExisting',
];

/** Checks what stands beside a factory: Nest would ignore what does not belong there. */
export function checkAsyncOptions(options: object): void {
  const where = 'in RetryableModule.forRootAsync';
  requireOption('options', options, RULES.object, where);
  const sources = SOURCES.filter((name) => read(options, name) !== undefined);
  if (sources.length !== 1) {
    throw new TypeError(
      `Expected one of ${SOURCES.join(', ')}, got ${sources.join(' and ') || 'none of them'} (${where}).`,
    );
  }
  checkOption('useFactory', read(options, 'useFactory'), RULES.function, where);
  checkOption('useClass', read(options, 'useClass'), OPTIONS_FACTORY, where);
  const known = [...ASYNC_KEYS, ...Object.keys(EXTRAS_RULES)];
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new TypeError(
      Object.hasOwn(MODULE_RULES, name)
        ? `Option \`${name}\` belongs into the result of useFactory, useClass or useExisting, not beside them (${WHERE}).`
        : `Unknown option \`${name}\` (${WHERE}). Known are: ${known.join(', ')}.`,
    );
  }
}

const SOURCES = ['useFactory', 'useClass', 'useExisting'];

const OPTIONS_FACTORY = {
  allowed: 'a class with a method `createRetryableOptions`',
  accepts: (value: unknown) =>
    typeof read(read(value, 'prototype'), 'createRetryableOptions') === 'function',
};

/** @throws TypeError where the options of `forRoot` are none */
export function checkRootOptions(options: unknown): void {
  requireOption('options', options, RULES.object, 'in RetryableModule.forRoot');
}

const TOKENS = {
  allowed: 'a number from 0 to 1000000',
  accepts: (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1_000_000,
};

const BUDGET_RULES = {
  maxTokens: TOKENS,
  tokenRatio: TOKENS,
  tokensPerMinute: TOKENS,
} as const satisfies OptionRules<keyof RetryBudgetOptions>;

const COOLDOWN_STORE = {
  allowed: 'a CooldownStore: an object with `get`, `extend`, `delete` and `list`',
  accepts: (value: unknown) =>
    ['get', 'extend', 'delete', 'list'].every((name) => typeof read(value, name) === 'function'),
};

const COOLDOWN_RULES = {
  maxCooldown: RULES.milliseconds,
  store: COOLDOWN_STORE,
} as const satisfies OptionRules<keyof CooldownOptions>;

const STORE_RULES = {
  cooldown: COOLDOWN_STORE,
  repairs: {
    allowed: 'a RepairLock: an object with `once`',
    accepts: (value) => typeof read(value, 'once') === 'function',
  },
  retryBudget: {
    allowed: 'a RetryBudgetStore: an object with `take` and `add`',
    accepts: (value) =>
      typeof read(value, 'take') === 'function' && typeof read(value, 'add') === 'function',
  },
} as const satisfies OptionRules<keyof SharedStores>;

/** What an application has checked and RetryableModule works with. */
export interface CheckedOptions extends RetryableModuleOptions {
  platforms?: Readonly<Record<string, RetryOptions>> | undefined;
}

/**
 * Checks what the application said; nothing is left to be found out on the third attempt.
 *
 * @throws TypeError with one sentence that names the option, the value and what is allowed
 */
export function checkModuleOptions(options: RetryableModuleOptions = {}): CheckedOptions {
  for (const extra of Object.keys(EXTRAS_RULES)) {
    if (RULES.object.accepts(options) && Object.hasOwn(options, extra)) {
      throw new TypeError(
        `Option \`${extra}\` belongs beside useFactory, useClass or useExisting, not into their result (${WHERE}).`,
      );
    }
  }
  checkOptions(options, MODULE_RULES, WHERE);
  const { retry, timeouts, errors } = options;
  const platforms = given(options.platforms);
  if (retry !== undefined) checkOptions(retry, RETRY_RULES, `${WHERE}, \`retry\``);
  for (const [platform, policy] of Object.entries(platforms)) {
    checkOptions(policy, RETRY_RULES, `${WHERE}, \`platforms.${platform}\``);
  }
  for (const [operation, limit] of Object.entries(timeouts ?? {})) {
    checkOption(operation, limit, RULES.milliseconds, `${WHERE}, \`timeouts\``);
  }
  const { retryBudget, cooldown, stores } = options;
  if (retryBudget) checkOptions(retryBudget, BUDGET_RULES, `${WHERE}, \`retryBudget\``);
  if (cooldown) checkOptions(cooldown, COOLDOWN_RULES, `${WHERE}, \`cooldown\``);
  if (stores !== undefined) checkOptions(stores, STORE_RULES, `${WHERE}, \`stores\``);
  if (errors !== undefined) checkErrorOptions(errors, WHERE);
  return { ...options, platforms };
}
