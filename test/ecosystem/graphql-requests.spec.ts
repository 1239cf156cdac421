import { Mutation, Query, Resolver } from '@nestjs/graphql';
import { describe, expect, it } from 'vitest';
import {
  currentAttempt,
  graphqlErrorFormatter,
  RequestTimeout,
  Retryable,
  type ErrorResponse,
} from 'nestjs-retryable';
import { failureOf } from '../support/calls.js';
import { moment, type Moment } from '../support/time.js';
import { adapterNames } from './support/http.js';
import { startGraphql, type GraphqlAnswer, type GraphqlParts } from './support/graphql.js';
import { exhausted, expectNoLeak, unknown } from './support/standard-json.js';
import { outage, secret } from './support/upstream.js';

let calls: string[] = [];
let ended: unknown[] = [];
let entered: Moment = moment();

@Resolver()
class Fields {
  @Query(() => String, { nullable: true })
  @Retryable({ context: 'recovers', platform: 'meta' })
  async recovers(): Promise<string> {
    calls.push('recovers');
    if (calls.filter((name) => name === 'recovers').length < 3) throw outage();
    return 'well';
  }

  @Query(() => String, { nullable: true })
  @Retryable({ context: 'fails', platform: 'meta' })
  async fails(): Promise<string> {
    calls.push('fails');
    throw outage();
  }

  @Query(() => String, { nullable: true })
  word(): never {
    // oxlint-disable-next-line typescript/only-throw-error -- that is what is tested
    throw secret;
  }

  @Mutation(() => String, { nullable: true })
  @Retryable({ context: 'writes', platform: 'meta', idempotent: false })
  async writes(): Promise<string> {
    calls.push('writes');
    throw outage();
  }

  @Query(() => String, { nullable: true })
  @Retryable({ context: 'hangs', platform: 'meta' })
  hangs(): Promise<string> {
    const signal = currentAttempt()?.signal;
    signal?.addEventListener('abort', () => ended.push(signal.reason));
    return new Promise(() => undefined);
  }

  @Query(() => String, { nullable: true })
  @RequestTimeout(600_000)
  @Retryable({ context: 'left', platform: 'meta' })
  left(): Promise<string> {
    entered.reach();
    return this.hangs();
  }

  @Query(() => String, { nullable: true })
  @RequestTimeout(20)
  bareHangs(): Promise<string> {
    return new Promise(() => undefined);
  }

  @Mutation(() => String, { nullable: true })
  @RequestTimeout(20)
  writeHangs(): Promise<string> {
    return new Promise(() => undefined);
  }
}

describe.each(adapterNames)('a GraphQL request on %s', (adapter) => {
  const start = (parts: GraphqlParts = {}) => {
    calls = [];
    ended = [];
    entered = moment();
    return startGraphql({ providers: [Fields], ...parts }, adapter);
  };

  it.each(['{ queryAbove }', 'mutation { mutationService }'])(
    'is answered by the standard JSON in extensions: %s',
    async (query) => {
      const { ask, lines } = await start();
      const { errors, status, text } = await ask(query);
      const { error } = exhausted() as ErrorResponse;
      expect(errors).toMatchObject([
        { message: error.message, extensions: { ...exhausted(), code: error.type } },
      ]);
      expect(status).toBe(200);
      expectNoLeak(text);
      expect(lines.of('operation_error')).toHaveLength(1);
    },
  );

  it('has the status of the JSON where the driver leaves it so', async () => {
    const { ask } = await start({ driver: { preserveHttpStatusForExecutionErrors: false } });
    const { status, headers } = await ask('{ queryAbove }');
    expect([status, headers.get('retry-after')]).toEqual([502, '30']);
    expect((await ask('{ missing }')).status).toBe(404);
  });

  it('has each of its fields retried on its own', async () => {
    const { ask, lines } = await start();
    const { data, errors, text } = await ask('{ recovers fails }');
    expect(data).toEqual({ recovers: 'well', fails: null });
    expect(errors).toMatchObject([
      { path: ['fails'], extensions: { error: { context: 'fails' } } },
    ]);
    expect(calls.filter((name) => name === 'recovers')).toHaveLength(3);
    expect(calls.filter((name) => name === 'fails')).toHaveLength(4);
    expectNoLeak(text);
    expect(lines.of('operation_error')).toMatchObject([{ context: 'fails' }]);
  });

  it('repeats none of its writes whose outcome is not known', async () => {
    const { ask } = await start();
    const { errors } = await ask('mutation { one: writes two: writes }');
    expect(errors).toMatchObject([
      { path: ['one'], extensions: { code: 'OUTCOME_UNKNOWN', retry_allowed: false } },
      { path: ['two'], extensions: { code: 'OUTCOME_UNKNOWN', retry_allowed: false } },
    ]);
    expect(calls).toEqual(['writes', 'writes']);
  });

  it('of several in one has each answered on its own', async () => {
    const { get } = await start({ driver: { allowBatchedHttpRequests: true } });
    const { json, text } = await get('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ query: '{ recovers }' }, { query: '{ fails }' }]),
    });
    const [well, failed] = json as GraphqlAnswer[];
    expect(well).toEqual({ data: { recovers: 'well' } });
    expect(failed?.errors).toMatchObject([{ extensions: { code: 'PLATFORM_SERVICE_ERROR' } }]);
    expectNoLeak(text);
  });

  it('has the standard JSON for a field that throws no error at all', async () => {
    const { ask } = await start();
    const { errors, text } = await ask('{ word }');
    expect(errors).toMatchObject([{ extensions: unknown('Query.word') }]);
    expectNoLeak(text);
  });

  it.each(['spend', 'clicks'])('has the formatter for its field resolvers: %s', async (field) => {
    const { ask } = await start({ driver: { formatError: graphqlErrorFormatter() } });
    const { errors, text } = await ask(`{ campaign { ${field} } }`);
    expect(errors).toMatchObject([{ extensions: exhausted() }]);
    expectNoLeak(text);
  });

  it('ends with its limit, and so do the calls of its fields', async () => {
    const { ask } = await start({ options: { requestTimeout: 20 } });
    const { errors } = await ask('{ hangs }');
    expect(errors).toMatchObject([
      { path: ['hangs'], extensions: { code: 'TIMEOUT', error: { context: 'hangs' } } },
    ]);
    expect(ended).toMatchObject([{ type: 'TIMEOUT' }]);
  });

  it('ends with its client where it has a limit', async () => {
    // On Fastify Nest's own context holds no response.
    const context = (req: object, res?: object) => ({ req, res });
    const { get } = await start(adapter === 'Fastify 5' ? { driver: { context } } : {});
    const client = new AbortController();
    const left = get('/graphql?query={left}', {
      headers: { 'apollo-require-preflight': 'yes' },
      signal: client.signal,
    });
    await entered.reached;
    client.abort();
    await failureOf(left);
    await expect.poll(() => ended).toMatchObject([{ type: 'CANCELLED' }]);
  });

  it.each([
    ['{ bareHangs }', 'Query.bareHangs', true],
    ['mutation { writeHangs }', 'Mutation.writeHangs', false],
  ])(
    'offers a retry of what it cuts where that writes nothing: %s',
    async (query, context, may) => {
      const { ask } = await start();
      const { errors } = await ask(query);
      expect(errors).toMatchObject([
        { extensions: { code: 'TIMEOUT', error: { context }, retry_allowed: may } },
      ]);
    },
  );
});
