import { goals, heading, number, table } from '../report.js';
import { COMPARED, POLICIES } from './policies.js';
import { simulateAll } from './run.js';
import { SETTINGS } from './settings.js';

/** A few requests fail all the time: each call that fails in the end is a retry too few. */
export async function steady(): Promise<void> {
  heading(SETTINGS.steady.title);
  const outcomes = await simulateAll('steady', COMPARED);
  table(
    ['', 'calls', 'failed', 'success %', 'requests per call'],
    COMPARED.map((name) => {
      const { calls, failedCalls, requestsPerCall } = outcomes[name];
      return [
        POLICIES[name].title,
        number(calls),
        String(failedCalls),
        (100 * (1 - failedCalls / calls)).toFixed(4),
        requestsPerCall.toFixed(4),
      ];
    }),
  );
  const { calls, failedCalls } = outcomes.defaults;
  goals([
    {
      what: 'defaults, failed calls in a million (success of 99.99 %)',
      value: (1e6 * failedCalls) / calls,
      atMost: 100,
    },
  ]);
}
