import type { Scenario } from '../scenario.js';
import { post } from './calls.js';

export const BUDGET: readonly Scenario[] = [
  {
    title: 'Moves budget to the better ad set, through three 503s',
    why: 'Lyon pays 40 a sale, Paris 10: a fifth of Lyon’s budget moves, the total stays.',
    upstream: 'meta/shop-down-once~budget',
    steps: [
      {
        call: post('/budget/optimize', { platform: 'meta', account: 'shop-down-once~budget' }),
        promised: {
          status: 200,
          requests: [
            'list ad sets: HTTP 503',
            'list ad sets: HTTP 200',
            'change ad set: HTTP 503',
            'change ad set: HTTP 200',
            'change ad set: HTTP 503',
            'change ad set: HTTP 200',
          ],
          waits: [1000, 1000, 1000],
          json: {
            status: 'optimized',
            'changes.0.name': 'Lyon',
            'changes.0.daily_budget': { before: 40, after: 32 },
            'changes.1.name': 'Paris',
            'changes.1.daily_budget': { before: 60, after: 68 },
            total_daily_budget: { before: 120, after: 120 },
          },
        },
      },
    ],
  },
  {
    title: 'The second half of the move is refused',
    why: 'Lyon was lowered before Paris is raised: whatever fails, no more is spent than before.',
    upstream: 'tiktok/shop-second-write-fails',
    steps: [
      {
        call: post(
          '/budget/optimize',
          { platform: 'tiktok', account: 'shop-second-write-fails' },
          'en',
        ),
        promised: {
          status: 207,
          requests: [
            'list ad sets: HTTP 200',
            'change ad set: HTTP 200',
            'change ad set: HTTP 200 (code 40001)',
          ],
          waits: [],
          json: {
            status: 'partial',
            'changes.0.status': 'changed',
            'changes.1.status': 'failed',
            'changes.1.error.error.type': 'PERMISSION_DENIED',
            total_daily_budget: { before: 120, after: 112 },
          },
        },
      },
    ],
  },
];
