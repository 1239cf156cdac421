import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifyError } from '../../../lib/index.js';
import {
  chainOf,
  headerReader,
  httpFailureOf,
  innerErrors,
} from '../../../lib/classify/failure.js';
import { HOSTILE_OBJECTS } from '../errors/hostile.js';
import { startFaultyServer, type FaultyServer } from './loopback.js';

let server: FaultyServer;

beforeAll(async () => {
  server = await startFaultyServer();
});

afterAll(() => server.close());

/** How the libraries that wrap fetch put its response on their errors. */
const wrappers: Readonly<Record<string, (response: Response) => unknown>> = {
  'the thrown response itself': (response) => response,
  'ky: response': (response) => Object.assign(new Error('x'), { name: 'HTTPError', response }),
  'ofetch: response, status, statusCode': (response) =>
    Object.assign(new Error('x'), {
      response,
      status: response.status,
      statusCode: response.status,
    }),
  'an SDK: status and headers': ({ status, headers }) =>
    Object.assign(new Error('x'), { status, headers }),
  'superagent: response with plain headers': ({ status, headers }) =>
    Object.assign(new Error('x'), {
      status,
      response: { status, headers: Object.fromEntries(headers) },
    }),
  'got: statusCode and lists of headers': ({ status, headers }) =>
    Object.assign(new Error('x'), {
      response: {
        statusCode: status,
        headers: Object.fromEntries([...headers].map(([key, value]) => [key, [value]])),
      },
    }),
  'headers in any case': ({ status }) =>
    Object.assign(new Error('x'), { response: { status, headers: { 'Retry-After': 7 } } }),
  'a cause': (response) => new Error('x', { cause: Object.assign(new Error('y'), { response }) }),
};

describe.each(Object.entries(wrappers))('an HTTP response behind an error (%s)', (_, wrap) => {
  it.each([
    [429, 'API_RATE_LIMIT'],
    [500, 'PLATFORM_SERVICE_ERROR'],
    [503, 'PLATFORM_SERVICE_ERROR'],
  ])('of the status %i is found with its wait', async (status, type) => {
    const error = wrap(await fetch(server.url(String(status))));
    expect(classifyError(error, { platform: 'meta' })).toMatchObject({
      type,
      retryAfter: 7,
      cause: error,
    });
  });
});

describe('an HTTP status', () => {
  it.each([200, 304, 399, 600, 1000, -400, 404.5, '503', Number.NaN, null])(
    'of %s is none of a failure',
    (status) => {
      expect(httpFailureOf(Object.assign(new Error('x'), { status }))).toBeUndefined();
      expect(httpFailureOf({ response: { status } })).toBeUndefined();
    },
  );

  it('of an object that is neither an error nor a response says nothing', () => {
    expect(httpFailureOf({ status: 503 })).toBeUndefined();
    expect(httpFailureOf({ statusCode: 404, name: 'a row of a table' })).toBeUndefined();
    expect(httpFailureOf('503')).toBeUndefined();
  });

  it('of the response is believed before one of the error', () => {
    const error = Object.assign(new Error('x'), { status: 400, response: { status: 503 } });
    expect(httpFailureOf(error)?.status).toBe(503);
  });
});

describe('the chain of causes', () => {
  const chain = (error: unknown) => [...chainOf(error)];

  it('goes from the outermost to the first cause, and ends where it turns back', () => {
    const first = new Error('first');
    const outer = new Error('outer', { cause: first });
    expect(chain(outer)).toEqual([outer, first]);
    first.cause = outer;
    expect(chain(outer)).toEqual([outer, first]);
  });

  it('is followed eight errors deep', () => {
    let error = Object.assign(new Error('0'), { code: 'ECONNREFUSED' });
    for (let depth = 1; depth <= 7; depth++) {
      error = Object.assign(new Error(String(depth), { cause: error }), { code: '' });
    }
    expect(classifyError(error)?.type).toBe('CONNECTION_FAILED');
    expect(classifyError(new Error('8', { cause: error }))).toBeUndefined();
  });

  it.each([undefined, null, 'text', 5])('of %s is empty', (value) => {
    expect(chain(value)).toEqual([]);
  });

  it.each(HOSTILE_OBJECTS)('is short with $what', ({ value }) => {
    expect(chain(value).length).toBeLessThanOrEqual(8);
  });
});

describe('a header', () => {
  const name = 'x-business-use-case-usage';

  it.each([
    ['an object', { [name]: 'v' }],
    ['an object with capitals', { 'X-Business-Use-Case-Usage': 'v' }],
    ['a list of values', { [name]: ['v', 'w'] }],
    ['Headers', new Headers({ [name]: 'v' })],
    ['a Map', new Map([[name, 'v']])],
    [
      'a list of names and values',
      [
        { name: 'A', value: 'b' },
        { name: name.toUpperCase(), value: 'v' },
      ],
    ],
    [
      'a list of pairs',
      [
        ['A', 'b'],
        ['X-Business-Use-Case-Usage', 'v'],
      ],
    ],
    ['raw headers', ['A', 'b', 'X-Business-Use-Case-Usage', 'v']],
  ])('is found in %s', (_, headers) => {
    const header = headerReader(headers);
    expect(header(name)).toBe('v');
    expect(header('retry-after')).toBeUndefined();
  });

  it.each([undefined, null, 'text', 5, [], [null], [[]], {}, { get: 5 }])(
    'is none where there are none: %j',
    (headers) => {
      expect(headerReader(headers)(name)).toBeUndefined();
    },
  );
});

describe('the errors that one sums up', () => {
  it('are ten at most, and only in a list', () => {
    const errors = Array.from({ length: 50 }, () => new Error('x'));
    expect(innerErrors(new AggregateError(errors))).toEqual({
      errors: errors.slice(0, 10),
      areAll: false,
    });
    expect(innerErrors(new AggregateError(errors.slice(0, 10))).areAll).toBe(true);
    const none = { errors: [], areAll: true };
    expect(innerErrors(Object.assign(new Error('x'), { errors: 'text' }))).toEqual(none);
    expect(innerErrors({ errors })).toEqual(none);
  });
});
