import {
  type CallHandler,
  type ExecutionContext,
  type MessageEvent,
  type NestInterceptor,
} from '@nestjs/common';
import { SSE_METADATA } from '@nestjs/common/constants.js';
import { catchError, of, throwError, type Observable } from 'rxjs';
import { filterOf } from './error-response.filter.js';
import { read } from './errors/safe-read.js';
import { rawOf } from './transports/inbound-request.js';
import { hasMethod } from './methods-of.js';
import type { ApplicationConfig, ModulesContainer } from './nest-core.js';

/**
 * Ends a stream of events that fails after its headers are sent, where no filter can answer any more,
 * by one more event: `error`, with the JSON as its data. It has to be around all other interceptors:
 * they are to see the failure, not the event.
 */
export class EventStreamErrorInterceptor implements NestInterceptor {
  constructor(private readonly config: ApplicationConfig) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!isEventStream(context.getHandler())) return next.handle();
    return next.handle().pipe(
      catchError((error: unknown) => {
        const event = this.lastEvent(context, error);
        return event === undefined ? throwError(() => error) : of(event);
      }),
    );
  }

  private lastEvent(context: ExecutionContext, error: unknown): MessageEvent | undefined {
    if (read(rawOf(context.switchToHttp().getResponse()), 'headersSent') !== true) return undefined;
    const filter = filterOf(this.config, error);
    return filter && { type: 'error', data: filter.answerWithin(error, context) };
  }
}

/** Whether an application has streams of events: only then its handlers pay for them. */
export function hasEventStreams(modules: ModulesContainer): boolean {
  return [...modules.values()].some(({ controllers }) =>
    hasMethod(controllers.values(), isEventStream),
  );
}

function isEventStream(handler: object): boolean {
  return Reflect.hasMetadata(SSE_METADATA, handler);
}
