import { goals, heading, number, table, type Goal } from '../report.js';
import { drawLoad, drawSuccess } from './pictures.js';
import { COMPARED, POLICIES } from './policies.js';
import { simulateAll, type Outcomes } from './run.js';
import { SETTINGS, type SettingName } from './settings.js';

const COLUMNS = [
  '',
  'amplification',
  'peak 0.1 s',
  'peak 1 s',
  'peak after',
  'begun: s to 99 %',
  'ended: s to 99 %',
  'saved %',
];

/** The backend is down for half a minute: what it is sent meanwhile, and what follows. */
export async function outages(): Promise<void> {
  const busy = await outage('busy');
  drawLoad('load-10-per-second', 'busy', busy);
  goals([
    { what: 'defaults, amplification', value: busy.defaults.amplification, atMost: 1.15 },
    ...recoveryGoals(busy),
  ]);

  const calm = await outage('calm');
  drawLoad('load-1-per-second', 'calm', calm);
  goals([
    { what: 'defaults, amplification', value: calm.defaults.amplification, atMost: 1.5 },
    ...recoveryGoals(calm),
  ]);

  const tight = await outage('tight');
  drawLoad('load-little-room', 'tight', tight);
  drawSuccess('success-little-room', 'tight', tight);
  goals(recoveryGoals(tight));
}

async function outage(setting: SettingName): Promise<Outcomes> {
  heading(SETTINGS[setting].title);
  const outcomes = await simulateAll(setting, COMPARED);
  table(
    COLUMNS,
    COMPARED.map((name) => {
      const figures = outcomes[name];
      return [
        POLICIES[name].title,
        number(figures.amplification),
        number(figures.peak(100)),
        number(figures.peak(1000)),
        number(figures.peak(1000, 'recovery')),
        String(figures.secondsUntilBegunWell),
        String(figures.secondsUntilEndedWell),
        (100 * figures.savedShare).toFixed(1),
      ];
    }),
  );
  return outcomes;
}

function recoveryGoals({ defaults, none }: Outcomes): Goal[] {
  return [
    {
      what: 'defaults, s to 99 % of calls begun, beyond no retries',
      value: defaults.secondsUntilBegunWell - none.secondsUntilBegunWell,
      atMost: 2,
    },
    {
      what: 'defaults, s to 99 % of calls ended, beyond no retries',
      value: defaults.secondsUntilEndedWell - none.secondsUntilEndedWell,
      atMost: 2,
    },
  ];
}
