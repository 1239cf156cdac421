import { ServiceError, withoutStack } from './errors/service-error.js';
import { worstCaseMs, type RetryPolicy } from './retry/policy.js';
import type { RetryRuntime } from './retry/retry-runtime.js';
import type { RetryableDefinition } from './retryable.definition.js';

/** What is logged of the module's policy once at boot. */
export function configuration(runtime: RetryRuntime): Record<string, unknown> {
  const policy = runtime.policyFor({ context: 'default', platform: undefined });
  return { ...limitsOf(policy), hint: 'A call may take that long; `totalTimeout` limits it.' };
}

/** The methods that write and do not say whether they may be repeated. */
export function undeclaredWrites(
  definitions: Iterable<RetryableDefinition>,
  runtime: RetryRuntime,
): string[] {
  return [...definitions]
    .filter((definition) => {
      const { idempotent, maxRetries } = definition.knownPolicy(runtime);
      return idempotent === undefined && maxRetries > 0 && definition.isUndeclaredWrite;
    })
    .map(({ name }) => name)
    .toSorted();
}

/** @throws TypeError with one sentence that names the methods and what to do */
export function refuseUndeclaredWrites(methods: readonly string[]): void {
  if (methods.length === 0) return;
  throw new TypeError(
    `Expected every write to say \`idempotent\` or \`reconcile\`, got none of them on ${methods.join(', ')} (in RetryableModule, \`undeclaredWrites\`).`,
  );
}

/** A policy of which a limit is never reached, or leaves no time for a retry. */
export interface LimitConflict extends Limits {
  readonly context: string;
  readonly problem: string;
}

interface Limits {
  readonly max_attempts: number;
  readonly attempt_limit_ms: number;
  readonly total_limit_ms?: number;
  readonly worst_case_ms?: number;
}

/** Which limits do not fit each other. */
export function limitConflicts(
  definitions: Iterable<RetryableDefinition>,
  runtime: RetryRuntime,
  requestTimeout: number | undefined,
): LimitConflict[] {
  const conflicts: LimitConflict[] = [];
  for (const definition of definitions) {
    const policy = definition.knownPolicy(runtime);
    const problem = problemOf(policy, requestTimeout ?? Infinity);
    if (problem !== undefined) {
      conflicts.push({ context: policy.context, problem, ...limitsOf(policy) });
    }
  }
  return conflicts;
}

function problemOf(policy: RetryPolicy, requestTimeout: number): string | undefined {
  const { timeout, totalTimeout, maxRetries } = policy;
  if (totalTimeout !== Infinity && totalTimeout > requestTimeout) {
    return `\`totalTimeout\` is never reached: \`requestTimeout\` (${requestTimeout}) ends the request before`;
  }
  const [name, endMs] =
    totalTimeout <= requestTimeout
      ? (['totalTimeout', totalTimeout] as const)
      : (['requestTimeout', requestTimeout] as const);
  if (timeout > endMs) return `\`timeout\` is never reached: \`${name}\` (${endMs}) ends it before`;
  if (maxRetries > 0 && timeout === endMs) {
    return `no retry follows an attempt that times out: \`${name}\` (${endMs}) is over by then`;
  }
  return undefined;
}

function limitsOf(policy: RetryPolicy): Limits {
  const error = withoutStack(() => new ServiceError('TIMEOUT'));
  const worstMs = worstCaseMs(policy, error);
  return {
    max_attempts: policy.maxRetries + 1,
    attempt_limit_ms: policy.timeout,
    ...(policy.totalTimeout === Infinity ? {} : { total_limit_ms: policy.totalTimeout }),
    ...(worstMs === undefined ? {} : { worst_case_ms: worstMs }),
  };
}
