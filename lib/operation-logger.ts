import { createHash } from 'node:crypto';
import { describeError, stackOf } from './errors/describe-error.js';
import { HttpExceptionError } from './classify/http-exception.js';
import { classifyError } from './classify/classify-error.js';
import { redactName } from './errors/redact-name.js';
import { readString } from './errors/safe-read.js';
import { isServiceError, type ServiceError } from './errors/service-error.js';
import { identityOf } from './retry/account.js';
import { now } from './retry/deadline-queue.js';
import type { AttemptFailure, FailedOperation, RetryObserver } from './retry/events.js';
import { isParked, type ParkedTicket } from './retry/parking.js';
import type { RetryPolicy } from './retry/policy.js';
import type { Suppressed } from './retry/retry-budget.js';
import type { RetryReport } from './retry/retry-report.js';
import { shared } from './retry/shared-state.js';
import { nestLogger, type Level, type StructuredLogger } from './nest-logger.js';

/** The fields of all events; each has those that it can say something of. */
interface Line {
  context: string;
  platform?: string;
  attempt?: number;
  max_attempts?: number;
  next_attempt?: number;
  delay_ms?: number;
  retry_count?: number;
  elapsed_ms?: number;
  gave_up?: string;
  type?: string;
  error_code?: string;
  error_type?: string;
  error_message?: string;
  stack?: string;
  callback?: string;
  key_hash?: string;
  retry_after_ms?: number;
  found?: boolean;
  suppressed?: number;
  job_id?: string;
  resumes_at?: string;
}

/** Errors for which a call has written `operation_error` and that no client has been told yet. */
const logged = shared('logged', () => new WeakSet<object>());

/** Writes one structured line an event. A logger that throws is nobody's failed request. */
export class OperationLogger implements RetryObserver {
  private target: StructuredLogger = nestLogger();

  /** From now on lines go to this logger. */
  writeTo(target: StructuredLogger): void {
    this.target = target;
  }

  attemptFailed({ policy, attempt, error, startedAt }: AttemptFailure): void {
    const line = lineOf(policy);
    line.attempt = attempt;
    line.max_attempts = policy.maxRetries + 1;
    line.elapsed_ms = millisecondsSince(startedAt);
    this.write('warn', 'retry_attempt_failed', describe(line, error));
  }

  retryScheduled({ policy, attempt, error }: AttemptFailure, delayMs: number): void {
    const line = lineOf(policy);
    line.delay_ms = Math.round(delayMs);
    line.next_attempt = attempt + 1;
    line.max_attempts = policy.maxRetries + 1;
    line.error_type = describeError(error).error_type;
    this.write('info', 'retry_scheduled', line);
  }

  retrySucceeded(policy: RetryPolicy, retries: number, startedAt: number): void {
    const line = lineOf(policy);
    line.retry_count = retries;
    line.elapsed_ms = millisecondsSince(startedAt);
    this.write('info', 'retry_succeeded', line);
  }

  reconciled({ policy, attempt, error, startedAt }: AttemptFailure, isFound: boolean): void {
    const line = lineOf(policy);
    line.attempt = attempt;
    line.found = isFound;
    line.elapsed_ms = millisecondsSince(startedAt);
    line.error_type = describeError(error).error_type;
    this.write('info', 'retry_reconciled', line);
  }

  repaired({ policy, attempt, error }: AttemptFailure): void {
    const line = lineOf(policy);
    line.next_attempt = attempt + 1;
    line.error_type = describeError(error).error_type;
    this.write('info', 'retry_repaired', line);
  }

  cooldownBegan(account: string, ms: number): void {
    const { platform, key } = identityOf(account);
    const line = lineOf({ context: 'cooldown', platform });
    // An account's number is none of the log's business, but its lines belong together.
    line.key_hash = createHash('sha256').update(key).digest('hex').slice(0, 12);
    line.retry_after_ms = Math.round(ms);
    this.write('warn', 'retry_cooldown_began', line);
  }

  callParked(policy: RetryPolicy, { jobId, resumesAt }: ParkedTicket, error: unknown): void {
    const line = lineOf(policy);
    line.job_id = jobId;
    line.resumes_at = new Date(resumesAt).toISOString();
    line.error_type = describeError(error).error_type;
    this.write('info', 'retry_parked', line);
  }

  callNotParked(policy: RetryPolicy, reason: unknown): void {
    this.write('warn', 'retry_not_parked', describe(lineOf(policy), reason));
  }

