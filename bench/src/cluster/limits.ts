import { goals, heading, number, table } from '../report.js';
import { CALLERS, type CallerName } from './callers.js';
import type { Figures } from './figures.js';
import { drawRequests } from './picture.js';
import { run } from './run.js';
import { ACCOUNTS, PLATFORMS, UNITS, type PlatformName } from './settings.js';

export type Outcomes = Readonly<Record<CallerName, Figures>>;

export async function strict(): Promise<void> {
  drawRequests(await limitedBy('strict'));
}

export async function lenient(): Promise<void> {
  await limitedBy('lenient');
}

/** Several processes that call for the same accounts. */
async function limitedBy(platform: PlatformName): Promise<Outcomes> {
  heading(PLATFORMS[platform].title);
  const outcomes: Outcomes = {
    naive: await run(platform, 'naive'),
    memory: await run(platform, 'memory'),
    redis: await run(platform, 'redis'),
  };
  const names = Object.keys(CALLERS) as CallerName[];
  const units = ACCOUNTS.length * UNITS;
  table(
    [
      '',
      'requests',
      'while blocked',
      'late',
      'most late',
      'longest block',
      'time',
      'lost %',
      'not done %',
    ],
    names.map((name) => {
      const { requests, whileBlocked, late, mostLate, longestBlock, time } = outcomes[name];
      const { lost, undone } = outcomes[name];
      return [
        CALLERS[name].title,
        String(requests),
        String(whileBlocked),
        String(late),
        String(mostLate),
        number(longestBlock),
        Number.isFinite(time) ? number(time) : '-',
        ((100 * lost) / units).toFixed(1),
        ((100 * undone) / units).toFixed(1),
      ];
    }),
  );
  const { mostLate, time, lost } = outcomes.redis;
  goals([
    { what: 'with Redis, late requests of a process in a block', value: mostLate, atMost: 1 },
    { what: 'with Redis, time, x the least', value: time, atMost: 1.2 },
    { what: 'with Redis, units lost', value: lost, atMost: 0 },
  ]);
  return outcomes;
}
