import { NotFoundException } from '@nestjs/common';
import { Query, Resolver, Subscription } from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
import { createClient, type ServerOptions } from 'graphql-ws';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { RequestTimeout, Retryable } from 'nestjs-retryable';
import type { AdapterName } from './http.js';
import { startGraphql, type GraphqlError, type GraphqlParts } from './graphql.js';
import { Adapter, outage, secret, Upstream } from './upstream.js';

/** How many subscriptions their clients have left. */
export const left = { count: 0 };

@Resolver()
class Subscriptions {
  constructor(
    private readonly upstream: Upstream,
    private readonly adapter: Adapter,
  ) {}

  @Subscription(() => String)
  @Retryable({ context: 'operation', platform: 'meta' })
  async handler(): Promise<AsyncIterable<object>> {
    return items({ handler: await this.upstream.call() });
  }

  @Subscription(() => String)
  async service(): Promise<AsyncIterable<object>> {
    return items({ service: await this.adapter.call() });
  }

  @Subscription(() => String)
  bug(): never {
    throw new TypeError(secret);
  }

  @Subscription(() => String)
  missing(): never {
    throw new NotFoundException('no such campaign');
  }

  @Subscription(() => String)
  first(): AsyncIterable<object> {
    return items(outage());
  }

  @Subscription(() => String)
  later(): AsyncIterable<object> {
    return items({ later: 'one' }, outage());
  }

  @Subscription(() => String)
  mistake(): AsyncIterable<object> {
    return items(new TypeError(secret));
  }

  @Subscription(() => String)
  own(): AsyncIterable<object> {
    return items(new GraphQLError('over budget', { extensions: { code: 'OVER_BUDGET' } }));
  }

  @Subscription(() => String, { filter: () => true })
  filtered(): AsyncIterable<object> {
    return items({ filtered: 'one' }, outage());
  }

  @Subscription(() => String, { filter: () => refused() })
  chosen(): AsyncIterable<object> {
    return items({ chosen: 'one' });
  }

  @Subscription(() => String)
  endless(): AsyncIterableIterator<object> {
    const result = { done: false, value: { endless: 'one' } };
    const results = [Promise.resolve(result)];
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () => results.shift() ?? new Promise(() => undefined),
      async return() {
        left.count += 1;
        return { done: true, value: undefined };
      },
    };
  }

  @Query(() => String, { nullable: true })
  @RequestTimeout(20)
  slow(): Promise<string> {
    return new Promise(() => undefined);
  }
}

function refused(): never {
  throw outage();
}

async function* items(...values: object[]): AsyncGenerator<object> {
  for (const value of values) {
    if (value instanceof Error) throw value;
    yield value;
  }
}

type Hooks = Pick<ServerOptions, 'onError' | 'onNext'>;

export interface Received {
  readonly data?: unknown;
  readonly errors?: readonly GraphqlError[];
}

/** An application with subscriptions, and what its client gets until the server has done. */
export async function startSubscriptions(
  adapter: AdapterName,
  parts: GraphqlParts = {},
  acceptLanguage = 'zh-CN',
  hooks?: Hooks,
) {
  const subscriptions = { 'graphql-ws': hooks ?? true };
  const app = await startGraphql(
    { ...parts, providers: [Subscriptions], driver: { subscriptions, ...parts.driver } },
    adapter,
  );
  class Socket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { headers: { 'accept-language': acceptLanguage } });
    }
  }
  const url = `${app.url.replace('http', 'ws')}/graphql`;
  const client = createClient({ url, webSocketImpl: Socket, retryAttempts: 0 });
  onTestFinished(async () => client.dispose());
  const subscribe = async (query: string): Promise<Received[]> => {
    const received: Received[] = [];
    try {
      for await (const item of client.iterate({ query })) received.push(item as Received);
    } catch (errors) {
      received.push({ errors: errors as GraphqlError[] });
    }
    return received;
  };
  return { ...app, client, subscribe };
}
