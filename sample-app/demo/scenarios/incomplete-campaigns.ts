import type { Scenario } from '../scenario.js';
import { campaignOf, largeCampaign, post, smallCampaign, times } from './calls.js';

/** Campaigns of which a part is missing: the answer says which, and is the next request. */
export const INCOMPLETE_CAMPAIGNS: readonly Scenario[] = [
  {
    title: 'Meta: one ad of three is rejected',
    why: 'An ad concerns itself alone: the others are created. Corrected, it is the only one missing.',
    upstream: 'meta/acme~rejected',
    steps: [
      {
        call: post('/campaigns', largeCampaign('meta', 'acme~rejected', 'Guaranteed to fit'), 'en'),
        promised: {
          status: 207,
          requests: [
            'create campaign: HTTP 200',
            'create ad set: HTTP 200',
            'create ad: HTTP 200',
            'create ad: HTTP 400 (code 100/2490427)',
            'create ad set: HTTP 200',
            'create ad: HTTP 200',
          ],
          waits: [],
          json: {
            status: 'partial',
            counts: { created: 5, failed: 1, unconfirmed: 0, not_attempted: 0 },
            'campaign.ad_sets.0.ads.1.status': 'failed',
            'campaign.ad_sets.0.ads.1.error.error.type': 'CREATIVE_REJECTED',
            'campaign.ad_sets.0.ads.1.error.error.context': 'create_ad',
            'campaign.ad_sets.0.ads.1.error.retry_allowed': false,
          },
          holds: { campaigns: 1, ad_sets: 2, ads: 2 },
        },
      },
      {
        call: (answer) => {
          const campaign = campaignOf(answer);
          const rejected = campaign.ad_sets[0]?.ads[1];
          if (rejected !== undefined) rejected.headline = 'Made to fit';
          return post('/campaigns', campaign, 'en');
        },
        promised: {
          status: 201,
          requests: ['create ad: HTTP 200'],
          waits: [],
          json: { status: 'complete', 'counts.created': 6 },
          holds: { campaigns: 1, ad_sets: 2, ads: 3 },
        },
      },
    ],
  },
  {
    title: 'Meta: the money ends after the first ad set',
    why: 'An account without money would refuse the rest too: not attempted. Paid up, it goes on.',
    upstream: 'meta/small-purse',
    steps: [
      {
        call: post('/campaigns', threeAdSets('meta', 'small-purse')),
        promised: {
          status: 207,
          requests: [
            'create campaign: HTTP 200',
            'create ad set: HTTP 200',
            'create ad: HTTP 200',
            'create ad: HTTP 200',
            'create ad set: HTTP 400 (code 100/1359188)',
          ],
          waits: [],
          json: {
            status: 'partial',
            counts: { created: 4, failed: 1, unconfirmed: 0, not_attempted: 3 },
            'campaign.ad_sets.1.status': 'failed',
            'campaign.ad_sets.1.error.error.type': 'BUDGET_INSUFFICIENT',
            'campaign.ad_sets.1.ads.0.status': 'not_attempted',
            'campaign.ad_sets.2.status': 'not_attempted',
          },
          holds: { campaigns: 1, ad_sets: 1, ads: 2 },
        },
      },
      {
        call: (answer) => post('/campaigns', campaignOf(answer)),
        promised: {
          status: 201,
          requests: [
            'create ad set: HTTP 200',
            'create ad: HTTP 200',
            'create ad set: HTTP 200',
            'create ad: HTTP 200',
          ],
          waits: [],
          json: { status: 'complete', 'counts.created': 8 },
          holds: { campaigns: 1, ad_sets: 3, ads: 4 },
        },
      },
    ],
  },
  {
    title: 'TikTok: nobody knows whether the ad is there',
    why: 'No key and no name to look for: not sent twice. A person looks, and only then it goes on.',
    upstream: 'tiktok/lost-ad',
    steps: [
      {
        call: post('/campaigns', smallCampaign('tiktok', 'lost-ad'), 'en'),
        promised: {
          status: 207,
          requests: [
            'create campaign: HTTP 200',
            'create ad set: HTTP 200',
            'create ad: no answer',
          ],
          waits: [],
          json: {
            status: 'partial',
            'counts.unconfirmed': 1,
            'campaign.ad_sets.0.ads.0.status': 'unconfirmed',
            'campaign.ad_sets.0.ads.0.error.error.type': 'OUTCOME_UNKNOWN',
            'campaign.ad_sets.0.ads.0.error.retry_allowed': false,
          },
          holds: { campaigns: 1, ad_sets: 1, ads: 1 },
        },
      },
      {
        call: (answer) => post('/campaigns', campaignOf(answer), 'en'),
        promised: {
          status: 400,
          requests: [],
          waits: [],
          json: {
            'error.type': 'VALIDATION_ERROR',
            'error.details.errors.0.field': 'ad_sets[0].ads[0].status',
          },
          holds: { campaigns: 1, ad_sets: 1, ads: 1 },
        },
      },
    ],
  },
  {
    title: 'TikTok: the campaign itself gets no answer',
    why: 'Three attempts of 2 s fit into the ten seconds for which TikTok knows a request_id.',
    upstream: 'tiktok/hangs',
    steps: [
      {
        call: post('/campaigns', smallCampaign('tiktok', 'hangs')),
        promised: {
          status: 207,
          requests: times(3, 'create campaign: no answer'),
          waits: [1000, 2000],
          json: {
            status: 'partial',
            counts: { created: 0, failed: 0, unconfirmed: 1, not_attempted: 2 },
            'campaign.status': 'unconfirmed',
            'campaign.error.error.type': 'PLATFORM_TIMEOUT',
            'campaign.error.retry_allowed': false,
          },
          holds: { campaigns: 0, ad_sets: 0, ads: 0 },
        },
      },
    ],
  },
];

function threeAdSets(platform: string, account: string) {
  const campaign = largeCampaign(platform, account);
  const ads = [{ name: 'White dress', headline: 'A white dress for spring' }];
  return { ...campaign, ad_sets: [...campaign.ad_sets, { name: 'Nice', daily_budget: 20, ads }] };
}
