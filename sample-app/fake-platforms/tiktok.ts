import type { AdAccount } from './ad-account.js';
import {
  json,
  textOf,
  violatesPolicy,
  type FakePlatform,
  type FakeReply,
  type FakeRequest,
  type Operation,
  type OperationName,
} from './fake-platform.js';

/** TikTok for Business: whatever happens is HTTP 200, and `code` says what it was. */
export const TIKTOK: FakePlatform = {
  understand(request) {
    const path = request.path.replace('/open_api/v1.3/', '');
    if (request.method === 'GET') return reading(path, request);
    const known = WRITING[path];
    if (known === undefined) return undefined;
    const [name, perform] = known;
    const account = textOf(request.body, 'advertiser_id');
    return { account, name, perform: (held) => perform(held, request.body) };
  },
  refusals: {
    'token-expired': failure(40_102, 'Access token expired.'),
    'token-invalid': failure(40_105, 'Access token is incorrect or has been revoked.'),
    'permission-denied': failure(40_001, 'No permission to operate advertiser.'),
    throttled: failure(40_100, 'App reaches the QPS limit.'),
    'creative-rejected': failure(40_904, 'Image illegal content'),
  },
};

type Body = FakeRequest['body'];

const WRITING: Readonly<
  Record<string, [OperationName, (held: AdAccount, body: Body) => FakeReply]>
> = {
  'campaign/create/': [
    'create campaign',
    (held, body) => {
      const create = () => held.addCampaign(textOf(body, 'campaign_name'));
      return success({ campaign_id: held.once(textOf(body, 'request_id'), create) });
    },
  ],
  'adgroup/create/': [
    'create ad set',
    (held, body) => {
      const create = () => held.addAdSet(textOf(body, 'adgroup_name'), Number(body['budget']));
      return success({ adgroup_id: held.once(textOf(body, 'request_id'), create) });
    },
  ],
  'ad/create/': [
    'create ad',
    (held, body) => {
      const [creative] = body['creatives'] as [{ ad_name: string; ad_text: string }];
      return violatesPolicy(creative.ad_text)
        ? (TIKTOK.refusals['creative-rejected'] as FakeReply)
        : success({ ad_ids: [held.addAd(creative.ad_name)] });
    },
  ],
  'adgroup/status/update/': [
    'change ad set',
    (held, body) => {
      for (const id of body['adgroup_ids'] as string[]) {
        const adSet = held.adSet(id);
        if (adSet !== undefined) adSet.active = body['operation_status'] !== 'DISABLE';
      }
      return success({});
    },
  ],
  'adgroup/budget/update/': [
    'change ad set',
    (held, body) => {
      for (const change of body['budget'] as { adgroup_id: string; budget: number }[]) {
        const adSet = held.adSet(change.adgroup_id);
        if (adSet !== undefined) adSet.dailyBudget = change.budget;
      }
      return success({});
    },
  ],
};

function reading(path: string, { query }: FakeRequest): Operation | undefined {
  const account = query.get('advertiser_id') ?? '';
  if (path !== 'report/integrated/get/') return undefined;
  const filter = query.get('filtering');
  if (filter === null) return { account, name: 'list ad sets', perform: adGroups };
  const { ad_ids } = JSON.parse(filter) as { ad_ids: string[] };
  return { account, name: 'read ad', perform: (held) => ads(held, ad_ids) };
}

function adGroups(held: AdAccount): FakeReply {
  const list = held.adSets.map(({ id, name, active, dailyBudget, spend, conversions }) => ({
    dimensions: { adgroup_id: id },
    metrics: {
      adgroup_name: name,
      operation_status: active ? 'ENABLE' : 'DISABLE',
      budget: String(dailyBudget),
      spend: spend.toFixed(2),
      conversion: String(conversions),
    },
  }));
  return success({ list });
}

function ads(held: AdAccount, ids: string[]): FakeReply {
  const list = ids.flatMap((id) => {
    const ad = held.ad(id);
    if (ad === undefined) return [];
    const { name, clicks, conversions } = ad;
    const metrics = { ad_name: name, clicks: String(clicks), conversion: String(conversions) };
    return [{ dimensions: { ad_id: id }, metrics }];
  });
  return success({ list });
}

function success(data: unknown): FakeReply {
  return json(200, { code: 0, message: 'OK', request_id: '2026112312000001', data });
}

function failure(code: number, message: string): FakeReply {
  return json(200, { code, message, request_id: '2026112312000001', data: {} }, `code ${code}`);
}
