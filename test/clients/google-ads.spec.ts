import { Customer, errors, GoogleAdsApi, services } from 'google-ads-api';
import { grpc } from 'google-gax';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifyError, retryWithBackoff } from '../../lib/index.js';
import { failureOf } from '../support/calls.js';
import { mutate } from './support/google-ads-node.js';
import {
  encodeFailure,
  failure,
  startGrpcServer,
  status,
  type GrpcReply,
  type GrpcServer,
} from './support/grpc-server.js';
import {
  after,
  CREATIVE_REJECTED,
  expectVerdict,
  INVALID_INPUT,
  NO_ANSWER,
  NO_BUDGET,
  PERMISSION_DENIED,
  SERVICE_BUSY,
  SERVICE_FAILED,
  THROTTLED,
  TOKEN_EXPIRED,
  TOKEN_INVALID,
  type Expected,
} from './support/verdict.js';

const { status: Code } = grpc;

let server: GrpcServer;

beforeAll(async () => {
  server = await startGrpcServer();
  Object.assign(Customer.prototype, { getCredentials: () => grpc.credentials.createInsecure() });
});

afterAll(() => server.stop());

/** A mutate by google-ads-api. */
function createCampaign(reply: GrpcReply, options?: { partial_failure: boolean }) {
  server.answerWith(reply);
  const customer = new GoogleAdsApi({
    client_id: 'id',
    client_secret: 'secret',
    developer_token: 'developer',
    grpc_channel_options: { apiEndpoint: '127.0.0.1', port: server.port },
  }).Customer({ customer_id: '1', refresh_token: 'refresh' });
  const resource = { name: 'Spring' };
  return customer.mutateResources([{ entity: 'campaign', operation: 'create', resource }], options);
}

const quota = {
  error_code: { quota_error: 4 },
  message: 'Too many requests. Retry in 30 seconds.',
  details: {
    quota_error_details: { rate_name: 'r', retry_delay: { seconds: 30, nanos: 500_000_000 } },
  },
};
const expired = { error_code: { authentication_error: 16 }, message: 'The token has expired.' };

describe('what a GoogleAdsFailure says', () => {
  const ROWS: readonly (readonly [string, grpc.status, object, Expected])[] = [
    ['a token that has expired', Code.UNAUTHENTICATED, expired, TOKEN_EXPIRED],
    [
      'a token that was revoked',
      Code.UNAUTHENTICATED,
      { error_code: { authentication_error: 18 } },
      TOKEN_INVALID,
    ],
    [
      'a developer token that is not approved',
      Code.PERMISSION_DENIED,
      { error_code: { authorization_error: 10 } },
      PERMISSION_DENIED,
    ],
    ['a limit, with its wait', Code.RESOURCE_EXHAUSTED, quota, after(30.5, THROTTLED)],
    [
      'a limit without a wait',
      Code.RESOURCE_EXHAUSTED,
      { error_code: { quota_error: 2 } },
      THROTTLED,
    ],
    ['a failure that passes', Code.INTERNAL, { error_code: { internal_error: 4 } }, SERVICE_FAILED],
    ['a deadline of the service', Code.INTERNAL, { error_code: { internal_error: 5 } }, NO_ANSWER],
    [
      'a change at the same time',
      Code.ABORTED,
      { error_code: { database_error: 2 } },
      SERVICE_BUSY,
    ],
    [
      'a policy',
      Code.INVALID_ARGUMENT,
      { error_code: { policy_finding_error: 2 } },
      CREATIVE_REJECTED,
    ],
    [
      'a budget that is too small',
      Code.INVALID_ARGUMENT,
      { error_code: { campaign_budget_error: 22 } },
      NO_BUDGET,
    ],
    [
      'a name that exists',
      Code.INVALID_ARGUMENT,
      { error_code: { campaign_error: 12 } },
      INVALID_INPUT,
    ],
  ];

  it.each(ROWS)(
    'is understood in what google-ads-api throws: %s',
    async (_, code, listed, verdict) => {
      const thrown = await failureOf(createCampaign(failure(code, listed)));
      expect(thrown).toBeInstanceOf(errors.GoogleAdsFailure);
      expectVerdict(thrown, 'google', verdict);
    },
  );

  it.each(ROWS)('is understood in the error of gRPC: %s', async (_, code, listed, verdict) => {
    server.answerWith(failure(code, listed));
    expectVerdict(await failureOf(mutate(server.port)), 'google', verdict);
  });

  it('is the worst of several, and the id of the request is kept', async () => {
    server.answerWith(failure(Code.RESOURCE_EXHAUSTED, quota, expired));
    const ofApi = await failureOf(createCampaign(failure(Code.RESOURCE_EXHAUSTED, quota, expired)));
    for (const error of [ofApi, await failureOf(mutate(server.port))]) {
      expect(classifyError(error, { platform: 'google' })).toMatchObject({
        type: 'TOKEN_EXPIRED',
        message: 'The token has expired.',
        details: {
          platform_request_id: 'REQ123',
          platform_code: 'authentication_error.OAUTH_TOKEN_EXPIRED',
        },
      });
    }
  });

  it('is understood in a result that succeeded in part', async () => {
    const value = encodeFailure([{ error_code: { campaign_error: 12 }, message: 'It exists' }]);
    const type_url = 'type.googleapis.com/google.ads.googleads.v25.errors.GoogleAdsFailure';
    const partial_failure_error = { code: 3, message: 'x', details: [{ type_url, value }] };
    const answer = services.MutateGoogleAdsResponse.encode({ partial_failure_error }).finish();
    const attempt = () => createCampaign((reply) => reply(null, answer), { partial_failure: true });
    const inPart: Expected = ['VALIDATION_ERROR', 'final', 'may have executed'];
    expectVerdict(await attempt(), 'google', inPart);
    const call = retryWithBackoff(attempt, { platform: 'google', resultErrors: true });
    await expect(call).rejects.toMatchObject({ type: 'VALIDATION_ERROR' });
  });

  it('is not needed where google-ads-api throws the error of gRPC as it is', async () => {
    const error = await failureOf(createCampaign(status(Code.UNAUTHENTICATED, 'words')));
    expect(error).toMatchObject({ code: Code.UNAUTHENTICATED, details: 'words' });
    expectVerdict(error, 'google', TOKEN_INVALID);
  });

  it('is nothing in a result that succeeded', async () => {
    const answer = services.MutateGoogleAdsResponse.encode({}).finish();
    const result = await createCampaign((reply) => reply(null, answer));
    expect(classifyError(result, { platform: 'google' })).toBeUndefined();
  });
});
