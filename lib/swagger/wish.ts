import { ERROR_TYPES, type KnownErrorType } from '../errors/error-types.js';
import { isError, read } from '../errors/safe-read.js';
import type { Platform } from '../errors/service-error.js';
import type { ErrorPresentation } from '../response/error-presentation.js';
import { checkOptions, describeValue, oneOf, RULES } from '../retry/check-options.js';
import { definitionOf, type RetryableDefinition } from '../retryable.definition.js';
import type { ApiErrorResponsesOptions } from './api-error-responses.options.js';
import type { Manner } from './documented-errors.js';

/** What one `@ApiErrorResponses` asks for. */
export interface Wish extends Manner {
  readonly types: readonly (KnownErrorType | Error)[];
  readonly platforms: readonly Platform[];
  /** The retried methods that are called. */
  readonly methods: readonly RetryableDefinition[];
}

const WHERE = 'in @ApiErrorResponses';

const isType = (value: unknown) => typeof value === 'string' && Object.hasOwn(ERROR_TYPES, value);

const TYPES = {
  allowed: 'a list of types of errors that this package knows, and of errors',
  accepts: (value: unknown) =>
    Array.isArray(value) && value.every((item) => isType(item) || isError(item)),
};

const PLATFORM = {
  allowed: 'a non-empty string or a list of such',
  accepts: (value: unknown) =>
    Array.isArray(value) ? value.every(RULES.text.accepts) : RULES.text.accepts(value),
};

/**
 * The arguments of one `@ApiErrorResponses`.
 *
 * @throws TypeError with one sentence that says what is wrong with them
 */
export function checkedWish(args: readonly unknown[], presentation: ErrorPresentation): Wish {
  const [first = {}, ...names] = args;
  const isDecorating =
    (typeof first === 'function' && names.length === 0) ||
    names.some((name) => typeof name !== 'string' && typeof name !== 'symbol');
  if (isDecorating) {
    throw new TypeError(
      'Expected options, or a class and the names of its methods: @ApiErrorResponses is called, as in `@ApiErrorResponses()`.',
    );
  }
  if (names.length > 0) return { ...NOTHING, presentation, methods: methodsOf(args[0], names) };
  checkOptions(
    first,
    { types: TYPES, platform: PLATFORM, locale: oneOf(...presentation.locales) },
    WHERE,
  );
  const { types = [], platform = [], locale } = first as ApiErrorResponsesOptions;
  const platforms = typeof platform === 'string' ? [platform] : platform;
  return { presentation, locale, types, platforms, methods: [] };
}

const NOTHING = { types: [], platforms: [], locale: undefined };

function methodsOf(service: unknown, names: readonly unknown[]): RetryableDefinition[] {
  if (typeof service !== 'function') {
    throw new TypeError(
      `Expected a class before the names of its methods, got ${describeValue(service)}: two files that import each other see one of their classes too early (${WHERE}).`,
    );
  }
  return names.map((name) => {
    const method = read(service.prototype, name as string);
    const definition = typeof method === 'function' ? definitionOf(method) : undefined;
    if (definition) return definition;
    throw new TypeError(
      `Expected \`${String(name)}\` to be a method of ${service.name} with @Retryable, got ${
        method === undefined ? 'none' : 'one without'
      }: \`types\` and \`platform\` name other errors (${WHERE}).`,
    );
  });
}
