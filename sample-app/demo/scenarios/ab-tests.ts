import type { Scenario } from '../scenario.js';
import { post } from './calls.js';

export const AB_TESTS: readonly Scenario[] = [
  {
    title: 'Names a winner',
    why: '120 sales of 2000 clicks against 80 of 2000: luck alone does that in 4 of 1000 tests.',
    upstream: 'google/shop',
    steps: [
      {
        call: post('/ab-tests/evaluate', {
          platform: 'google',
          account: 'shop',
          ad_a: 'shop:ad-1',
          ad_b: 'shop:ad-2',
        }),
        promised: {
          status: 200,
          requests: ['read ad: HTTP 200', 'read ad: HTTP 200'],
          waits: [],
          json: { status: 'winner', winner: 'shop:ad-1', z: 2.9019, p_value: 0.0037 },
        },
      },
    ],
  },
  {
    title: 'Says that it is too early',
    why: 'The new ad converts 10 % against 6 %, but of 90 clicks: no winner yet.',
    upstream: 'tiktok/shop~early',
    steps: [
      {
        call: post('/ab-tests/evaluate', {
          platform: 'tiktok',
          account: 'shop~early',
          ad_a: 'shop~early:ad-1',
          ad_b: 'shop~early:ad-4',
        }),
        promised: {
          status: 200,
          requests: ['read ad: HTTP 200', 'read ad: HTTP 200'],
          waits: [],
          json: { status: 'not_yet', reason: 'too_few_clicks', winner: undefined },
        },
      },
    ],
  },
  {
    title: 'One of the two ads cannot be read',
    why: 'Half of a test names no winner: what was read is shown, and why the rest was not.',
    upstream: 'meta/shop-second-read-fails',
    steps: [
      {
        call: post(
          '/ab-tests/evaluate',
          {
            platform: 'meta',
            account: 'shop-second-read-fails',
            ad_a: 'shop-second-read-fails:ad-1',
            ad_b: 'shop-second-read-fails:ad-2',
          },
          'en',
        ),
        promised: {
          status: 207,
          requests: ['read ad: HTTP 200', 'read ad: HTTP 403 (code 200)'],
          waits: [],
          json: {
            status: 'undecided',
            reason: 'ad_not_readable',
            winner: undefined,
            'variants.0.conversions': 120,
            'variants.1.error.error.type': 'PERMISSION_DENIED',
            'variants.1.error.error.context': 'read_ad_performance',
          },
        },
      },
    ],
  },
];
