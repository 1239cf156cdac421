import {
  Catch,
  Inject,
  Injectable,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost, type ApplicationConfig } from './nest-core.js';
import { throwError, type Observable } from 'rxjs';
import { isStandardJson } from './classify/standard-json.js';
import { isError, read } from './errors/safe-read.js';
import { isServiceError, ServiceError } from './errors/service-error.js';
import { GraphqlErrorReply, isGraphqlError } from './transports/graphql-error-reply.js';
import { HttpErrorReply } from './transports/http-error-reply.js';
import { OperationLogger } from './operation-logger.js';
import { answerFor, type ErrorAnswer, type ErrorResponse } from './response/error-response.js';
import type { ErrorPresentation } from './response/error-presentation.js';
import { retryReport } from './retry/retry-report.js';
import type { RetryRuntime } from './retry/retry-runtime.js';
import { PRESENTATION, RUNTIME } from './retryable.tokens.js';
import { messageName } from './transports/message-name.js';
import { messageExceptionWords } from './transports/message-words.js';
import { replyOverWs } from './transports/ws-error-reply.js';

/**
 * Answers every error with the standard JSON. `RetryableModule` registers it behind all filters of
 * the application; with `filter: false` it can be registered by hand.
 *
 * @example
 * providers: [{ provide: APP_FILTER, useExisting: ErrorResponseFilter }]
 * @publicApi
 */
@Injectable()
@Catch()
export class ErrorResponseFilter implements ExceptionFilter {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Inject(PRESENTATION) private readonly presentation: ErrorPresentation,
    private readonly logger: OperationLogger,
    @Inject(RUNTIME) private readonly runtime: RetryRuntime,
  ) {}

  catch(exception: unknown, host: ArgumentsHost): Observable<never> | undefined {
    const type = host.getType<string>();
    if (type === 'http') {
      this.answerHttp(exception, host);
      return undefined;
    }
    if (type === 'graphql') throw this.graphqlError(exception, host);
    const context = retryReport(exception)?.context ?? messageName(host, type);
    const known = this.understand(exception, context);
    const words = messageExceptionWords(exception);
    const input = { error: exception, context, words };
    const body = () => answerFor(input, known, this.presentation).body;
    if (type === 'rpc') return throwError(body);
    if (type === 'ws' && replyOverWs(host.switchToWs().getClient(), body())) return undefined;
    throw exception; // each other transport has a way of its own to tell its client
  }

  /** Whether this is one of its errors, where Nest does not ask it. */
  answers(_exception: unknown): boolean {
    return true;
  }

  /** The JSON for a client whose answer has begun, as in a stream of events. */
  answerWithin(exception: unknown, host: ArgumentsHost): ErrorResponse {
    const reply = this.replyTo(host);
    const context = retryReport(exception)?.context ?? reply.route;
    return this.httpAnswer(exception, context, this.understand(exception, context), reply).body;
  }

  /** What a resolver fails with instead, or its subscription after it has begun. */
  graphqlError(exception: unknown, host: ArgumentsHost): unknown {
    const reply = new GraphqlErrorReply(host);
    const context = retryReport(exception)?.context ?? reply.field;
    const known = this.understand(exception, context);
    if (isGraphqlError(exception)) return exception;
    const locale = this.presentation.negotiate(reply.acceptLanguage);
    const input = { error: exception, context, locale, requestId: reply.requestId };
    return reply.errorOf(answerFor(input, known, this.presentation));
  }

  /** The answer of a request of HTTP. */
  answerHttp(exception: unknown, host: ArgumentsHost): void {
    const reply = this.replyTo(host);
    const context = retryReport(exception)?.context ?? reply.route;
    const known = this.understand(exception, context);
    if (reply.isStarted) return reply.end();
    const ready = readyBody(exception);
    if (ready !== undefined) return reply.sendReady(ready.httpStatus, ready.body);
    reply.send(this.httpAnswer(exception, context, known, reply));
  }

  private replyTo(host: ArgumentsHost): HttpErrorReply {
    const http = host.switchToHttp();
    return new HttpErrorReply(this.adapterHost.httpAdapter, http.getRequest(), http.getResponse());
  }

  private httpAnswer(
    exception: unknown,
    context: string,
    known: ServiceError | undefined,
    { requestId, statedWait, acceptLanguage }: HttpErrorReply,
  ): ErrorAnswer {
    const locale = this.presentation.negotiate(acceptLanguage);
    const input = { error: exception, context, locale, requestId, statedWait };
    return answerFor(input, known, this.presentation);
  }

  /** What the exception is, also to the application's own classifiers; the failure is logged. */
  private understand(exception: unknown, context: string): ServiceError | undefined {
    const report = retryReport(exception);
    const known = this.runtime.classify(exception, { platform: report?.platform, context });
    this.logger.errorAnswered(report ?? { context, retries: 0 }, exception, known);
    return known;
  }
}

/** The filter of `filter: 'service-errors'`: everything else is left to Nest. */
@Injectable()
@Catch(ServiceError)
export class ServiceErrorResponseFilter extends ErrorResponseFilter {
  override answers(exception: unknown): boolean {
    return isServiceError(exception);
  }
}

/** The filter of the application that answers an error where Nest asks none; it may have none of ours. */
export function filterOf(
  config: ApplicationConfig,
  exception: unknown,
): ErrorResponseFilter | undefined {
  return config
    .getGlobalFilters()
    .find(
      (filter): filter is ErrorResponseFilter =>
        filter instanceof ErrorResponseFilter && filter.answers(exception),
    );
}

/** A body that the application has built itself and that must reach its client as it is. */
function readyBody(exception: unknown): { httpStatus: number; body: object } | undefined {
  if (!isError(exception) || typeof read(exception, 'getResponse') !== 'function') return undefined;
  try {
    const { getResponse, getStatus } = exception as unknown as Record<string, () => unknown>;
    const body = getResponse?.call(exception);
    const httpStatus = getStatus?.call(exception);
    if (typeof body !== 'object' || body === null || typeof httpStatus !== 'number')
      return undefined;
    return isStandardJson(body) || isHealthResult(body) ? { httpStatus, body } : undefined;
  } catch {
    return undefined;
  }
}

// The body of @nestjs/terminus: `{ status, info, error, details }`.
function isHealthResult(body: object): boolean {
  const status = read(body, 'status');
  return (
    (status === 'error' || status === 'shutting_down') &&
    ['info', 'error', 'details'].every((key) => typeof read(body, key) === 'object')
  );
}
