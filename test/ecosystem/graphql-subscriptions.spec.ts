import { NotFoundException } from '@nestjs/common';
import { Query, Resolver, Subscription } from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
import { createClient } from 'graphql-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { RequestTimeout, Retryable, type ErrorResponse } from 'nestjs-retryable';
import { adapterNames, type AdapterName } from './support/http.js';
import { startGraphql, type GraphqlError, type GraphqlParts } from './support/graphql.js';
import { unhandled } from '../support/outcomes.js';
import { exhausted, expectNoLeak, unknown } from './support/standard-json.js';
import { Adapter, outage, secret, Upstream } from './support/upstream.js';

let left = 0;

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
        left += 1;
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

async function* items(...values: object[]): AsyncGenerator<object> {
  for (const value of values) {
    if (value instanceof Error) throw value;
    yield value;
  }
}

interface Received {
  readonly data?: unknown;
  readonly errors?: readonly GraphqlError[];
}

/** What a client gets, until the server has done. */
async function start(adapter: AdapterName, parts: GraphqlParts = {}, acceptLanguage = 'zh-CN') {
  const subscriptions = { 'graphql-ws': true };
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

/** The error is the standard JSON in `extensions`, and nothing else. */
function expectStandard(received: Received | undefined, json: unknown): void {
  expectNoLeak(received);
  const { error } = json as ErrorResponse;
  expect(received?.errors).toHaveLength(1);
  expect(received?.errors?.[0]).toMatchObject({ message: error.message });
  const extensions = { ...(json as ErrorResponse), code: error.type };
  expect(received?.errors?.[0]?.extensions).toEqual(extensions);
}

/** The JSON of an outage that was not retried. */
const unretried = (context: string) => ({
  ...exhausted(context),
  retry_allowed: true,
});

describe.each(adapterNames)('a subscription on %s', (adapter) => {
  it.each(['handler', 'service'])('is retried until it has begun: %s', async (way) => {
    const { subscribe, upstream } = await start(adapter, { failures: 2 });
    expect(await subscribe(`subscription { ${way} }`)).toEqual([{ data: { [way]: 'answer 3' } }]);
    expect(upstream.calls).toBe(3);
  });

  it.each(['handler', 'service'])('gives the standard JSON otherwise: %s', async (way) => {
    const rejections = unhandled();
    const { subscribe, upstream, lines } = await start(adapter);
    const [failure, ...more] = await subscribe(`subscription { ${way} }`);
    expectStandard(failure, exhausted());
    expect(more).toEqual([]);
    expect(upstream.calls).toBe(4);
    expect(lines.of('operation_error')).toHaveLength(1);
    expect(rejections).toEqual([]);
  });

  it('gives a mistake of ours in the same shape', async () => {
    const { subscribe } = await start(adapter);
    const [failure] = await subscribe('subscription { bug }');
    expectStandard(failure, unknown('Subscription.bug'));
  });

  it("keeps the application's own word", async () => {
    const { subscribe } = await start(adapter);
    const [failure] = await subscribe('subscription { missing }');
    expect(failure?.errors).toMatchObject([
      { message: 'no such campaign', extensions: { code: 'NOT_FOUND', status: 'error' } },
    ]);
    expect(await subscribe('subscription { own }')).toMatchObject([
      { errors: [{ message: 'over budget', extensions: { code: 'OVER_BUDGET' } }] },
    ]);
  });

  it.each(['first', 'later', 'filtered'])(
    'ends by the standard JSON where it fails after it has begun: %s',
    async (way) => {
      const { subscribe, lines } = await start(adapter);
      const received = await subscribe(`subscription { ${way} }`);
      expectStandard(received.pop(), unretried(`Subscription.${way}`));
      expect(received).toEqual(way === 'first' ? [] : [{ data: { [way]: 'one' } }]);
      expect(lines.of('operation_error')).toMatchObject([{ context: `Subscription.${way}` }]);
      expect(lines.at('error')).toHaveLength(1);
    },
  );

  it('speaks the language of who has opened the WebSocket', async () => {
    const { subscribe } = await start(adapter, {}, 'en');
    for (const query of ['subscription { later }', 'subscription { bug }']) {
      const failure = (await subscribe(query)).pop();
      expect(failure?.errors?.[0]?.message).toMatch(/^[A-Z][\x20-\x7e]+$/);
    }
  });

  it.each([
    [false, 'later'],
    ['service-errors', 'mistake'],
  ] as const)('is left to the server where the filter is not for it: %s', async (filter, way) => {
    const { subscribe } = await start(adapter, { options: { filter } });
    const failure = (await subscribe(`subscription { ${way} }`)).pop();
    expect(failure).toEqual({ errors: [{ message: secret }] });
  });

  it('ends when its client leaves', async () => {
    left = 0;
    const { client } = await start(adapter);
    for await (const _ of client.iterate({ query: 'subscription { endless }' })) break;
    await expect.poll(() => left).toBe(1);
  });
});

describe.each(adapterNames)('a query over the WebSocket on %s', (adapter) => {
  it('has the standard JSON and its limit', async () => {
    const { subscribe } = await start(adapter);
    const [failure] = await subscribe('{ queryAbove }');
    expectStandard(failure, exhausted());
    const [late] = await subscribe('{ slow }');
    expect(late?.errors).toMatchObject([{ extensions: { code: 'TIMEOUT' } }]);
  });
});