  retriesSuppressed(who: Suppressed, count: number): void {
    const line = lineOf(who);
    line.suppressed = count;
    this.write('warn', 'retry_suppressed', line);
  }

  retryExhausted(report: RetryReport, error: unknown): void {
    const line = lineOf(report);
    line.retry_count = report.retries;
    line.elapsed_ms = report.elapsedMs;
    this.write('warn', 'retry_exhausted', describe(line, error));
  }

  operationFailed(operation: FailedOperation, error: unknown): void {
    if (typeof error === 'object' && error !== null) logged.add(error);
    this.writeFailure(operation, error, classifyError(error, { platform: operation.platform }));
  }

  /** An error has reached the client; written unless a call it left has written it. */
  errorAnswered(operation: FailedOperation, error: unknown, known: ServiceError | undefined): void {
    if (isParked(error)) return; // it has been told, and is no failure
    // The mark is used up: an application may throw the same object for the next client too.
    if (typeof error === 'object' && error !== null && logged.delete(error)) return;
    this.writeFailure(operation, error, known);
  }

  private writeFailure(
    operation: FailedOperation,
    error: unknown,
    known: ServiceError | undefined,
  ): void {
    const type = redactName(readString(known, 'type') ?? 'UNKNOWN_ERROR');
    const harmless =
      type === 'CANCELLED' ||
      // Not where the request that it was part of is out of time: its client gets a 504.
      (operation.gaveUp === 'cancelled' && !(type === 'TIMEOUT' && isServiceError(error))) ||
      (known instanceof HttpExceptionError && known.status < 500);
    const { context, retries, elapsedMs, gaveUp } = operation;
    const platform = operation.platform ?? readString(known, 'platform');
    const line = lineOf({ context, platform });
    line.type = type;
    line.error_code = redactName(readString(known, 'code') ?? '1000');
    describe(line, error);
    line.retry_count = retries;
    if (elapsedMs !== undefined) line.elapsed_ms = elapsedMs;
    if (gaveUp !== undefined) line.gave_up = gaveUp;
    // What nobody recognised is most likely a mistake in the code: its place is what helps.
    const stack = type === 'UNKNOWN_ERROR' ? stackOf(error) : undefined;
    if (stack !== undefined) line.stack = stack;
    this.write(harmless ? 'warn' : 'error', 'operation_error', line);
  }

  callbackFailed(name: string, context: string, error: unknown): void {
    const line = lineOf({ context });
    line.callback = name;
    this.write('warn', 'retry_callback_failed', describe(line, error));
  }

  /** A fact about the configuration, once at boot. */
  configured(fields: object): void {
    this.write('info', 'retry_configured', fields);
  }

  /** Methods that write and do not say whether they may be repeated; once at boot. */
  undeclaredWrites(methods: readonly string[]): void {
    const hint =
      'They are retried after time-outs too, and what they create may be there twice: say `idempotent` or `reconcile`.';
    this.write('warn', 'retry_undeclared_writes', { methods, hint });
  }

  /** Methods whose calls cannot be parked; once at boot. */
  nothingParks(methods: readonly string[]): void {
    const hint =
      'Nothing takes what is to be parked: import ParkedCallsModule, or leave `park` out.';
    this.write('warn', 'retry_nothing_parks', { methods, hint });
  }

  /** Policies with limits that do not fit each other; once at boot. */
  limitsDoNotFit(policies: readonly object[]): void {
    this.write('warn', 'retry_limits_do_not_fit', { policies });
  }

  /** One line. */
  write(level: Level, event: string, fields: object): void {
    try {
      this.target[level](fields, event);
    } catch {
      // There is nowhere left to say so.
    }
  }
}

/** Never negative: the clock is another one where fake timers are switched on or off. */
function millisecondsSince(startedAt: number): number {
  return Math.max(0, Math.round(now() - startedAt));
}

function lineOf({
  context,
  platform,
}: {
  readonly context: string;
  readonly platform?: string | undefined;
}): Line {
  const line: Line = { context: redactName(context) };
  if (platform !== undefined) line.platform = redactName(platform);
  return line;
}

function describe(line: Line, error: unknown): Line {
  const { error_type, error_message, type, error_code } = describeError(error);
  line.error_type = error_type;
  line.error_message = error_message;
  if (type !== undefined) line.type = type;
  if (error_code !== undefined) line.error_code = error_code;
  return line;
}
