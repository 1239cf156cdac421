import { heading, number, table } from '../report.js';
import { COMPARED, POLICIES } from './policies.js';
import { simulateAll } from './run.js';
import { SETTINGS } from './settings.js';

const LENGTHS = ['oneSecond', 'twoSeconds', 'calmBlip'] as const;
const SHOWN = [...COMPARED, 'wide'] as const;

/** The backend is down for a moment, which is what retries are for. */
export async function blips(): Promise<void> {
  heading(`An outage of a moment, ${SETTINGS.oneSecond.clients} processes`);
  const cells = new Map<string, string[]>(SHOWN.map((name) => [name, []]));
  for (const length of LENGTHS) {
    const outcomes = await simulateAll(length, SHOWN);
    for (const name of SHOWN) {
      const { savedShare, amplification } = outcomes[name];
      cells.get(name)?.push(`${(100 * savedShare).toFixed(1)} (${number(amplification)})`);
    }
  }
  table(
    ['saved % (amplification)', ...LENGTHS.map((length) => SETTINGS[length].title)],
    SHOWN.map((name) => [POLICIES[name].title, ...(cells.get(name) ?? [])]),
  );
}
