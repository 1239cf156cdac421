import {
  Inject,
  Injectable,
  Optional,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import { Observable } from 'rxjs';
import { whenClientIsGone } from './transports/client-gone.js';
import { read, readString } from './errors/safe-read.js';
import { requireOption, RULES } from './retry/check-options.js';
import { OuterScope } from './retry/outer-scope.js';
import type { RetryRuntime } from './retry/retry-runtime.js';
import { RUNTIME } from './retryable.tokens.js';

/** Under this key a handler or a controller carries its limit. */
const REQUEST_TIMEOUT = Symbol.for('nestjs-retryable:request-timeout');

/**
 * Limits the requests or messages of a controller, a resolver, a gateway or a handler: every retried
 * call below obeys, a client that leaves ends them, and where the limit is reached the answer is the
 * standard JSON with TIMEOUT, over HTTP as a 504. A handler's own limit wins over its controller's, and that over the module's `requestTimeout`.
 *
 * @param ms milliseconds for a whole request or message
 * @throws TypeError where that is no number of milliseconds
 * @example
 * \@RequestTimeout(10_000)
 * \@Controller('campaigns')
 * export class CampaignsController {}
 * @publicApi
 */
export function RequestTimeout(ms: number): ClassDecorator & MethodDecorator {
  requireOption('ms', ms, RULES.milliseconds, 'in @RequestTimeout');
  return (target: object, _key?: unknown, descriptor?: PropertyDescriptor) => {
    const on = (descriptor?.value as object | undefined) ?? target;
    Reflect.defineMetadata(REQUEST_TIMEOUT, ms, on);
    // Before the others, wherever it stands: what they run again is to be limited too.
    const others = (Reflect.getMetadata(INTERCEPTORS_METADATA, on) ?? []) as unknown[];
    Reflect.defineMetadata(INTERCEPTORS_METADATA, [RequestTimeoutInterceptor, ...others], on);
  };
}

/** Calls of handlers that have their limit: one may have several interceptors of this kind. */
const limited = new WeakSet<object>();

const SAFE_METHODS: readonly unknown[] = ['GET', 'HEAD', 'OPTIONS'];

/** Runs a whole request, message or resolver under one limit. */
@Injectable()
export class RequestTimeoutInterceptor implements NestInterceptor {
  /** @param defaultMs the module's `requestTimeout` */
  constructor(
    @Optional() @Inject(RUNTIME) private readonly runtime?: RetryRuntime,
    @Optional() @Inject(REQUEST_TIMEOUT) private readonly defaultMs?: number,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const ms = ownLimit(context) ?? this.defaultMs;
    const call = context.getArgs<unknown[]>();
    if (ms === undefined || limited.has(call)) return next.handle();
    limited.add(call);
    const { isSafe, response } = inboundRequest(context);
    const options = {
      ms,
      context: `${context.getClass().name}.${context.getHandler().name}`,
      isSafe,
      runtime: this.runtime ?? context,
    };
    return new Observable((subscriber) => {
      const scope = new OuterScope(options, (error) => subscriber.error(error));
      const stopListening = whenClientIsGone(response, (reason) => scope.cancel(reason));
      if (subscriber.closed) return scope.end();
      const subscription = scope.run(() =>
        next.handle().subscribe({
          next: (value) => {
            scope.end(); // of a stream only the beginning is limited
            subscriber.next(value);
          },
          error: (error: unknown) => {
            scope.end();
            subscriber.error(error);
          },
          complete: () => {
            scope.end();
            subscriber.complete();
          },
        }),
      );
      return () => {
        stopListening();
        scope.end();
        subscription.unsubscribe();
      };
    });
  }
}

/** What is known of a request, whatever it came by. */
function inboundRequest(context: ExecutionContext): { isSafe: boolean; response?: unknown } {
  const type = context.getType<string>();
  if (type === 'http') {
    const http = context.switchToHttp();
    const isSafe = SAFE_METHODS.includes(readString(http.getRequest(), 'method'));
    return { isSafe, response: http.getResponse() };
  }
  if (type !== 'graphql') return { isSafe: false };
  const [, , shared, info] = context.getArgs<unknown[]>();
  const isSafe = readString(read(info, 'operation'), 'operation') === 'query';
  return { isSafe, response: read(shared, 'res') ?? read(read(shared, 'req'), 'res') };
}

function ownLimit(context: ExecutionContext): number | undefined {
  return (Reflect.getMetadata(REQUEST_TIMEOUT, context.getHandler()) ??
    Reflect.getMetadata(REQUEST_TIMEOUT, context.getClass())) as number | undefined;
}
