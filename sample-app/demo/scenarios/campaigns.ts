import type { Scenario } from '../scenario.js';
import { largeCampaign, post, smallCampaign } from './calls.js';

const REST_OF_CAMPAIGN = ['create ad set: HTTP 200', 'create ad: HTTP 200'];
const ONE_OF_EACH = { campaigns: 1, ad_sets: 1, ads: 1 };

/** Campaigns that come to be whole, whatever happens on the way, and come to be once. */
export const CAMPAIGNS: readonly Scenario[] = [
  {
    title: 'A campaign with two ad sets and three ads',
    why: 'One request to the application, six to Meta; the answer has the id of each part.',
    upstream: 'meta/acme',
    steps: [
      {
        call: post('/campaigns', largeCampaign('meta', 'acme')),
        promised: {
          status: 201,
          requests: [
            'create campaign: HTTP 200',
            'create ad set: HTTP 200',
            'create ad: HTTP 200',
            'create ad: HTTP 200',
            'create ad set: HTTP 200',
            'create ad: HTTP 200',
          ],
          waits: [],
          json: {
            status: 'complete',
            'counts.created': 6,
            next: undefined,
            'campaign.ad_sets.1.ads.0.id': 'acme:ad-3',
          },
          holds: { campaigns: 1, ad_sets: 2, ads: 3 },
        },
      },
    ],
  },
  {
    title: 'A body with mistakes',
    why: 'All of them are told at once, each with its place. No platform is called.',
    upstream: 'meta/acme~mistakes',
    steps: [
      {
        call: post(
          '/campaigns',
          {
            platform: 'meta',
            account: 'acme~mistakes',
            ad_sets: [{ name: 'Paris', daily_budget: 0 }],
          },
          'en',
        ),
        promised: {
          status: 400,
          requests: [],
          waits: [],
          json: {
            'error.type': 'VALIDATION_ERROR',
            'error.details.errors.0.field': 'name',
            'error.details.errors.1.field': 'ad_sets[0].daily_budget',
            'error.details.errors.2.field': 'ad_sets[0].ads',
            retry_allowed: false,
          },
        },
      },
    ],
  },
  {
    title: 'Meta: 503 twice while a campaign is created',
    why: 'Nobody knows what a 503 has done. `reconcile` looks for the campaign before each retry.',
    upstream: 'meta/down-twice~create',
    steps: [
      {
        call: post('/campaigns', smallCampaign('meta', 'down-twice~create')),
        promised: {
          status: 201,
          requests: [
            'create campaign: HTTP 503',
            'find by name: HTTP 200 (not there)',
            'create campaign: HTTP 503',
            'find by name: HTTP 200 (not there)',
            'create campaign: HTTP 200',
            ...REST_OF_CAMPAIGN,
          ],
          waits: [1000, 2000],
          json: { status: 'complete' },
          holds: ONE_OF_EACH,
        },
      },
    ],
  },
  {
    title: 'Meta: created, but the connection is reset',
    why: 'Meta takes no idempotency key. `reconcile` finds the campaign by its name: there is one.',
    upstream: 'meta/lost-answer',
    steps: [
      {
        call: post('/campaigns', smallCampaign('meta', 'lost-answer')),
        promised: {
          status: 201,
          requests: [
            'create campaign: connection reset',
            'find by name: HTTP 200 (found it)',
            ...REST_OF_CAMPAIGN,
          ],
          waits: [],
          json: { status: 'complete', 'campaign.id': 'lost-answer:campaign-1' },
          holds: ONE_OF_EACH,
        },
      },
    ],
  },
  {
    title: 'TikTok: created, but no answer comes',
    why: 'platforms: { tiktok: { timeout: 2_000 } }. The retry has the same request_id: there is one.',
    upstream: 'tiktok/slow-answer',
    steps: [
      {
        call: post('/campaigns', smallCampaign('tiktok', 'slow-answer')),
        promised: {
          status: 201,
          requests: [
            'create campaign: no answer',
            'create campaign: HTTP 200',
            ...REST_OF_CAMPAIGN,
          ],
          waits: [1000],
          json: { status: 'complete', 'campaign.id': 'slow-answer:campaign-1' },
          holds: ONE_OF_EACH,
        },
      },
    ],
  },
];
