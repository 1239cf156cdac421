import type { Scenario } from '../scenario.js';
import { post } from './calls.js';

const PAUSE_DEAR = {
  name: 'Pause what costs more than 25 a sale',
  when: { metric: 'cost_per_conversion', is: 'above', value: 25 },
  then: { action: 'pause' },
};
const RAISE_CHEAP = {
  name: 'Ten percent more for what costs less than 15',
  when: { metric: 'cost_per_conversion', is: 'below', value: 15 },
  then: { action: 'change_budget', percent: 10 },
};
const PAUSE_SPENDERS = {
  name: 'Pause what has spent more than 1000',
  when: { metric: 'spend', is: 'above', value: 1000 },
  then: { action: 'pause' },
};

export const RULES: readonly Scenario[] = [
  {
    title: 'One action is refused, the others are done',
    why: 'Each rule tells of each ad set it met. A failure stays with its action.',
    upstream: 'meta/shop-first-write-fails',
    steps: [
      {
        call: post(
          '/rules/run',
          {
            platform: 'meta',
            account: 'shop-first-write-fails',
            rules: [PAUSE_DEAR, RAISE_CHEAP, PAUSE_SPENDERS],
          },
          'en',
        ),
        promised: {
          status: 207,
          requests: [
            'list ad sets: HTTP 200',
            'change ad set: HTTP 403 (code 200)',
            'change ad set: HTTP 200',
            'change ad set: HTTP 200',
          ],
          waits: [],
          json: {
            'results.0.status': 'partly_failed',
            'results.0.actions.0.name': 'Lyon',
            'results.0.actions.0.error.error.type': 'PERMISSION_DENIED',
            'results.0.actions.1.name': 'Nice',
            'results.0.actions.1.status': 'done',
            'results.1.status': 'done',
            'results.1.actions.0.does': 'daily_budget 60 -> 66',
            'results.2.status': 'nothing_to_do',
          },
        },
      },
    ],
  },
  {
    title: 'A rule through two 503s',
    why: 'The amount was computed before the call, so the retry sets 66 again and not 72.6.',
    upstream: 'tiktok/shop-down-once~rules',
    steps: [
      {
        call: post('/rules/run', {
          platform: 'tiktok',
          account: 'shop-down-once~rules',
          rules: [RAISE_CHEAP],
        }),
        promised: {
          status: 200,
          requests: [
            'list ad sets: HTTP 503',
            'list ad sets: HTTP 200',
            'change ad set: HTTP 503',
            'change ad set: HTTP 200',
          ],
          waits: [1000, 1000],
          json: {
            'results.0.status': 'done',
            'results.0.actions.0.does': 'daily_budget 60 -> 66',
          },
        },
      },
    ],
  },
];
