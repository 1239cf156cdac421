import { MAX_DELAY_MS } from './wait.js';

/** What an option allows: the words for the sentence, and the test. */
export interface OptionRule {
  readonly allowed: string;
  readonly accepts: (value: unknown) => boolean;
}

export type OptionRules<Name extends string = string> = Readonly<Record<Name, OptionRule>>;

const isFunction = (value: unknown) => typeof value === 'function';

export const RULES = {
  count: {
    allowed: 'a non-negative integer',
    accepts: (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0,
  },
  milliseconds: {
    allowed: `a number of milliseconds from 1 to ${MAX_DELAY_MS}`,
    accepts: (value: unknown) => typeof value === 'number' && value >= 1 && value <= MAX_DELAY_MS,
  },
  wait: {
    allowed: `a number of milliseconds from 0 to ${MAX_DELAY_MS}`,
    accepts: (value: unknown) => typeof value === 'number' && value >= 0 && value <= MAX_DELAY_MS,
  },
  text: {
    allowed: 'a non-empty string',
    accepts: (value: unknown) => typeof value === 'string' && value !== '',
  },
  flag: {
    allowed: 'true or false',
    accepts: (value: unknown) => typeof value === 'boolean',
  },
  off: { allowed: 'false', accepts: (value: unknown) => value === false },
  signal: {
    allowed: 'an AbortSignal',
    accepts: (value: unknown) => value instanceof AbortSignal,
  },
  function: { allowed: 'a function', accepts: isFunction },
  functions: {
    allowed: 'a list of functions',
    accepts: (value: unknown) => Array.isArray(value) && value.every(isFunction),
  },
  object: {
    allowed: 'an object',
    accepts: (value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value),
  },
} as const satisfies OptionRules;

export function oneOf(...values: readonly unknown[]): OptionRule {
  return {
    allowed: values.map((value) => describeValue(value)).join(', '),
    accepts: (value) => values.includes(value),
  };
}

export function either(...rules: readonly OptionRule[]): OptionRule {
  return {
    allowed: rules.map((rule) => rule.allowed).join(' or '),
    accepts: (value) => rules.some((rule) => rule.accepts(value)),
  };
}

/**
 * Checks every option against its rule; `undefined` means "not given".
 *
 * @throws TypeError with one sentence that names the option, the value, what is allowed and where
 */
export function checkOptions(options: unknown, rules: OptionRules, where: string): void {
  if (!RULES.object.accepts(options)) {
    throw new TypeError(
      `Expected the options to be an object, got ${describeValue(options)} (${where}).`,
    );
  }
  for (const [name, value] of Object.entries(options as object)) {
    if (!Object.hasOwn(rules, name)) {
      throw new TypeError(
        `Unknown option \`${name}\` (${where}). Known are: ${Object.keys(rules).join(', ')}.`,
      );
    }
    checkOption(name, value, rules[name] as OptionRule, where);
  }
}

export function checkOption(name: string, value: unknown, rule: OptionRule, where: string): void {
  if (value !== undefined) requireOption(name, value, rule, where);
}

export function requireOption(name: string, value: unknown, rule: OptionRule, where: string): void {
  if (rule.accepts(value)) return;
  throw new TypeError(
    `Expected \`${name}\` to be ${rule.allowed}, got ${describeValue(value)} (${where}).`,
  );
}

const MAX_SHOWN = 5;

/** `[…]` with what it holds: one wrong item is what has to be found. */
function listOf(items: readonly unknown[]): string {
  const shown = items
    .slice(0, MAX_SHOWN)
    .map((item) => (Array.isArray(item) ? 'a list' : describeValue(item)));
  return `a list of ${[...shown, ...(items.length > MAX_SHOWN ? ['…'] : [])].join(', ') || 'nothing'}`;
}

export function describeValue(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 80)}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return listOf(value);
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
