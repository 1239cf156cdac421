import { goals, heading, number, table } from '../report.js';
import { CALLERS, type CallerName } from './callers.js';
import type { Figures } from './figures.js';
import { drawRequests } from './picture.js';
import { run } from './run.js';
import { ACCOUNTS, PROCESSES, UNITS } from './settings.js';

export type Outcomes = Readonly<Record<CallerName, Figures>>;

/** Several processes that call for the same accounts. */
export async function limits(): Promise<void> {
  heading(`${PROCESSES} processes, ${ACCOUNTS.length} accounts with ${UNITS} units of work each`);
  const outcomes: Outcomes = {
    naive: await run('naive'),
    memory: await run('memory'),
    redis: await run('redis'),
  };
  const names = Object.keys(CALLERS) as CallerName[];
  const units = ACCOUNTS.length * UNITS;
  table(
    ['', 'requests', 'while blocked', 'late', 'most late', 'longest block', 'time', 'lost %'],
    names.map((name) => {
      const { requests, whileBlocked, late, mostLate, longestBlock, time, lost } = outcomes[name];
      return [
        CALLERS[name].title,
        String(requests),
        String(whileBlocked),
        String(late),
        String(mostLate),
        number(longestBlock),
        Number.isFinite(time) ? number(time) : '-',
        ((100 * lost) / units).toFixed(1),
      ];
    }),
  );
  const { late, mostLate, time, lost } = outcomes.redis;
  goals([
    { what: 'with Redis, late requests of a process in a block', value: mostLate, atMost: 1 },
    { what: 'with Redis, late requests in all', value: late, atMost: 0 },
    { what: 'with Redis, time, x the least', value: time, atMost: 1.2 },
    { what: 'with Redis, units lost', value: lost, atMost: 0 },
  ]);
  drawRequests(outcomes);
}
