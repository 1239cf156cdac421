import { resultTestOf, type ResultTest } from '../classify/result-errors.js';
import { defaultsOf } from '../errors/error-types.js';
import { read } from '../errors/safe-read.js';
import type { Platform, ServiceError } from '../errors/service-error.js';
import { accountPrefix } from './account.js';
import { either, oneOf, RULES, type OptionRules } from './check-options.js';
import type { Backoff, Jitter } from './backoff.js';
import { MAX_DELAY_MS } from './wait.js';
import {
  DEFAULTS,
  operationOf,
  type Operation,
  type OperationOptions,
  type RetryOn,
  type RetryOptions,
  type RetryWithBackoffOptions,
  type Through,
} from './retry-options.js';

/** Everything a call needs to know about its retries: complete, checked and never changed. */
export interface RetryPolicy {
  readonly context: string;
  readonly platform: Platform | undefined;
  readonly operation: Operation;
  readonly maxRetries: number;
  readonly backoff: Backoff;
  readonly jitter: Jitter;
  readonly timeout: number;
  readonly totalTimeout: number;
  readonly maxRetryAfter: number;
  readonly retryOn: ((error: ServiceError) => boolean) | undefined;
  /** Tells results that are failures; undefined where results are not looked at. */
  readonly isFailure: ResultTest | undefined;
  /** Undefined where nobody said. */
  readonly idempotent: boolean | undefined;
  readonly through: Through | undefined;
  readonly cooldown: boolean;
  /** What stands for the platform before the `key` of an account. */
  readonly accountPrefix: string;
}

// A predicate in a list would be taken for a class, and `instanceof` throws on arrow functions.
const isClass = (value: unknown) =>
  typeof value === 'function' && typeof value.prototype === 'object';

export const RETRY_RULES = {
  maxRetries: RULES.count,
  backoff: {
    allowed: 'exponential(…), constant(ms) or a function of the retry and its error',
    accepts: RULES.function.accepts,
  },
  jitter: oneOf('none', 'full', 'equal'),
  timeout: RULES.milliseconds,
  totalTimeout: RULES.milliseconds,
  maxRetryAfter: RULES.wait,
  retryOn: {
    allowed: 'a list of error types and error classes, or a function of the error',
    accepts: (value) =>
      typeof value === 'function' ||
      (Array.isArray(value) && value.every((item) => typeof item === 'string' || isClass(item))),
  },
  resultErrors: RULES.flag,
  idempotent: RULES.flag,
  through: {
    allowed: 'an object with a method `execute`, such as a policy of cockatiel',
    accepts: (value) => typeof read(value, 'execute') === 'function',
  },
  cooldown: RULES.flag,
} as const satisfies OptionRules<keyof RetryOptions>;

export const OPERATION_RULES = {
  ...RETRY_RULES,
  context: RULES.text,
  operation: RULES.text,
} as const satisfies OptionRules<keyof OperationOptions>;

export const CALL_RULES = {
  ...OPERATION_RULES,
  platform: RULES.text,
  signal: either(RULES.signal, RULES.function),
  key: RULES.text,
  idempotencyKey: RULES.text,
  reconcile: RULES.function,
  repair: RULES.object,
} as const satisfies OptionRules<keyof RetryWithBackoffOptions>;

/**
 * Merges layers into one policy, the later over the earlier: module < platform < class < method.
 * The layers have been checked before.
 */
export function mergePolicy(
  layers: readonly (OperationOptions | undefined)[],
  identity: { readonly context: string; readonly platform: Platform | undefined },
  timeoutOf: (operation: Operation) => number,
): RetryPolicy {
  let context: string | undefined;
  let operation: Operation | undefined;
  let { maxRetries, backoff, jitter, maxRetryAfter } = DEFAULTS;
  let timeout: number | undefined;
  let totalTimeout: number | undefined;
  let retryOn: RetryOn | undefined;
  let resultErrors: boolean | undefined;
  let idempotent: boolean | undefined;
  let through: Through | undefined;
  let cooldown: boolean | undefined;
  for (const layer of layers) {
    if (layer === undefined) continue;
    if (layer.context !== undefined) context = layer.context;
    if (layer.operation !== undefined) operation = layer.operation;
    if (layer.maxRetries !== undefined) maxRetries = layer.maxRetries;
    if (layer.backoff !== undefined) backoff = layer.backoff;
    if (layer.jitter !== undefined) jitter = layer.jitter;
    if (layer.timeout !== undefined) timeout = layer.timeout;
    if (layer.totalTimeout !== undefined) totalTimeout = layer.totalTimeout;
    if (layer.maxRetryAfter !== undefined) maxRetryAfter = layer.maxRetryAfter;
    if (layer.retryOn !== undefined) retryOn = layer.retryOn;
    if (layer.resultErrors !== undefined) resultErrors = layer.resultErrors;
    if (layer.idempotent !== undefined) idempotent = layer.idempotent;
    if (layer.through !== undefined) through = layer.through;
    if (layer.cooldown !== undefined) cooldown = layer.cooldown;
  }
  operation ??= operationOf(identity.platform);
  return Object.freeze({
    context: context ?? identity.context,
    platform: identity.platform,
    operation,
    maxRetries,
    backoff,
    jitter,
    timeout: timeout ?? timeoutOf(operation),
    totalTimeout: totalTimeout ?? Infinity,
    maxRetryAfter,
    retryOn: retryOn === undefined ? undefined : predicateOf(retryOn),
    isFailure: resultTestOf(identity.platform, resultErrors),
    idempotent,
    through,
    cooldown: cooldown ?? true,
    accountPrefix: accountPrefix(identity.platform),
  });
}

function predicateOf(retryOn: RetryOn): (error: ServiceError) => boolean {
  if (typeof retryOn === 'function') return retryOn;
  return (error) => {
    const { type, cause } = error;
    // Who names what can be retried in general does not mean the error that says it cannot.
    if (!error.retryable && defaultsOf(type).retryable) return false;
    return retryOn.some((item) =>
      typeof item === 'string'
        ? item === type
        : (error as unknown) instanceof item || cause instanceof item,
    );
  };
}

/** A backoff is asked that often for a forecast; what it says last is taken for the rest. */
const MAX_ASKED = 1000;

/**
 * The longest a call under the policy can take: every attempt to its limit and every wait of the
 * backoff. Waits that a server states come on top. Undefined where the backoff does not say, which
 * may be because it asks more of an error than one that is made up can tell.
 */
export function worstCaseMs(policy: RetryPolicy, error: ServiceError): number | undefined {
  const { maxRetries, timeout, totalTimeout } = policy;
  let total = timeout;
  try {
    for (let retry = 1; retry <= maxRetries && total < totalTimeout; retry++) {
      const delayMs: unknown = policy.backoff(retry, error);
      if (typeof delayMs !== 'number' || Number.isNaN(delayMs)) return undefined;
      const rounds = retry < MAX_ASKED ? 1 : maxRetries - retry + 1;
      total += rounds * (Math.min(Math.max(delayMs, 0), MAX_DELAY_MS) + timeout);
      if (retry === MAX_ASKED) break;
    }
  } catch {
    return undefined;
  }
  return Math.min(total, totalTimeout);
}
