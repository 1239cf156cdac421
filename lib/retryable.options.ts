import type { Classifier } from './classify/classify-error.js';
import type { ErrorPresentationOptions } from './response/error-presentation.js';
import { read } from './errors/safe-read.js';
import {
  checkOption,
  checkOptions,
  requireOption,
  RULES,
  type OptionRules,
} from './retry/check-options.js';
import { RETRY_RULES } from './retry/policy.js';
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
}

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

const WHERE = 'in RetryableModule';

export const MODULE_RULES = {
  retry: RULES.object,
  platforms: RULES.object,
  timeouts: RULES.object,
  errors: RULES.object,
  classifiers: RULES.functions,
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

const ERRORS_RULES = {
  locale: RULES.text,
  catalog: RULES.object,
  httpStatus: RULES.object,
} as const satisfies OptionRules<keyof ErrorPresentationOptions>;

const TEXT_RULES = { message: RULES.text, action: RULES.text, actionUrl: RULES.text };

const HTTP_STATUS = {
  allowed: 'an HTTP status from 400 to 599',
  accepts: (value: unknown) =>
    Number.isInteger(value) && (value as number) >= 400 && (value as number) <= 599,
};

// It becomes the value of a header.
const LANGUAGE = {
  allowed: `a language tag such as 'en' or 'zh-CN'`,
  accepts: (value: unknown) =>
    typeof value === 'string' && /^[a-z]{1,8}(?:-[a-z0-9]{1,8})*$/i.test(value),
};

const LOCALE = {
  allowed: `'zh-CN', 'en' or a language of \`catalog\``,
  accepts: (value: unknown) => value === 'zh-CN' || value === 'en',
};

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
  if (errors !== undefined) checkErrors(errors);
  return { ...options, platforms };
}

/** Without the entries that are undefined, which means "not given". */
function given<Value>(
  record: Readonly<Record<string, Value | undefined>> = {},
): Record<string, Value> {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Record<string, Value>;
}

function checkErrors(errors: ErrorPresentationOptions): void {
  const where = `${WHERE}, \`errors\``;
  checkOptions(errors, ERRORS_RULES, where);
  const { locale, httpStatus = {} } = errors;
  const catalog = given(errors.catalog);
  checkOption('locale', locale, LANGUAGE, where);
  if (locale === undefined || !Object.hasOwn(catalog, locale)) {
    checkOption('locale', locale, LOCALE, where);
  }
  for (const [type, status] of Object.entries(httpStatus)) {
    checkOption(type, status, HTTP_STATUS, `${WHERE}, \`errors.httpStatus\``);
  }
  for (const [language, texts] of Object.entries(catalog)) {
    checkOption('language', language, LANGUAGE, `${WHERE}, \`errors.catalog\``);
    checkOption(language, texts, RULES.object, `${WHERE}, \`errors.catalog\``);
    for (const [type, text] of Object.entries(given(texts))) {
      checkOptions(text, TEXT_RULES, `${WHERE}, \`errors.catalog.${language}.${type}\``);
    }
  }
}
