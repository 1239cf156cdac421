import { ConsoleLogger, Logger } from '@nestjs/common';
import { describeError, stackOf } from './errors/describe-error.js';
import { HttpExceptionError } from './classify/http-exception.js';
import { classifyError } from './classify/classify-error.js';
import { redactName } from './errors/redact-name.js';
import { readString } from './errors/safe-read.js';
import type { ServiceError } from './errors/service-error.js';
import { now } from './retry/deadline-queue.js';
import type { AttemptFailure, RetryObserver } from './retry/events.js';
import type { RetryPolicy } from './retry/policy.js';
import type { RetryReport } from './retry/retry-report.js';
import { shared } from './retry/shared-state.js';

type Level = 'info' | 'warn' | 'error';
type Fields = Readonly<Record<string, unknown>>;

/** The part of nestjs-pino's `PinoLogger` that is used here: fields first, then the event. */
export type StructuredLogger = Readonly<Record<Level, (fields: object, event: string) => void>>;

/** What `operation_error` says of a failed operation. */
export interface FailedOperation {
  readonly context: string;
  readonly platform?: string | undefined;
  readonly retries: number;
  readonly elapsedMs?: number | undefined;
  readonly gaveUp?: string | undefined;
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
    this.write('warn', 'retry_attempt_failed', {
      ...identity(policy),
      attempt,
      max_attempts: policy.maxRetries + 1,
      elapsed_ms: millisecondsSince(startedAt),
      ...describeError(error),
    });
  }

  retryScheduled({ policy, attempt, error }: AttemptFailure, delayMs: number): void {
    this.write('info', 'retry_scheduled', {
      ...identity(policy),
      delay_ms: Math.round(delayMs),
      next_attempt: attempt + 1,
      max_attempts: policy.maxRetries + 1,
      error_type: describeError(error).error_type,
    });
  }

  retrySucceeded(policy: RetryPolicy, retries: number, startedAt: number): void {
    this.write('info', 'retry_succeeded', {
      ...identity(policy),
      retry_count: retries,
      elapsed_ms: millisecondsSince(startedAt),
    });
  }

  retryExhausted(report: RetryReport, error: unknown): void {
    this.write('warn', 'retry_exhausted', {
      ...identity(report),
      retry_count: report.retries,
      elapsed_ms: report.elapsedMs,
      ...describeError(error),
    });
  }

  operationFailed(operation: FailedOperation, error: unknown): void {
    if (typeof error === 'object' && error !== null) logged.add(error);
    this.writeFailure(operation, error, classifyError(error, { platform: operation.platform }));
  }

  /** An error has reached the client; written unless a call it left has written it. */
  errorAnswered(operation: FailedOperation, error: unknown, known: ServiceError | undefined): void {
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
      operation.gaveUp === 'cancelled' ||
      (known instanceof HttpExceptionError && known.status < 500);
    const platform = operation.platform ?? readString(known, 'platform');
    this.write(harmless ? 'warn' : 'error', 'operation_error', {
      ...identity({ context: operation.context, platform }),
      type,
      error_code: redactName(readString(known, 'code') ?? '1000'),
      ...describeError(error),
      retry_count: operation.retries,
      elapsed_ms: operation.elapsedMs,
      gave_up: operation.gaveUp,
      // What nobody recognised is most likely a mistake in the code: its place is what helps.
      stack: type === 'UNKNOWN_ERROR' ? stackOf(error) : undefined,
    });
  }

  callbackFailed(name: string, context: string, error: unknown): void {
    this.write('warn', 'retry_callback_failed', {
      context: redactName(context),
      callback: name,
      ...describeError(error),
    });
  }

  /** A fact about the configuration, once at boot. */
  configured(fields: Fields): void {
    this.write('info', 'retry_configured', fields);
  }

  private write(level: Level, event: string, fields: Fields): void {
    try {
      this.target[level](stated(fields), event);
    } catch {
      // There is nowhere left to say so.
    }
  }
}

/** Never negative: the clock is another one where fake timers are switched on or off. */
function millisecondsSince(startedAt: number): number {
  return Math.max(0, Math.round(now() - startedAt));
}

function identity({
  context,
  platform,
}: {
  context: string;
  platform?: string | undefined;
}): Fields {
  return {
    context: redactName(context),
    platform: platform === undefined ? undefined : redactName(platform),
  };
}

function stated(fields: Fields): object {
  const result: Record<string, unknown> = {};
  for (const key in fields) {
    if (fields[key] !== undefined) result[key] = fields[key];
  }
  return result;
}

/** Nest's logger: the event as the text, so that every logger of an application shows the fields. */
function nestLogger(): StructuredLogger {
  const logger = new Logger('Retryable');
  const texts = (fields: object, event: string): [string, ...object[]] =>
    takesFields() ? [event, fields] : [`${event} ${JSON.stringify(fields)}`];
  return {
    info: (fields, event) => logger.log(...texts(fields, event)),
    warn: (fields, event) => logger.warn(...texts(fields, event)),
    error: (fields, event) => logger.error(...texts(fields, event)),
  };
}

let fieldsAreTaken: boolean | undefined;

/** Whether fields belong to the text before them: Nest 11 writes them as a line of their own. */
function takesFields(): boolean {
  return (fieldsAreTaken ??= new LineCounter({ logLevels: ['log'] }).count() === 1);
}

class LineCounter extends ConsoleLogger {
  private lines = 0;

  count(): number {
    this.log('event', { field: 1 });
    return this.lines;
  }

  protected override printMessages(messages: unknown[]): void {
    this.lines += messages.length;
  }
}
