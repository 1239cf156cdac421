import { read } from './errors/safe-read.js';
import type { Platform } from './errors/service-error.js';
import type { Attempt } from './retry/attempt.js';
import {
  checkOption,
  checkOptions,
  either,
  requireOption,
  RULES,
  type OptionRules,
} from './retry/check-options.js';
import { OPERATION_RULES } from './retry/policy.js';
import type { OperationOptions, Repairs } from './retry/retry-options.js';

/**
 * Options of `@Retryable`. Callbacks are called with the instance as `this`.
 *
 * @publicApi
 */
export interface RetryableOptions<
  Args extends readonly unknown[] = never,
  SignalArgs extends readonly unknown[] = Args,
  RecoverArgs extends readonly unknown[] = Args,
  KeyArgs extends readonly unknown[] = Args,
  IdempotencyKeyArgs extends readonly unknown[] = Args,
  ReconcileArgs extends readonly unknown[] = Args,
  RepairArgs extends readonly unknown[] = Args,
  MethodName extends string = string,
  ParkArgs extends readonly unknown[] = Args,
> extends OperationOptions {
  /** Whose API is called, or a function of the arguments that says so. Default: none. */
  platform?: Platform | ((...args: Args) => Platform | undefined) | undefined;
  /** Cancels attempt and wait: the call rejects with `signal.reason`. Default: none. */
  signal?: ((...args: SignalArgs) => AbortSignal | undefined) | undefined;
  /**
   * A method's name, or a function: its result replaces the final error. Not asked where the call
   * was cancelled or its outcome is unknown. The failure is still logged. Default: none.
   */
  recover?: MethodName | ((error: unknown, ...args: RecoverArgs) => unknown) | undefined;
  /** The account that cooldown, budget and repair apply to. Default: none. */
  key?: ((...args: KeyArgs) => string) | undefined;
  /** `currentAttempt().idempotencyKey` in every attempt of a call. Default: a UUID for each call. */
  idempotencyKey?: ((...args: IdempotencyKeyArgs) => string | undefined) | undefined;
  /**
   * A method's name, or a function. Asked after an attempt that may have done its work although it
   * failed: `found(value)` is the call's result, `notFound()` allows the retry; anything else, its
   * failure or its own limit (that of an attempt) ends the call with `OutcomeUnknownError`.
   * Default: none.
   */
  reconcile?:
    | MethodName
    | ((error: unknown, attempt: Attempt, ...args: ReconcileArgs) => unknown)
    | undefined;
  /**
   * By the type of an error: a method's name, or a function, that repairs what caused it, such as by
   * a new token. Once for all calls of a `key` that fail together; then each is tried at once, once.
   * Needs `key`. Default: none.
   */
  repair?: Repairs<MethodName | ((error: unknown, ...args: RepairArgs) => unknown)> | undefined;
  /**
   * Where the platform asks for a wait longer than `maxRetryAfter`, or a quota is used up, the call
   * becomes a job of a queue and fails with `ParkedError`. Needs `ParkedCallsModule` of
   * `nestjs-retryable/bullmq`; without it the call fails as it does without `park`. Only on a method.
   * Default: none.
   */
  park?: ParkOptions<ParkArgs> | undefined;
}

/** How a call becomes a job, and a job a call. @publicApi */
export interface ParkOptions<Args extends readonly unknown[] = never> {
  /** The job's name, that of no other method: it has to stay the same from one deployment to the next. */
  name: string;
  /**
   * The arguments as JSON that can be kept: no keys that look like secrets, no dates, no instances of
   * classes; otherwise the call is not parked. Default: the list of the arguments itself.
   */
  serialize?: ((args: Args) => unknown) | undefined;
  /** All arguments of the method, from that JSON. Default: that JSON itself. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what `serialize` has given, after JSON.parse
  deserialize?: ((json: any) => Restored<Args>) | undefined;
}

/** Arguments as a function returns them: TypeScript takes a returned list for no tuple. */
type Restored<Args extends readonly unknown[]> = [Args] extends [never]
  ? readonly unknown[]
  : readonly Args[number][];

/** What is known of the options when their types are not looked at any more. */
export type MethodOptions = RetryableOptions<unknown[]>;

const METHOD = either({ ...RULES.text, allowed: 'the name of a method' }, RULES.function);

export const RETRYABLE_RULES = {
  ...OPERATION_RULES,
  platform: either(RULES.text, RULES.function),
  signal: RULES.function,
  recover: METHOD,
  key: RULES.function,
  idempotencyKey: RULES.function,
  reconcile: METHOD,
  repair: RULES.object,
  park: RULES.object,
} as const satisfies OptionRules<keyof RetryableOptions>;

/**
 * The options of one `@Retryable`, checked.
 *
 * @param target whose methods are named in them
 * @throws TypeError with one sentence that names the option, the value and what is allowed
 */
export function checkedMethodOptions(
  target: object,
  name: string,
  options: unknown,
): MethodOptions {
  const where = `in @Retryable on ${name}`;
  checkOptions(options, RETRYABLE_RULES, where);
  const { recover, reconcile, repair = {}, park } = options as MethodOptions;
  if (park !== undefined) checkPark(park, where);
  const named: Record<string, unknown> = { recover, reconcile };
  for (const [type, method] of Object.entries(repair)) {
    checkOption(`repair.${type}`, method, METHOD, where);
    named[`repair.${type}`] = method;
  }
  const isMethod = {
    allowed: 'the name of a method',
    accepts: (value: unknown) =>
      typeof value !== 'string' || typeof read(target, value) === 'function',
  };
  for (const [option, method] of Object.entries(named))
    requireOption(option, method, isMethod, where);
  return Object.freeze({ ...(options as MethodOptions) });
}

const PARK_RULES = {
  name: RULES.text,
  serialize: RULES.function,
  deserialize: RULES.function,
} as const satisfies OptionRules<keyof ParkOptions>;

function checkPark(park: object, where: string): void {
  checkOptions(park, PARK_RULES, `${where}, \`park\``);
  requireOption('name', read(park, 'name'), RULES.text, `${where}, \`park\``);
}

/** @throws TypeError where `repair` is given without `key`, once it is known what the class says too */
export function checkRepairHasKey({ repair, key }: MethodOptions, where: string): void {
  if (repair === undefined || key !== undefined) return;
  throw new TypeError(
    `Expected \`key\` beside \`repair\`, got none: it says which calls share a repair (${where}).`,
  );
}

/** The methods that options name: they belong to the method that is decorated. */
export function namedMethods({ recover, reconcile, repair = {} }: MethodOptions): unknown[] {
  return [recover, reconcile, ...Object.values(repair)];
}
