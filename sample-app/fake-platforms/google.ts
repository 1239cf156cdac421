import type { AdAccount } from './ad-account.js';
import {
  json,
  textOf,
  violatesPolicy,
  type FakePlatform,
  type FakeReply,
  type FakeRequest,
  type Operation,
} from './fake-platform.js';

/** Google Ads over REST: a google.rpc status around a GoogleAdsFailure. */
export const GOOGLE: FakePlatform = {
  understand({ path, body }) {
    const [, account = '', method] = /^\/v25\/customers\/([^/]+)\/(.+)$/.exec(path) ?? [];
    switch (method) {
      case 'googleAds:search':
        return search(account, textOf(body, 'query'));
      case 'googleAds:mutate':
        return {
          account,
          name: 'create campaign',
          perform: (held) => createCampaign(held, body),
        };
      case 'adGroups:mutate':
        return mutateAdGroup(account, firstOf(body));
      case 'adGroupAds:mutate':
        return { account, name: 'create ad', perform: (held) => createAd(held, firstOf(body)) };
      default:
        return undefined;
    }
  },
  refusals: {
    'token-expired': failure(401, 'UNAUTHENTICATED', 'authenticationError.OAUTH_TOKEN_EXPIRED'),
    'token-invalid': failure(401, 'UNAUTHENTICATED', 'authenticationError.OAUTH_TOKEN_REVOKED'),
    'permission-denied': failure(
      403,
      'PERMISSION_DENIED',
      'authorizationError.USER_PERMISSION_DENIED',
    ),
    throttled: failure(429, 'RESOURCE_EXHAUSTED', 'quotaError.RESOURCE_EXHAUSTED', {
      quotaErrorDetails: { rateScope: 'DEVELOPER', retryDelay: '2s' },
    }),
    'no-budget': failure(
      400,
      'FAILED_PRECONDITION',
      'identityVerificationError.NO_EFFECTIVE_BILLING',
    ),
    'creative-rejected': failure(400, 'INVALID_ARGUMENT', 'policyFindingError.POLICY_FINDING'),
  },
};

function failure(status: number, rpcStatus: string, code: string, details?: object): FakeReply {
  const [category = '', name = ''] = code.split('.');
  return json(
    status,
    {
      error: {
        code: status,
        message: rpcStatus,
        status: rpcStatus,
        details: [
          {
            '@type': 'type.googleapis.com/google.ads.googleads.v25.errors.GoogleAdsFailure',
            errors: [{ errorCode: { [category]: name }, message: name, details }],
            requestId: 'REQ123',
          },
        ],
      },
    },
    name,
  );
}

interface MutateOperation {
  readonly create?: Readonly<Record<string, unknown>>;
  readonly update?: Readonly<Record<string, unknown>>;
}

function firstOf(body: FakeRequest['body']): MutateOperation {
  return (body['operations'] as [MutateOperation])[0];
}

function createCampaign(held: AdAccount, body: FakeRequest['body']): FakeReply {
  const [, { campaignOperation }] = body['mutateOperations'] as [
    unknown,
    { campaignOperation: MutateOperation },
  ];
  const id = held.addCampaign(textOf(campaignOperation.create, 'name'));
  return json(200, {
    mutateOperationResponses: [
      { campaignBudgetResult: { resourceName: `customers/${held.name}/campaignBudgets/${id}` } },
      { campaignResult: { resourceName: `customers/${held.name}/campaigns/${id}` } },
    ],
  });
}

function mutateAdGroup(account: string, { create, update }: MutateOperation): Operation {
  if (create !== undefined) {
    const perform = (held: AdAccount) =>
      resource(held, 'adGroups', held.addAdSet(textOf(create, 'name'), 0));
    return { account, name: 'create ad set', perform };
  }
  const id = textOf(update, 'resourceName').split('/').at(-1) ?? '';
  const perform = (held: AdAccount) => {
    const adSet = held.adSet(id);
    if (adSet !== undefined) adSet.active = textOf(update, 'status') !== 'PAUSED';
    return resource(held, 'adGroups', id);
  };
  return { account, name: 'change ad set', perform };
}

function createAd(held: AdAccount, { create }: MutateOperation): FakeReply {
  const ad = create?.['ad'] as {
    name: string;
    responsiveSearchAd: { headlines: [{ text: string }] };
  };
  return violatesPolicy(ad.responsiveSearchAd.headlines[0].text)
    ? (GOOGLE.refusals['creative-rejected'] as FakeReply)
    : resource(held, 'adGroupAds', held.addAd(ad.name));
}

function resource(held: AdAccount, kind: string, id: string): FakeReply {
  return json(200, { results: [{ resourceName: `customers/${held.name}/${kind}/${id}` }] });
}

/** As much of the query language as is needed: FROM and one equality. */
function search(account: string, query: string): Operation | undefined {
  const [, from, column = '', value] =
    /FROM (\w+)(?: WHERE ([\w.]+) = '([^']*)')?$/.exec(query) ?? [];
  if (value !== undefined && column.endsWith('name')) {
    const perform = (held: AdAccount) => found(held, from ?? '', value);
    return { account, name: 'find by name', perform };
  }
  if (from === 'ad_group') return { account, name: 'list ad sets', perform: adGroups };
  const perform = (held: AdAccount) => readAd(held, value ?? '');
  return from === 'ad_group_ad' ? { account, name: 'read ad', perform } : undefined;
}

function found(held: AdAccount, from: string, name: string): FakeReply {
  const kinds: Record<string, [string, readonly { id: string; name: string }[]]> = {
    campaign: ['campaign', held.campaigns],
    ad_group: ['adGroup', held.adSets],
    ad_group_ad: ['adGroupAd', held.ads],
  };
  const [key, all] = kinds[from] ?? ['', []];
  const matching = all.filter((each) => each.name === name);
  const results = matching.map(({ id }) => ({ [key]: { resourceName: `${from}/${id}` } }));
  return json(200, { results }, results.length === 0 ? 'not there' : 'found it');
}

function adGroups(held: AdAccount): FakeReply {
  const results = held.adSets.map(({ id, name, active, spend, conversions }) => ({
    adGroup: {
      resourceName: `customers/${held.name}/adGroups/${id}`,
      name,
      status: active ? 'ENABLED' : 'PAUSED',
    },
    metrics: { costMicros: String(spend * 1_000_000), conversions },
  }));
  return json(200, { results });
}

function readAd(held: AdAccount, id: string): FakeReply {
  const ad = held.ad(id);
  if (ad === undefined) return json(200, { results: [] });
  const { name, clicks, conversions } = ad;
  const adGroupAd = { resourceName: `customers/${held.name}/adGroupAds/${id}`, ad: { name } };
  return json(200, { results: [{ adGroupAd, metrics: { clicks: String(clicks), conversions } }] });
}
