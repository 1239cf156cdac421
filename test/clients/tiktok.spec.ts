import { ApiClient, CampaignCreationApi } from 'tiktok-business-api-sdk-official';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifyError } from '../../lib/index.js';
import { closedPort } from '../unit/classify/loopback.js';
import { BROKEN, REFUSED } from '../unit/classify/verdict.js';
import {
  half,
  hang,
  json,
  page,
  reset,
  startHttpServer,
  text,
  type HttpServer,
  type Reply,
} from './support/http-server.js';
import {
  after,
  CREATIVE_REJECTED,
  expectVerdict,
  INVALID_INPUT,
  NO_ANSWER,
  PERMISSION_DENIED,
  QUOTA_USED_UP,
  SERVICE_BUSY,
  SERVICE_FAILED,
  THROTTLED,
  TOKEN_EXPIRED,
  TOKEN_INVALID,
  type Expected,
} from './support/verdict.js';

let server: HttpServer;

beforeAll(async () => {
  server = await startHttpServer();
});

afterAll(() => server.close());

interface Outcome {
  readonly error: Error | null;
  readonly data: unknown;
  readonly response: unknown;
}

/** The three arguments of the SDK's callback. */
function outcomeOf(reply: Reply, basePath = server.url, timeout = 60_000): Promise<Outcome> {
  server.answerWith(reply);
  Object.assign(ApiClient.instance, { basePath, timeout });
  return new Promise((resolve) => {
    new CampaignCreationApi().campaignCreate('the-token', { body: {} }, (error, data, response) =>
      resolve({ error, data, response }),
    );
  });
}

async function errorOf(...args: Parameters<typeof outcomeOf>): Promise<Error | null> {
  return (await outcomeOf(...args)).error;
}

/** What the API answers, with the status 200. */
function answer(code: number, message = 'words'): Reply {
  return json(200, { code, message, request_id: '202611230001', data: {} });
}

describe('what TikTok says by its code, with the status 200', () => {
  const busy = 'Too many requests, App reaches the QPM limit 600';
  const daily = 'The QPD limit of the app is reached';

  it.each<readonly [string, number, string, Expected]>([
    ['a token that has expired', 40102, 'The access token has expired.', TOKEN_EXPIRED],
    [
      'a token that was revoked',
      40105,
      'Access token is incorrect or has been revoked.',
      TOKEN_INVALID,
    ],
    ['a token that is missing', 40104, 'Access token is empty', TOKEN_INVALID],
    [
      'a permission that is missing',
      40001,
      'No permission to operate advertiser: 1',
      PERMISSION_DENIED,
    ],
    ['the same by the code of wrong input', 40002, 'No permission to operate', PERMISSION_DENIED],
    ['a wrong parameter', 40002, 'name: Missing data for required field.', INVALID_INPUT],
    ['a picture that is not allowed', 40904, 'Illegal image', CREATIVE_REJECTED],
    ['a limit a second', 40100, 'Too many requests, App reaches the QPS limit 20', THROTTLED],
    ['a limit a minute', 40100, busy, after(300, THROTTLED)],
    ['a limit a day', 40100, daily, QUOTA_USED_UP],
    ['a limit by the code of an expired token', 40102, 'Requests made too frequently', THROTTLED],
    ['a write that met another', 40202, 'Write conflict', SERVICE_BUSY],
    ['a failure of the system', 50000, 'System error.', SERVICE_FAILED],
    ['a backend that timed out', 51010, 'Internal time out', NO_ANSWER],
    ['maintenance', 60001, 'Maintenance', SERVICE_FAILED],
    [
      'a success in part',
      20001,
      'Partial success',
      ['VALIDATION_ERROR', 'final', 'may have executed'],
    ],
    ['a code that nobody knows', 47777, 'x', ['AD_PLATFORM_ERROR', 'final', 'may have executed']],
  ])('is understood from the words that the SDK throws: %s', async (_, code, words, verdict) => {
    const { error, data, response } = await outcomeOf(answer(code, words));
    expectVerdict(error, 'tiktok', verdict);
    // Who wraps the SDK may throw the answer instead.
    expectVerdict(data, 'tiktok', verdict);
    expectVerdict(response, 'tiktok', verdict);
  });

  it('is nothing where the campaign was created', async () => {
    const { error, data } = await outcomeOf(answer(0, 'OK'));
    expect(error).toBeNull();
    expect(classifyError(data, { platform: 'tiktok' })).toBeUndefined();
  });

  it('has words with line breaks, and the names of other fields, in them', async () => {
    const words = 'first line\nsecond line code: 40102 message: x';
    const error = await errorOf(answer(40105, words));
    expectVerdict(error, 'tiktok', TOKEN_INVALID);
  });

  it('counts also with another status', async () => {
    const body = { code: 40105, message: 'x', request_id: '1' };
    expectVerdict(await errorOf(json(401, body)), 'tiktok', TOKEN_INVALID);
    expectVerdict(await errorOf(json(500, { ...body, code: 40100 })), 'tiktok', THROTTLED);
  });
});

describe('a failure of which TikTok says nothing', () => {
  it.each<readonly [string, Reply, Expected]>([
    ['a page with the status 200', page(200), SERVICE_FAILED],
    ['a page with the status 503', page(503, { 'retry-after': '30' }), after(30, SERVICE_FAILED)],
    ['a page with the status 504', page(504), SERVICE_FAILED],
    ['a page with the status 429', page(429, { 'retry-after': '30' }), after(30, THROTTLED)],
    ['JSON of a gateway', json(503, { message: 'x' }), SERVICE_FAILED],
    ['a token that a gateway refused', page(401), TOKEN_INVALID],
    ['a path that does not exist', page(404), INVALID_INPUT],
    ['a connection that is reset', reset, BROKEN],
    ['an answer that breaks off', half, BROKEN],
    ['JSON that breaks off', text(200, '{"code":'), SERVICE_FAILED],
    ['JSON that is none of TikTok', json(200, {}), SERVICE_FAILED],
  ])('leaves open what happened, unless it was refused: %s', async (_, reply, verdict) => {
    expectVerdict(await errorOf(reply), 'tiktok', verdict);
  });

  it.each<readonly [string, Reply]>([
    ['no body', (response) => response.writeHead(204).end()],
    ['an empty body', text(200, '')],
  ])('is not recognised where the SDK stumbles over %s', async (_, reply) => {
    const error = await errorOf(reply);
    expect(error).toBeInstanceOf(TypeError);
    expect(classifyError(error, { platform: 'tiktok' })).toBeUndefined();
  });

  it('has not executed where nobody listens', async () => {
    const error = await errorOf(hang, `http://127.0.0.1:${await closedPort()}`);
    expectVerdict(error, 'tiktok', REFUSED);
  });

  it('leaves it open after the time limit of the SDK', async () => {
    expectVerdict(await errorOf(hang, server.url, 20), 'tiktok', NO_ANSWER);
  });
});
