import type { Scenario } from '../scenario.js';
import { get, post, smallCampaign, times } from './calls.js';

const NOTHING = { campaigns: 0, ad_sets: 0, ads: 0 };
const REST_OF_CAMPAIGN = ['create ad set: HTTP 200', 'create ad: HTTP 200'];

export const PLATFORMS: readonly Scenario[] = [
  {
    title: 'Meta: the token has expired',
    why: 'Graph says it with HTTP 400 and code 190. The same token cannot work later: no retry.',
    upstream: 'meta/token-expired',
    showsLog: true,
    steps: [
      {
        call: post('/campaigns', smallCampaign('meta', 'token-expired')),
        promised: {
          status: 401,
          requests: ['create campaign: HTTP 400 (code 190/463)'],
          waits: [],
          headers: { 'www-authenticate': 'Bearer realm="meta", error="invalid_token"' },
          json: {
            status: 'error',
            'error.code': '6001',
            'error.type': 'TOKEN_EXPIRED',
            'error.message': '广告账户授权已过期，请重新授权',
            'error.context': 'create_campaign',
            'error.platform': 'meta',
            'error.action': '重新授权',
            'error.action_url': '/settings/ad-accounts',
            retry_allowed: false,
          },
          holds: NOTHING,
        },
      },
    ],
  },
  {
    title: 'TikTok: the token was revoked',
    why: 'TikTok answers HTTP 200 whatever happens; the adapter reads the code in the body.',
    upstream: 'tiktok/token-revoked',
    steps: [
      {
        call: post('/campaigns', smallCampaign('tiktok', 'token-revoked'), 'en'),
        promised: {
          status: 401,
          requests: ['create campaign: HTTP 200 (code 40105)'],
          waits: [],
          json: {
            'error.type': 'TOKEN_INVALID',
            'error.message':
              'The authorization of the ad account is invalid or was revoked. Please reconnect the account.',
            'error.platform': 'tiktok',
            'error.details.platform_code': 40_105,
            retry_allowed: false,
          },
          holds: NOTHING,
        },
      },
    ],
  },
  {
    title: 'Google: the account may not do that',
    why: 'The reason is deep in a GoogleAdsFailure; the person reads who can give the permission.',
    upstream: 'google/no-permission',
    steps: [
      {
        call: get('/accounts/google/no-permission/ad-sets', 'en'),
        promised: {
          status: 403,
          requests: ['list ad sets: HTTP 403 (USER_PERMISSION_DENIED)'],
          waits: [],
          json: {
            'error.type': 'PERMISSION_DENIED',
            'error.platform': 'google',
            'error.details.platform_code': 'authorization_error.USER_PERMISSION_DENIED',
            retry_allowed: false,
          },
        },
      },
    ],
  },
  {
    title: 'Meta: 503 twice, then fine',
    why: 'The default backoff: 1 s, then 2 s. The caller sees nothing of it but the time.',
    upstream: 'meta/down-twice~read',
    showsLog: true,
    steps: [
      {
        call: get('/accounts/meta/down-twice~read/ad-sets'),
        promised: {
          status: 200,
          requests: [...times(2, 'list ad sets: HTTP 503'), 'list ad sets: HTTP 200'],
          waits: [1000, 2000],
        },
      },
    ],
  },
  {
    title: 'Meta: down for good',
    why: 'Three retries after the first call, waits of 1 s, 2 s and 4 s, and no wait after the last.',
    upstream: 'meta/down',
    steps: [
      {
        call: get('/accounts/meta/down/ad-sets'),
        promised: {
          status: 502,
          requests: times(4, 'list ad sets: HTTP 503'),
          waits: [1000, 2000, 4000],
          headers: { 'retry-after': '30' },
          json: {
            'error.type': 'PLATFORM_SERVICE_ERROR',
            'error.code': '4002',
            'error.details.status_code': 503,
            retry_allowed: false,
            retry_after: 30,
          },
        },
      },
    ],
  },
  {
    title: 'TikTok: 429 with Retry-After: 3, then fine',
    why: 'The platform says when to come back, so it is three seconds and not the backoff of one.',
    upstream: 'tiktok/busy',
    steps: [
      {
        call: post('/campaigns', smallCampaign('tiktok', 'busy')),
        promised: {
          status: 201,
          requests: [
            'create campaign: HTTP 429 (Retry-After: 3)',
            'create campaign: HTTP 200',
            ...REST_OF_CAMPAIGN,
          ],
          waits: [3000],
          json: { status: 'complete' },
          holds: { campaigns: 1, ad_sets: 1, ads: 1 },
        },
      },
    ],
  },
  {
    title: 'Google: the quota comes back in 2 s',
    why: 'Google states the wait in the body (retryDelay); the adapter hands it on as retryAfter.',
    upstream: 'google/throttled-once',
    steps: [
      {
        call: post('/campaigns', smallCampaign('google', 'throttled-once')),
        promised: {
          status: 201,
          requests: [
            'create campaign: HTTP 429 (RESOURCE_EXHAUSTED)',
            'create campaign: HTTP 200',
            ...REST_OF_CAMPAIGN,
          ],
          waits: [2000],
          json: { status: 'complete' },
          holds: { campaigns: 1, ad_sets: 1, ads: 1 },
        },
      },
    ],
  },
  {
    title: 'Meta: throttled for five minutes',
    why: 'Too long to keep a request open: given up at once. Until then nothing is sent for the account.',
    upstream: 'meta/throttled',
    steps: [
      {
        call: get('/accounts/meta/throttled/ad-sets', 'en'),
        promised: {
          status: 429,
          requests: ['list ad sets: HTTP 400 (code 80004/2446079)'],
          waits: [],
          headers: { 'retry-after': '300' },
          json: {
            'error.type': 'API_RATE_LIMIT',
            'error.code': '1003',
            'error.details.retry_after': 300,
            retry_allowed: true,
            retry_after: 300,
          },
        },
      },
      {
        // The next call of that account is not even sent: Meta would only prolong the block.
        call: get('/accounts/meta/throttled/ad-sets', 'en'),
        promised: {
          status: 429,
          requests: [],
          waits: [],
          json: { 'error.type': 'API_RATE_LIMIT', retry_allowed: true },
        },
      },
    ],
  },
  {
    title: 'A platform that is not served',
    why: 'The router knows three names. The mistake is the caller’s, and nobody is called for it.',
    upstream: 'bing/acme',
    steps: [
      {
        call: get('/accounts/bing/acme/ad-sets', 'en'),
        promised: {
          status: 400,
          requests: [],
          waits: [],
          json: {
            'error.type': 'VALIDATION_ERROR',
            'error.details.field': 'platform',
            retry_allowed: false,
          },
        },
      },
    ],
  },
];
