import { goals, heading, table } from '../report.js';
import { COMPARED, POLICIES, type Policy, type PolicyName } from './policies.js';
import { simulateAll } from './run.js';
import type { Figures } from './figures.js';
import { SETTINGS } from './settings.js';

/** A process with few calls in a long outage: the budget is not meant for it. */
export async function sparse(): Promise<void> {
  heading('An outage of two hours, a call a minute');
  const regular = await simulateAll('everyMinute', COMPARED);
  const random = await simulateAll('onceAMinute', COMPARED);
  table(
    [
      'retries per call (calls with all of them, %)',
      SETTINGS.everyMinute.title,
      SETTINGS.onceAMinute.title,
    ],
    COMPARED.filter((name) => name !== 'none').map((name) => [
      POLICIES[name].title,
      cell(name, regular[name]),
      cell(name, random[name]),
    ]),
  );
  goals([
    {
      what: 'defaults, fewest retries of a call, a call each minute',
      value: regular.defaults.counts.retriesOfFailed.findIndex((calls) => calls > 0),
      atLeast: 3,
    },
  ]);
}

function cell(name: PolicyName, { counts: { retriesOfFailed } }: Figures): string {
  const { retry }: Policy['options'] = POLICIES[name].options;
  const calls = retriesOfFailed.reduce((total, count) => total + count, 0);
  const made = retriesOfFailed.reduce((total, count, retries) => total + retries * count, 0);
  const complete = retriesOfFailed[retry?.maxRetries ?? 3] ?? 0;
  return `${(made / calls).toFixed(2)} (${((100 * complete) / calls).toFixed(1)})`;
}
