import { inFreshProcess } from '../fresh-process.js';
import { goals, heading, number, table } from '../report.js';
import { medians, shuffled } from '../statistics.js';

const SCRIPT = new URL('./cost.child.js', import.meta.url);
const ROUNDS = 9;
const TITLES = { memory: 'in memory', redis: 'RedisCooldownStore' } as const;

type StoreName = keyof typeof TITLES;

interface Times {
  readonly ns: number;
  readonly baselineNs: number;
  readonly ratio: number;
}

/** What the store costs a call of an account that does not cool down. */
export async function cost(): Promise<void> {
  heading('A call with `key` that succeeds at once');
  const names = Object.keys(TITLES) as StoreName[];
  const results: Record<StoreName, Times[]> = { memory: [], redis: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of shuffled(names)) {
      const times = await inFreshProcess<Times>(SCRIPT, { args: [name] });
      if (times !== undefined) results[name].push(times);
    }
  }
  const memory = medians(results.memory);
  const redis = medians(results.redis);
  table(
    ['', 'ns', 'x direct'],
    names.map((name) => {
      const { ns, ratio } = name === 'memory' ? memory : redis;
      return [TITLES[name], number(ns), number(ratio)];
    }),
  );
  goals([{ what: 'Redis, x in memory', value: redis.ratio / memory.ratio, atMost: 1.1 }]);
}
