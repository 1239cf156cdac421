import { expect, it } from 'vitest';
import { createErrorResponse, ServiceError } from '../../../lib/index.js';
import { CATALOG } from '../../../lib/response/error-catalog.js';

const TOKEN = 'EAABsbCS1iHgBAKZCq8vZBtoken';

it.each(Object.keys(CATALOG))('the type %s is shown as it is', (type) => {
  const { error } = createErrorResponse({ error: new ServiceError(type), platform: 'meta' });
  expect(error).toMatchObject({ type, platform: 'meta' });
});

it.each([
  'create_campaign',
  'MetaAdapter.createCampaign',
  'BudgetOptimizerService.reallocateBudgetAcrossCampaigns',
  'GET /campaigns/:campaignId/ad-sets/:adSetId',
  'POST /v2/ab-tests/:id/analyze',
  'HEAD (no route)',
  '创建广告系列',
])('the context %s is shown as it is', (context) => {
  expect(createErrorResponse({ error: undefined, context }).error.context).toBe(context);
});

it('a name that is none is cut', () => {
  const { error } = createErrorResponse({ error: undefined, context: 'word '.repeat(1000) });
  expect(error.context.length).toBeLessThanOrEqual(200);
});

it.each([
  ['type', { error: new ServiceError(`token=${TOKEN}`) }],
  ['code', { error: new ServiceError('X', { code: TOKEN }) }],
  ['platform', { error: new ServiceError('X', { platform: TOKEN }) }],
  ['context', { error: undefined, context: `password: ${TOKEN}` }],
])('a secret in the %s is not shown', (_, input) => {
  expect(JSON.stringify(createErrorResponse(input))).not.toContain(TOKEN);
});
