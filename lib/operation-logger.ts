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
}

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

  private write(level: Level, event: string, fields: object): void {
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
