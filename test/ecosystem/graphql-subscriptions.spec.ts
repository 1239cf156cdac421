import type { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { graphqlErrorFormatter, type ErrorResponse } from 'nestjs-retryable';
import { unhandled } from '../support/outcomes.js';
import { adapterNames } from './support/http.js';
import { exhausted, expectNoLeak, unknown } from './support/standard-json.js';
import { left, startSubscriptions as start, type Received } from './support/subscriptions.js';
import { secret } from './support/upstream.js';

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

  it.each(['subscription { chosen }', '{ campaign { spend } }'])(
    'has the formatter as a hook for what no filter sees: %s',
    async (query) => {
      const format = graphqlErrorFormatter();
      const formatted = (errors: readonly GraphQLError[]) =>
        errors.map((error) => format(error.toJSON(), error));
      const { subscribe } = await start(adapter, {}, 'zh-CN', {
        onError: (_context, _id, _payload, errors) => formatted(errors),
        onNext: (_context, _id, _payload, _args, { errors, data = null }) =>
          errors && { data, errors: formatted(errors) },
      });
      const failure = (await subscribe(query)).pop();
      expectNoLeak(failure);
      expect(failure?.errors).toMatchObject([{ extensions: { code: 'PLATFORM_SERVICE_ERROR' } }]);
    },
  );

  it('ends when its client leaves', async () => {
    left.count = 0;
    const { client } = await start(adapter);
    for await (const _ of client.iterate({ query: 'subscription { endless }' })) break;
    await expect.poll(() => left.count).toBe(1);
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
