import { createRequire } from 'node:module';
import type { AxiosStatic } from 'axios';
import {
  AdAccount,
  FacebookAdsApi,
  FacebookAdsApiBatch,
  type ApiResponse,
} from 'facebook-nodejs-business-sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { classifyError, retryWithBackoff } from '../../lib/index.js';
import { failureOf } from '../support/calls.js';
import { closedPort } from '../unit/classify/loopback.js';
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
  CREATIVE_REJECTED,
  expectVerdict,
  INVALID_INPUT,
  NO_BUDGET,
  NO_ANSWER,
  PERMISSION_DENIED,
  SERVICE_FAILED,
  THROTTLED,
  TOKEN_EXPIRED,
  TOKEN_INVALID,
  type Expected,
  type Verdict,
} from './support/verdict.js';

/** The SDK forgets what happened to the connection. */
const LOST: Verdict = ['CONNECTION_FAILED', 'again', 'may have executed'];

// The SDK has no time limit of its own; this is the copy of axios that it requires.
const axios = createRequire(import.meta.url)('axios') as AxiosStatic;
const api = FacebookAdsApi.init('the-token', 'en_US', false);

let server: HttpServer;
let graph: string;

beforeAll(async () => {
  server = await startHttpServer();
  Object.defineProperty(FacebookAdsApi, 'GRAPH', { get: () => graph });
});

afterEach(() => {
  delete axios.defaults.timeout;
});

afterAll(() => server.close());

function createCampaign(reply: Reply): Promise<object> {
  graph = server.url;
  server.answerWith(reply);
  return new AdAccount('act_1').createCampaign(['id'], { name: 'Spring' });
}

interface GraphError {
  readonly code: number;
  readonly error_subcode?: number;
  readonly message?: string;
  readonly is_transient?: boolean;
}

/** What Graph API answers, with the status 400 as for most failures. */
function graphError(error: GraphError, status = 400, headers: Record<string, string> = {}): Reply {
  const body = {
    message: 'Invalid parameter',
    type: 'OAuthException',
    fbtrace_id: 'Az8',
    ...error,
  };
  return json(status, { error: body }, headers);
}

describe('what Graph API says by its code and subcode', () => {
  it.each<readonly [string, GraphError, Verdict]>([
    ['a session that has expired', { code: 190, error_subcode: 463 }, TOKEN_EXPIRED],
    ['words that say so', { code: 190, message: 'The token has expired on…' }, TOKEN_EXPIRED],
    ['a token that is revoked', { code: 190, error_subcode: 467 }, TOKEN_INVALID],
    ['a password that was changed', { code: 190, error_subcode: 460 }, TOKEN_INVALID],
    ['a scope that is missing', { code: 200 }, PERMISSION_DENIED],
    ['an app that lacks the capability', { code: 3 }, PERMISSION_DENIED],
    ['a wrong parameter', { code: 100 }, INVALID_INPUT],
    ['no payment method', { code: 100, error_subcode: 1359188 }, NO_BUDGET],
    ['content that cannot be promoted', { code: 100, error_subcode: 1487472 }, CREATIVE_REJECTED],
    ['the limit of the app', { code: 4 }, THROTTLED],
    ['the limit of the ad account', { code: 17, error_subcode: 2446079 }, THROTTLED],
    ['the limit of ads management', { code: 80004, error_subcode: 2446079 }, THROTTLED],
    ['a temporary failure', { code: 2 }, SERVICE_FAILED],
    ['what Meta calls transient', { code: 100, is_transient: true }, SERVICE_FAILED],
    ['a part of a batch that timed out', { code: 960 }, NO_ANSWER],
    [
      'a code that nobody knows',
      { code: 7777 },
      ['AD_PLATFORM_ERROR', 'final', 'may have executed'],
    ],
  ])('is understood through the SDK: %s', async (_, error, verdict) => {
    expectVerdict(await failureOf(createCampaign(graphError(error))), 'meta', verdict);
  });

  it.each([400, 401, 403, 500])('counts more than the status %i', async (status) => {
    const expired = graphError({ code: 190, error_subcode: 463 }, status);
    expectVerdict(await failureOf(createCampaign(expired)), 'meta', TOKEN_EXPIRED);
    const throttled = graphError({ code: 613 }, status);
    expectVerdict(await failureOf(createCampaign(throttled)), 'meta', THROTTLED);
  });

  it('is final where a request asks for too much', async () => {
    const message = "Please reduce the amount of data you're asking for, then retry your request";
    const error = await failureOf(createCampaign(graphError({ code: 1, message }, 500)));
    expectVerdict(error, 'meta', ['PLATFORM_SERVICE_ERROR', 'final', 'not executed']);
  });

  it('is understood in a result, which the SDK makes of an error with the status 200', async () => {
    const attempt = () => createCampaign(graphError({ code: 190, error_subcode: 463 }, 200));
    expectVerdict(await attempt(), 'meta', TOKEN_EXPIRED);
    const options = { platform: 'meta', resultErrors: true };
    await expect(retryWithBackoff(attempt, options)).rejects.toMatchObject({ code: '6001' });
  });
});

