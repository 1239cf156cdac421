import { describe, expect, it } from 'vitest';
import { LoggerModule } from 'nestjs-pino';
import { graphqlErrorFormatter, type ErrorResponse } from 'nestjs-retryable';
import { startGraphql, type GraphqlError } from './support/graphql.js';
import { unhandled } from '../support/outcomes.js';
import { exhausted, expectNoLeak, unknown } from './support/standard-json.js';

const operations = [
  ['query', '{ result: queryAbove }'],
  ['query, decorated below', '{ result: queryBelow }'],
  ['query of an Observable', '{ result: queryObservable }'],
  ['query, decorated service', '{ result: queryService }'],
  ['mutation', 'mutation { result: mutationHandler }'],
  ['mutation, decorated service', 'mutation { result: mutationService }'],
] as const;

// Nest runs no filters for these, unless it is told to.
const fields = [
  ['field resolver', '{ campaign { result: spend } }'],
  ['field resolver, decorated service', '{ campaign { result: clicks } }'],
] as const;

const ways = [...operations, ...fields];

/** The error is the standard JSON: its message, and the rest in `extensions`. */
function expectStandard(errors: GraphqlError[] | undefined, json: unknown): void {
  const { error } = json as ErrorResponse;
  expect(errors).toHaveLength(1);
  const [{ message, extensions } = { message: '' }] = errors ?? [];
  expectNoLeak(errors);
  expect(message).toBe(error.message);
  const { stacktrace: _, ...rest } = extensions ?? {};
  expect(rest).toEqual({ ...(json as ErrorResponse), code: error.type });
}

/** No frames of a stack trace, also while people develop and Apollo sends `stacktrace`. */
function expectNoStackTrace(errors: GraphqlError[] | undefined): void {
  const traces = errors?.map(({ extensions }) => JSON.stringify(extensions?.['stacktrace'] ?? []));
  for (const trace of traces ?? []) expect(trace).not.toMatch(/"\s+at /);
}

describe('a resolver', () => {
  it.each(ways)('recovers when the upstream does: %s', async (_, query) => {
    const { ask, upstream } = await startGraphql({ failures: 2 });
    const { status, text, errors } = await ask(query);
    expect(errors).toBeUndefined();
    expect(status).toBe(200);
    expect(text).toContain('"result":"answer 3"');
    expect(upstream.calls).toBe(3);
  });

  it.each(operations)('gives the standard JSON when it does not: %s', async (_, query) => {
    const rejections = unhandled();
    const { ask, upstream } = await startGraphql();
    const { errors, text } = await ask(query);
    expect(upstream.calls).toBe(4);
    expectStandard(errors, exhausted());
    expectNoStackTrace(errors);
    expectNoLeak(text);
    expect(rejections).toEqual([]);
  });

  it.each(ways)('leaves one operation_error: %s', async (_, query) => {
    const { ask, lines } = await startGraphql();
    await ask(query);
    expect(lines.of('operation_error')).toMatchObject([
      { level: 'error', context: 'operation', platform: 'meta', retry_count: 3 },
    ]);
    expect(lines.at('error')).toHaveLength(1);
  });

  it('gives a mistake of ours in the same shape', async () => {
    const { ask } = await startGraphql();
    const { errors } = await ask('{ bug }');
    expectStandard(errors, unknown());
    expectNoStackTrace(errors);
  });

  it("keeps the application's own word", async () => {
    const { ask } = await startGraphql();
    const { errors } = await ask('{ missing }');
    expect(errors).toMatchObject([
      {
        message: 'no such campaign',
        extensions: {
          status: 'error',
          code: 'NOT_FOUND',
          error: { type: 'NOT_FOUND', code: '5000' },
          retry_allowed: false,
        },
      },
    ]);
    expectNoStackTrace(errors);
  });

  it('speaks the language of the person who asks', async () => {
    const { ask } = await startGraphql();
    const { errors } = await ask('{ bug }', { 'accept-language': 'en' });
    expect(errors?.[0]?.message).toMatch(/^[A-Z][\x20-\x7e]+$/);
  });

  it('carries the id of its request in the log', async () => {
    const pinoHttp = { genReqId: () => 'request-7', level: 'silent' };
    const { ask } = await startGraphql({ imports: [LoggerModule.forRoot({ pinoHttp })] });
    const { errors } = await ask('{ queryAbove }');
    expect(errors?.[0]?.extensions).toMatchObject({ error: { request_id: 'request-7' } });
  });
});

describe('the HTTP status of a failed query', () => {
  const keepStatus = { preserveHttpStatusForExecutionErrors: false };
  const queries = ['{ queryService }', '{ queryNonNull }', '{ queryAbove }'];

  it.each(queries)('is 200 as Nest has it by default: %s', async (query) => {
    const { ask } = await startGraphql();
    expect((await ask(query)).status).toBe(200);
  });

  it.each(queries)('is that of the JSON where the driver leaves it so: %s', async (query) => {
    const { ask } = await startGraphql({ driver: keepStatus });
    expect((await ask(query)).status).toBe(502);
  });

  it('is 404 for what is not there', async () => {
    const { ask } = await startGraphql({ driver: keepStatus });
    expect((await ask('{ missing }')).status).toBe(404);
  });
});

describe('a field resolver without filters', () => {
  const start = (errors = {}) =>
    startGraphql({ driver: { formatError: graphqlErrorFormatter(errors) } });

  it.each(fields)('gives the standard JSON by the formatter: %s', async (_, query) => {
    const { ask, upstream, lines } = await start();
    const { errors, data } = await ask(query);
    expect(upstream.calls).toBe(4);
    expect(lines.of('operation_error')).toHaveLength(1);
    expect(data).toEqual({ campaign: { result: null } });
    expectStandard(errors, exhausted());
    expect(errors?.[0]?.path).toEqual(['campaign', 'result']);
    expect(errors?.[0]?.extensions).not.toHaveProperty('stacktrace');
  });

  it('leaves to the formatter what neither the filter nor the application has answered', async () => {
    const { ask } = await start();
    expectStandard((await ask('{ queryAbove }')).errors, exhausted());
    const { errors } = await ask('{ nothing }');
    expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
    expect((await ask('{ campaign { budget } }')).errors).toMatchObject([
      { message: 'over budget', extensions: { code: 'OVER_BUDGET' } },
    ]);
  });

  it('speaks the language of the options', async () => {
    const { ask } = await start({ locale: 'en' });
    const { errors } = await ask('{ campaign { spend } }');
    expect(errors?.[0]?.message).toMatch(/^[A-Z][\x20-\x7e]+$/);
  });

  it('says at boot which option is wrong', () => {
    expect(() => graphqlErrorFormatter({ locale: 'xx' })).toThrow('Expected `locale` to be');
  });
});

describe('a field resolver whose enhancers are switched on', () => {
  const start = (failures = Infinity) =>
    startGraphql({ failures, driver: { fieldResolverEnhancers: ['interceptors', 'filters'] } });

  it.each(fields)('recovers when the upstream does: %s', async (_, query) => {
    const { ask, upstream } = await start(2);
    expect((await ask(query)).text).toContain('"result":"answer 3"');
    expect(upstream.calls).toBe(3);
  });

  it.each(fields)('gives the standard JSON when it does not: %s', async (_, query) => {
    const { ask, upstream, lines } = await start();
    const { errors, data } = await ask(query);
    expect(upstream.calls).toBe(4);
    expect(lines.of('operation_error')).toHaveLength(1);
    expect(data).toEqual({ campaign: { result: null } });
    expectStandard(errors, exhausted());
    expectNoStackTrace(errors);
  });
});
