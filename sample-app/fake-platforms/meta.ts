import { accountOf, type AdAccount } from './ad-account.js';
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

/** The Graph API. Most of its failures are HTTP 400; the code in the body tells them apart. */
export const META: FakePlatform = {
  understand(request) {
    const [node = '', edge] = request.path.replace('/v25.0/', '').split('/');
    return node.startsWith('act_')
      ? ofAccount(node.slice('act_'.length), edge, request)
      : ofNode(node, edge, request);
  },
  refusals: {
    'token-expired': failure(400, 'Session has expired', 190, 463),
    'token-invalid': failure(400, 'The session was invalidated', 190, 460),
    'permission-denied': failure(403, '(#200) No ads_management permission', 200),
    throttled: {
      ...failure(400, '(#80004) Too many calls to this ad-account.', 80_004, 2_446_079),
      headers: {
        'x-business-use-case-usage': '{"1":[{"estimated_time_to_regain_access":5}]}', // minutes
      },
    },
    'no-budget': failure(400, 'Invalid parameter', 100, 1_359_188),
    'creative-rejected': failure(400, 'Invalid parameter', 100, 2_490_427),
  },
};

function failure(status: number, message: string, code: number, subcode?: number): FakeReply {
  return json(
    status,
    {
      error: {
        message,
        type: 'OAuthException',
        code,
        error_subcode: subcode,
        fbtrace_id: 'AbCdEfGhIjK',
      },
    },
    `code ${code}${subcode === undefined ? '' : `/${subcode}`}`,
  );
}

function ofAccount(
  account: string,
  edge: string | undefined,
  { method, query, body }: FakeRequest,
): Operation | undefined {
  const filter = query.get('filtering');
  if (method === 'GET' && filter !== null && edge !== undefined) {
    return { account, name: 'find by name', perform: (held) => found(held, edge, filter) };
  }
  if (method === 'GET') {
    return edge === 'adsets' ? { account, name: 'list ad sets', perform: adSets } : undefined;
  }
  const name = textOf(body, 'name');
  const creations: Record<string, [OperationName, (held: AdAccount) => FakeReply | string]> = {
    campaigns: ['create campaign', (held) => held.addCampaign(name)],
    adsets: ['create ad set', (held) => held.addAdSet(name, Number(body['daily_budget']) / 100)],
    ads: ['create ad', (held) => createAd(held, name, body)],
  };
  const creation = creations[edge ?? ''];
  if (creation === undefined) return undefined;
  const [operation, create] = creation;
  return {
    account,
    name: operation,
    perform: (held) => {
      const made = create(held);
      return typeof made === 'string' ? json(200, { id: made }) : made;
    },
  };
}

function createAd(held: AdAccount, name: string, body: FakeRequest['body']): FakeReply | string {
  const story = (body['creative'] as { object_story_spec?: { link_data?: unknown } } | undefined)
    ?.object_story_spec;
  return violatesPolicy(textOf(story?.link_data, 'message'))
    ? (META.refusals['creative-rejected'] as FakeReply)
    : held.addAd(name);
}

function found(held: AdAccount, edge: string, filter: string): FakeReply {
  const [{ value }] = JSON.parse(filter) as [{ value: string }];
  const all = { campaigns: held.campaigns, adsets: held.adSets, ads: held.ads }[edge] ?? [];
  const matching = all.filter(({ name }) => name === value);
  const data = matching.map(({ id }) => ({ id }));
  return json(200, { data }, data.length === 0 ? 'not there' : 'found it');
}

function adSets(held: AdAccount): FakeReply {
  const data = held.adSets.map(({ id, name, active, dailyBudget, spend, conversions }) => ({
    id,
    name,
    status: active ? 'ACTIVE' : 'PAUSED',
    daily_budget: String(dailyBudget * 100),
    insights: { data: [{ spend: spend.toFixed(2), actions: purchases(conversions) }] },
  }));
  return json(200, { data });
}

function ofNode(id: string, edge: string | undefined, request: FakeRequest): Operation | undefined {
  const account = accountOf(id);
  if (request.method === 'GET') {
    return edge === 'insights'
      ? { account, name: 'read ad', perform: (held) => insights(held, id) }
      : undefined;
  }
  const { status, daily_budget } = request.body;
  const perform = (held: AdAccount) => {
    const adSet = held.adSet(id);
    if (adSet === undefined) return failure(400, 'Unsupported post request', 100, 33);
    if (status === 'PAUSED') adSet.active = false;
    if (typeof daily_budget === 'number') adSet.dailyBudget = daily_budget / 100;
    return json(200, { success: true });
  };
  return { account, name: 'change ad set', perform };
}

function insights(held: AdAccount, id: string): FakeReply {
  const ad = held.ad(id);
  if (ad === undefined) return failure(400, 'Unsupported get request', 100, 33);
  const actions = purchases(ad.conversions);
  return json(200, { data: [{ ad_name: ad.name, clicks: String(ad.clicks), actions }] });
}

function purchases(count: number) {
  return [{ action_type: 'purchase', value: String(count) }];
}
