import {
  Inject,
  Injectable,
  Optional,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Observable } from 'rxjs';
import { OperationCancelledError } from './errors/operation.errors.js';
import { read } from './errors/safe-read.js';
import { withoutStack } from './errors/service-error.js';
import { runningAttempt } from './retry/attempt.js';
import type { RetryCall } from './retry/retry-call.js';
import type { RetryRuntime } from './retry/retry-runtime.js';
import { observeCall } from './retry/retry-with-backoff.operator.js';
import { definitionOf, RetryableDefinition } from './retryable.definition.js';
import { RUNTIME } from './retryable.tokens.js';

/**
 * Runs a handler under its retry policy. `@Retryable` attaches it to the handlers it stands on;
 * where it is used otherwise, a handler without the decorator runs under the module's policy.
 *
 * What runs again: inner interceptors, pipes and the handler. What does not: middleware, guards and
 * outer interceptors. A client that disconnects ends the attempts.
 *
 * @example
 * \@UseInterceptors(RetryInterceptor)
 * @publicApi
 */
@Injectable()
export class RetryInterceptor implements NestInterceptor {
  constructor(@Optional() @Inject(RUNTIME) private readonly injected?: RetryRuntime) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const handler = context.getHandler();
    const definition = definitionOf(handler) ?? implicitDefinition(context, handler);
    if (definition === false || runningAttempt()?.handler === definition) return next.handle();
    const openCall = () => {
      // Looked up for each call: an instance made by hand may be older than the application.
      const runtime =
        this.injected ?? definition.ambientRuntime(`The RetryInterceptor of ${definition.name}`);
      const call = definition.openHandler(runtime);
      if (context.getType() === 'http') cancelWhenClientIsGone(call, context);
      return call;
    };
    return observeCall(openCall, (attempt) => {
      attempt.handler = definition;
      return next.handle();
    });
  }
}

const implicitDefinitions = new WeakMap<object, RetryableDefinition>();

/** The definition of a handler that is not decorated itself: the module's policy and its own name. */
function implicitDefinition(context: ExecutionContext, handler: { readonly name: string }) {
  let definition = implicitDefinitions.get(handler);
  if (definition === undefined) {
    definition = new RetryableDefinition(`${context.getClass().name}.${handler.name}`, {});
    implicitDefinitions.set(handler, definition);
  }
  return definition;
}

/** The parts of Node's `ServerResponse` that tell whether the client still listens. */
interface RawResponse {
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
  on(event: 'close', listener: () => void): void;
}

function cancelWhenClientIsGone(call: RetryCall, context: ExecutionContext): void {
  const response = context.switchToHttp().getResponse<unknown>();
  const raw = (read(response, 'raw') ?? response) as RawResponse;
  if (typeof read(raw, 'on') !== 'function') return;
  const cancelIfGone = () => {
    // A stream that has begun is Nest's to end: it unsubscribes, and that is no failure.
    if (raw.writableFinished || call.emitted) return;
    call.cancel(
      withoutStack(() => new OperationCancelledError({ message: 'The client has disconnected' })),
    );
  };
  if (raw.destroyed) cancelIfGone();
  else raw.on('close', cancelIfGone);
}
