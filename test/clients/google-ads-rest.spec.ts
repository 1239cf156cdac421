import axios from 'axios';
import { Customer, GoogleAdsApi } from 'google-ads-api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { classifyError } from '../../lib/index.js';
import { failureOf } from '../support/calls.js';
import { closedPort } from '../unit/classify/loopback.js';
import { BROKEN, REFUSED } from '../unit/classify/verdict.js';
import {
  half,
  hang,
  json,
  page,
  reset,
  startHttpServer,
  type HttpServer,
  type Reply,
} from './support/http-server.js';
import {
  after,
  expectVerdict,
  INVALID_INPUT,
  NO_ANSWER,
  PERMISSION_DENIED,
  SERVICE_FAILED,
  THROTTLED,
  TOKEN_EXPIRED,
  TOKEN_INVALID,
  type Expected,
} from './support/verdict.js';

let server: HttpServer;
let origin: string;

beforeAll(async () => {
  server = await startHttpServer();
  // The SDK has neither an option for the address nor one for the token.
  Object.assign(Customer.prototype, { getAccessToken: async () => 'the-token' });
  axios.interceptors.request.use((config) => {
    const url = config.url?.replace('https://googleads.googleapis.com', origin);
    return Object.assign(config, { url });
  });
});

afterEach(() => {
  delete axios.defaults.timeout;
});

afterAll(async () => {
  axios.interceptors.request.clear();
  await server.close();
});

const customer = new GoogleAdsApi({
  client_id: 'id',
  client_secret: 'secret',
  developer_token: 'developer',
}).Customer({ customer_id: '1', refresh_token: 'refresh' });

type Query = () => Promise<unknown>;

const GAQL = 'SELECT campaign.id FROM campaign';

/** The ways to read, each with its own handling of errors. */
const STREAMS: Readonly<Record<string, Query>> = {
  query: () => customer.query(GAQL),
  queryStream: () => endOf(customer.queryStream(GAQL)),
};
const PAGES: Readonly<Record<string, Query>> = {
  'query with pages': () => customer.query(GAQL, { search_settings: {} }),
};

async function endOf(rows: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of rows);
}

/** How an API answers an error: in a list where the rows would have been a stream. */
function answer(status: number, error: object, isStream: boolean): Reply {
  const body = { error: { code: status, ...error } };
  return json(status, isStream ? [body] : body);
}

function failure(errorCode: Record<string, string>, message: string, details?: object) {
  const type = 'type.googleapis.com/google.ads.googleads.v25.errors.GoogleAdsFailure';
  const errors = [{ errorCode, message, details }];
  return { message: 'x', details: [{ '@type': type, errors, requestId: 'REQ123' }] };
}

const errorInfo = (reason: string) => ({
  status: 'UNAUTHENTICATED',
  message: 'x',
  details: [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' },
  ],
});

const words = 'Too many requests. Retry in 900 seconds.';
const quota = failure({ quotaError: 'RESOURCE_EXHAUSTED' }, words, {
  quotaErrorDetails: { rateName: 'r', retryDelay: '900s' },
});

function failureOfQuery(query: Query, reply: Reply, url = server.url): Promise<unknown> {
  origin = url;
  server.answerWith(reply);
  return failureOf(query());
}

describe.each(Object.entries({ ...STREAMS, ...PAGES }))('an error of %s', (name, query) => {
  const isStream = name in STREAMS;
  const failed = failureOfQuery.bind(undefined, query);

  it.each<readonly [string, number, object, Expected]>([
    [
      'a token that has expired',
      401,
      failure({ authenticationError: 'OAUTH_TOKEN_EXPIRED' }, 'x'),
      TOKEN_EXPIRED,
    ],
    [
      'a token that was revoked',
      401,
      failure({ authenticationError: 'OAUTH_TOKEN_REVOKED' }, 'x'),
      TOKEN_INVALID,
    ],
    [
      'a customer of somebody else',
      403,
      failure({ authorizationError: 'USER_PERMISSION_DENIED' }, 'x'),
      PERMISSION_DENIED,
    ],
    ['a limit, of whose wait the SDK leaves the words', 429, quota, after(900, THROTTLED)],
    [
      'a query that is wrong',
      400,
      failure({ queryError: 'UNRECOGNIZED_FIELD' }, 'x'),
      INVALID_INPUT,
    ],
    [
      'a failure that passes',
      500,
      failure({ internalError: 'TRANSIENT_ERROR' }, 'x'),
      SERVICE_FAILED,
    ],
    [
      'a token that has expired, before the API',
      401,
      errorInfo('ACCESS_TOKEN_EXPIRED'),
      TOKEN_EXPIRED,
    ],
    ['an API that is not enabled', 403, errorInfo('SERVICE_DISABLED'), PERMISSION_DENIED],
  ])('says what Google Ads said: %s', async (_, status, error, verdict) => {
    expectVerdict(await failed(answer(status, error, isStream)), 'google', verdict);
  });

  it('leaves open what happened where the connection is reset', async () => {
    expectVerdict(await failed(reset), 'google', BROKEN);
  });

  it('says that nothing was sent where nobody listens', async () => {
    const error = await failed(hang, `http://127.0.0.1:${await closedPort()}`);
    expectVerdict(error, 'google', REFUSED);
  });

  it('is a time-out after a limit of axios', async () => {
    axios.defaults.timeout = 20;
    expectVerdict(await failed(hang), 'google', NO_ANSWER);
  });
});

const STATUSES: readonly (readonly [number, string, Expected])[] = [
  [401, 'UNAUTHENTICATED', TOKEN_INVALID],
  [403, 'PERMISSION_DENIED', PERMISSION_DENIED],
  [429, 'RESOURCE_EXHAUSTED', THROTTLED],
  [503, 'UNAVAILABLE', SERVICE_FAILED],
];

describe.each(Object.entries(STREAMS))('an error of %s', (_, query) => {
  const failed = failureOfQuery.bind(undefined, query);

  it.each([200, 503])('leaves open what happened before a page came: %i', async (status) => {
    expectVerdict(await failed(page(status)), 'google', SERVICE_FAILED);
  });

  it('leaves it open where the answer breaks off', async () => {
    expectVerdict(await failed(half), 'google', BROKEN);
  });

  // The SDK makes it the cause of an error that has only its words.
  it.each(STATUSES)(
    'says what Google Ads said without details: %i',
    async (code, status, verdict) => {
      const error = await failed(answer(code, { status, message: 'words' }, true));
      expectVerdict(error, 'google', verdict);
    },
  );

  it('leaves open what happened before JSON came that is none of Google Ads', async () => {
    expectVerdict(await failed(json(503, { message: 'words' })), 'google', SERVICE_FAILED);
  });
});

describe.each(Object.entries(PAGES))('an error of %s', (_, query) => {
  it.each<readonly [string, Reply]>([
    ...STATUSES.map(
      ([code, status]) =>
        [`${code} without details`, answer(code, { status, message: 'x' }, false)] as const,
    ),
    ['a page', page(503)],
    ['an answer that breaks off', half],
  ])('is not recognised where the SDK stumbles over %s', async (_, reply) => {
    const error = await failureOfQuery(query, reply);
    expect(error).toBeInstanceOf(TypeError);
    expect(classifyError(error, { platform: 'google' })).toBeUndefined();
  });
});
