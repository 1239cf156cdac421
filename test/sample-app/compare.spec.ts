import { describe, expect, it } from 'vitest';
import { differences } from '../../sample-app/demo/compare.js';
import type { LogLine, Observed, Promised } from '../../sample-app/demo/scenario.js';

const promised: Promised = {
  status: 503,
  requests: ['list: HTTP 503', 'list: HTTP 503'],
  waits: [1000],
  json: { 'error.type': 'CONNECTION_FAILED' },
  headers: { 'retry-after': '5' },
  holds: { campaigns: 0, ad_sets: 0, ads: 0 },
};

const log: LogLine[] = [
  { level: 30, msg: 'retry_scheduled', delay_ms: 1000 },
  { level: 50, msg: 'operation_error' },
];

const observed: Observed = {
  call: { method: 'GET', path: '/' },
  status: 503,
  headers: new Headers({ 'retry-after': '5', 'x-request-id': 'r-1' }),
  body: { status: 'error', error: { type: 'CONNECTION_FAILED', request_id: 'r-1' } },
  requests: [
    { operation: 'list', answer: 'HTTP 503', began: 0, ended: 1 },
    { operation: 'list', answer: 'HTTP 503', began: 1001, ended: 1002 },
  ],
  holds: { campaigns: 0, ad_sets: 0, ads: 0 },
  log,
};

describe('a scenario of the demo', () => {
  it('is as promised where everything is', () => {
    expect(differences(promised, observed)).toEqual([]);
  });

  it.each<[string, Partial<Observed>]>([
    ['HTTP status', { status: 200 }],
    ['requests to the platform', { requests: observed.requests.slice(0, 1) }],
    ['waits', { log: log.slice(1) }],
    [
      'waits: 1 were announced',
      { requests: observed.requests.map((each) => ({ ...each, began: 1 })) },
    ],
    ['error.type', { body: { status: 'error', error: { type: 'TIMEOUT', request_id: 'r-1' } } }],
    ['header retry-after', { headers: new Headers({ 'x-request-id': 'r-1' }) }],
    ['what the platform holds', { holds: { campaigns: 1, ad_sets: 0, ads: 0 } }],
    ['log', { log: log.slice(0, 1) }],
    ['log', { log: [...log, { level: 50, msg: 'operation_error' }] }],
    ['request_id', { headers: new Headers({ 'retry-after': '5', 'x-request-id': 'r-2' }) }],
  ])('is not as promised, and that is said, where it differs in: %s', (what, difference) => {
    const found = differences(promised, { ...observed, ...difference });
    expect(found.some((each) => each.startsWith(what))).toBe(true);
  });
});
