import { type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { filterOf } from './error-response.filter.js';
import { read } from './errors/safe-read.js';
import { hasMethod } from './methods-of.js';
import type { ApplicationConfig, ModulesContainer } from './nest-core.js';

/** Under this key @nestjs/graphql says what a resolver is for. */
const RESOLVER_TYPE = 'graphql:resolver_type';

/**
 * Lets what a subscription fails with be the JSON also after it has begun, where Nest runs no filter
 * any more and the server would send the error's own words.
 */
export class SubscriptionErrorInterceptor implements NestInterceptor {
  constructor(private readonly config: ApplicationConfig) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!isSubscription(context.getHandler())) return next.handle();
    const answer = (error: unknown) => {
      const filter = filterOf(this.config, error);
      return filter === undefined ? error : filter.graphqlError(error, context);
    };
    return next
      .handle()
      .pipe(
        map((items) =>
          isAsyncIterable(items) ? new AnsweredItems(items[Symbol.asyncIterator](), answer) : items,
        ),
      );
  }
}

/** Whether an application has subscriptions: only then its handlers pay for them. */
export function hasSubscriptions(modules: ModulesContainer): boolean {
  return [...modules.values()].some(({ providers }) =>
    hasMethod(providers.values(), isSubscription),
  );
}

function isSubscription(handler: object): boolean {
  return Reflect.getMetadata(RESOLVER_TYPE, handler) === 'Subscription';
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof read(value, Symbol.asyncIterator) === 'function';
}

/** Items whose failure is answered. */
class AnsweredItems implements AsyncIterableIterator<unknown> {
  constructor(
    private readonly items: AsyncIterator<unknown>,
    private readonly answer: (error: unknown) => unknown,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<unknown>> {
    try {
      return await this.items.next();
    } catch (error) {
      throw this.answer(error);
    }
  }

  async return(value?: unknown): Promise<IteratorResult<unknown>> {
    try {
      return (await this.items.return?.(value)) ?? { done: true, value };
    } catch (error) {
      throw this.answer(error);
    }
  }
}
