import {
  Inject,
  Injectable,
  Optional,
  type CallHandler,
  type ExecutionContext,
  type MessageEvent,
  type NestInterceptor,
} from '@nestjs/common';
import { INTERCEPTORS_METADATA, SSE_METADATA } from '@nestjs/common/constants.js';
import { catchError, of, throwError, type Observable } from 'rxjs';
import type { ErrorResponseFilter } from './error-response.filter.js';
import { read } from './errors/safe-read.js';
import { rawOf } from './inbound-request.js';
import { methodsOf } from './methods-of.js';
import type { ModulesContainer } from './nest-core.js';
import { GLOBAL_FILTER } from './retryable.tokens.js';

/**
 * The last event of a stream of events that fails after its headers are sent, where no filter can
 * answer any more: `error`, with the JSON as its data. Undefined where a filter can.
 */
export function lastEvent(
  filter: ErrorResponseFilter | null | undefined,
  context: ExecutionContext,
  error: unknown,
): MessageEvent | undefined {
  if (filter?.catches(error) !== true) return undefined;
  if (!Reflect.hasMetadata(SSE_METADATA, context.getHandler())) return undefined;
  if (read(rawOf(context.switchToHttp().getResponse()), 'headersSent') !== true) return undefined;
  return { type: 'error', data: filter.answerWithin(error, context) };
}

/** Ends streams of events by {@link lastEvent}. */
@Injectable()
export class EventStreamErrorInterceptor implements NestInterceptor {
  /** @param filter that of the application, which may have another one, or none of ours */
  constructor(
    @Optional() @Inject(GLOBAL_FILTER) private readonly filter?: ErrorResponseFilter | null,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        const event = lastEvent(this.filter, context, error);
        return event === undefined ? throwError(() => error) : of(event);
      }),
    );
  }
}

/** Has all handlers of server-sent events end so; the others pay nothing for it. */
export function watchEventStreams(modules: ModulesContainer): void {
  for (const { controllers } of modules.values()) {
    for (const { metatype } of controllers.values()) {
      for (const method of methodsOf(read(metatype, 'prototype'))) {
        if (!Reflect.hasMetadata(SSE_METADATA, method)) continue;
        const others = (Reflect.getMetadata(INTERCEPTORS_METADATA, method) ?? []) as unknown[];
        if (others.includes(EventStreamErrorInterceptor)) continue;
        // The first is around the others.
        const all = [EventStreamErrorInterceptor, ...others];
        Reflect.defineMetadata(INTERCEPTORS_METADATA, all, method);
      }
    }
  }
}
