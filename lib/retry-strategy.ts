import { Inject, Injectable } from '@nestjs/common';
import { Observable, type MonoTypeOperatorFunction } from 'rxjs';
import type { Attempt } from './retry/attempt.js';
import type { CallHooks } from './retry/call-hooks.js';
import { checkOption, checkOptions, requireOption, RULES } from './retry/check-options.js';
import { CALL_RULES } from './retry/policy.js';
import { RetryCall } from './retry/retry-call.js';
import type { RetryWithBackoffOptions } from './retry/retry-options.js';
import { ambientRuntime, type RetryRuntime } from './retry/retry-runtime.js';
import { runCall } from './retry/retry-with-backoff.js';
import { observeCall } from './retry/retry-with-backoff.operator.js';
import { RUNTIME } from './retryable.tokens.js';

/**
 * Retries without a decorator, with the module's configuration.
 *
 * @publicApi
 */
@Injectable()
export class RetryStrategy {
  constructor(@Inject(RUNTIME) private readonly runtime: RetryRuntime) {}

  /** {@link retryWithBackoff} with the module's configuration. */
  retryWithBackoff<T>(
    func: (attempt: Attempt) => PromiseLike<T> | T,
    options: RetryWithBackoffOptions = {},
  ): Promise<T> {
    return callWithBackoff(() => this.runtime, func, options);
  }

  /** {@link retryWithBackoff$} with the module's configuration. */
  retryWithBackoff$<T>(options: RetryWithBackoffOptions = {}): MonoTypeOperatorFunction<T> {
    return operatorWithBackoff(() => this.runtime, options);
  }
}

/**
 * Calls a function under a retry policy: a limit for each attempt, backoff, and an error of a known
 * kind at the end.
 *
 * @throws TypeError where an option is not allowed (as a rejection)
 * @example
 * const campaign = await retryWithBackoff(
 *   ({ signal }) => fetch(url, { signal }),
 *   { context: 'get_campaign', platform: 'meta', maxRetries: 2 },
 * );
 * @publicApi
 */
export function retryWithBackoff<T>(
  func: (attempt: Attempt) => PromiseLike<T> | T,
  options: RetryWithBackoffOptions = {},
): Promise<T> {
  return callWithBackoff(() => ambientRuntime(() => warnAmbiguous(options)), func, options);
}

/**
 * An RxJS operator with the same policy: subscribes again after a failure, but never once the
 * source has emitted.
 *
 * @throws TypeError where an option is not allowed
 * @example
 * this.http.get(url).pipe(retryWithBackoff$({ platform: 'tiktok' }))
 * @publicApi
 */
export function retryWithBackoff$<T>(
  options: RetryWithBackoffOptions = {},
): MonoTypeOperatorFunction<T> {
  return operatorWithBackoff(() => ambientRuntime(() => warnAmbiguous(options)), options);
}

function callWithBackoff<T>(
  runtimeOf: () => RetryRuntime,
  func: (attempt: Attempt) => PromiseLike<T> | T,
  options: RetryWithBackoffOptions,
): Promise<T> {
  let call: RetryCall;
  try {
    requireOption('func', func, RULES.function, 'in retryWithBackoff');
    checkCall(options, 'in retryWithBackoff');
    call = openCall(runtimeOf(), options, func.name || 'anonymous');
  } catch (thrown) {
    return Promise.reject(thrown);
  }
  return runCall(call, func) as Promise<T>;
}

function operatorWithBackoff<T>(
  runtimeOf: () => RetryRuntime,
  options: RetryWithBackoffOptions,
): MonoTypeOperatorFunction<T> {
  checkCall(options, 'in retryWithBackoff$');
  return (source: Observable<T>) =>
    observeCall(
      () => openCall(runtimeOf(), options, 'observable'),
      () => source,
    );
}

function checkCall(options: RetryWithBackoffOptions, where: string): void {
  checkOptions(options, CALL_RULES, where);
  const { repair, key } = options;
  if (repair === undefined) return;
  requireOption('key', key, { ...RULES.text, allowed: 'a text where `repair` is given' }, where);
  for (const [type, func] of Object.entries(repair)) {
    checkOption(`repair.${type}`, func, RULES.function, where);
  }
}

function openCall(
  runtime: RetryRuntime,
  options: RetryWithBackoffOptions,
  context: string,
): RetryCall {
  const { platform, signal } = options;
  const policy = runtime.policyFor({ context, platform }, options);
  const given = typeof signal === 'function' ? signal() : signal;
  checkOption('signal', given, RULES.signal, 'in retryWithBackoff');
  return new RetryCall(policy, runtime, given, hooksOf(options));
}

/** What the options say of the single call; undefined for most. */
function hooksOf(options: RetryWithBackoffOptions): CallHooks | undefined {
  const { key, idempotencyKey, reconcile, repair } = options;
  const given = key ?? idempotencyKey ?? reconcile ?? repair;
  if (given === undefined) return undefined;
  return {
    key,
    reconcile,
    idempotencyKey: () => idempotencyKey,
    repairOf: (type) => (repair && Object.hasOwn(repair, type) ? repair[type] : undefined),
  };
}

let warned = false;

function warnAmbiguous({ context }: RetryWithBackoffOptions): void {
  if (warned) return;
  warned = true;
  process.emitWarning(
    `retryWithBackoff (${context ?? 'without a context'}) was called while several applications are alive: it runs with the default retry options. Inject RetryStrategy instead.`,
    { code: 'NESTJS_RETRYABLE_AMBIGUOUS' },
  );
}
