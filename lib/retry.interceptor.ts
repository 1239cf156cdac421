import {
  Inject,
  Injectable,
  Optional,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Observable } from 'rxjs';
import { whenClientIsGone } from './transports/client-gone.js';
import { runningAttempt } from './retry/attempt.js';
import type { RetryCall } from './retry/retry-call.js';
import type { RetryRuntime } from './retry/retry-runtime.js';
import { observeCall } from './retry/retry-with-backoff.operator.js';
import { definitionOf, implicitDefinition } from './retryable.definition.js';
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
    const definition = definitionOf(handler) ?? implicitDefinition(context.getClass(), handler);
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

function cancelWhenClientIsGone(call: RetryCall, context: ExecutionContext): void {
  whenClientIsGone(context.switchToHttp().getResponse(), (reason) => {
    // A stream that has begun is Nest's to end, and that is no failure.
    if (call.emitted === 0) call.cancel(reason);
  });
}