describe('the wait after a limit', () => {
  const useCases = (type: string, minutes: number) =>
    JSON.stringify({ 1: [{ type, call_count: 100, estimated_time_to_regain_access: minutes }] });
  const app = JSON.stringify({ call_count: 100, total_time: 25, total_cputime: 25 });
  const account = JSON.stringify({ acc_id_util_pct: 100, reset_time_duration: 90 });

  it.each<readonly [string, number, Record<string, string>, number | undefined]>([
    [
      'is the minutes of the use case',
      80004,
      { 'X-Business-Use-Case-Usage': useCases('ads_management', 12) },
      720,
    ],
    [
      'is that of any use case where none is named',
      17,
      { 'X-Business-Use-Case-Usage': useCases('ads_insights', 1) },
      60,
    ],
    ['is the seconds of the ad account', 613, { 'X-Ad-Account-Usage': account }, 90],
    ['is what Retry-After says', 4, { 'Retry-After': '30' }, 30],
    ['is not known by the usage of the app', 4, { 'X-App-Usage': app }, undefined],
    ['is not known by a usage that cannot be read', 17, { 'X-Ad-Account-Usage': '{' }, undefined],
  ])('%s', async (_, code, headers, wait) => {
    const error = await failureOf(createCampaign(graphError({ code }, 400, headers)));
    const throttled = wait === undefined ? THROTTLED : after(wait, THROTTLED);
    expectVerdict(error, 'meta', throttled);
  });

  it('is not read where nothing was limited, since the headers come with all answers', async () => {
    const headers = { 'X-Business-Use-Case-Usage': useCases('ads_management', 12) };
    const error = await failureOf(createCampaign(graphError({ code: 100 }, 400, headers)));
    expectVerdict(error, 'meta', INVALID_INPUT);
  });
});

describe('a failure of which Graph API says nothing', () => {
  it.each<readonly [string, Reply, Expected]>([
    ['a page with the status 503', page(503, { 'retry-after': '30' }), SERVICE_FAILED],
    ['a page with the status 502', page(502), SERVICE_FAILED],
    ['a status without a body', (response) => response.writeHead(504).end(), SERVICE_FAILED],
    [
      'JSON of a gateway',
      json(503, { message: 'x' }, { 'retry-after': '30' }),
      after(30, SERVICE_FAILED),
    ],
    ['a gateway that throttles', json(429, {}, { 'retry-after': '30' }), after(30, THROTTLED)],
    ['a connection that is reset', reset, LOST],
  ])('leaves open what happened, unless it was refused: %s', async (_, reply, verdict) => {
    expectVerdict(await failureOf(createCampaign(reply)), 'meta', verdict);
  });

  it('leaves it open even where nobody listened, since the SDK keeps no cause', async () => {
    graph = `http://127.0.0.1:${await closedPort()}`;
    const error = await failureOf(new AdAccount('act_1').getCampaigns(['id'], {}));
    expectVerdict(error, 'meta', LOST);
  });

  it('leaves it open after a time limit of axios, which the SDK does not tell from it', async () => {
    axios.defaults.timeout = 20;
    expectVerdict(await failureOf(createCampaign(hang)), 'meta', LOST);
  });

  it('is not recognised where the SDK stumbles over an answer that breaks off', async () => {
    const error = await failureOf(createCampaign(half));
    expect(error).toBeInstanceOf(TypeError);
    expect(classifyError(error, { platform: 'meta' })).toBeUndefined();
  });

  it('happens once in the SDK, which repeats nothing itself', async () => {
    const before = server.requests;
    await failureOf(createCampaign(reset));
    await failureOf(createCampaign(json(503, {})));
    expect(server.requests).toBe(before + 2);
  });
});

describe('a part of a batch', () => {
  const usage = { name: 'X-Ad-Account-Usage', value: '{"reset_time_duration":90}' };

  it.each<readonly [string, GraphError, number, Expected]>([
    ['that is throttled', { code: 17, error_subcode: 2446079 }, 400, after(90, THROTTLED)],
    ['whose token has expired', { code: 190, error_subcode: 463 }, 401, TOKEN_EXPIRED],
    ['that failed', { code: 2 }, 500, SERVICE_FAILED],
  ])('%s says so by itself', async (_, error, code, verdict) => {
    const body = JSON.stringify({ error: { type: 'OAuthException', ...error } });
    graph = server.url;
    server.answerWith(json(200, [{ code, headers: [usage], body }]));
    const failure = await new Promise<ApiResponse>((resolve, reject) => {
      const batch = new FacebookAdsApiBatch(api);
      batch.add('POST', ['act_1', 'campaigns'], {}, undefined, undefined, resolve);
      batch.execute().catch(reject);
    });
    expectVerdict(failure.error, 'meta', verdict);
  });
});
