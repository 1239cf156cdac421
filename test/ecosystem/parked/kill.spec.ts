import { afterAll, beforeAll, describe, it } from 'vitest';
import { heading, number, table } from '../../../bench/src/report.js';
import { median } from '../../../bench/src/statistics.js';
import { KilledCalls, type Ending, type Plan } from './killed-calls.js';
import { KillingPlatform, MOMENTS, type Moment } from './killing-platform.js';

const TITLES: Readonly<Record<Plan['method'], string>> = {
  create: '`reconcile`',
  createOnce: '`idempotent: false`',
  createByKey: '`idempotent: true`',
};

const ALL = Object.keys(MOMENTS) as Moment[];
/** Those of a call without `reconcile`. */
const SENT = ALL.filter((moment) => moment !== 'asked');

const PLANS: readonly (Plan & { readonly runs: number })[] = [
  ...ALL.map((moment) => ({ method: 'create', moments: [moment], runs: 15 }) as const),
  { method: 'create', moments: ['received', 'recorded'], runs: 10 },
  ...SENT.map((moment) => ({ method: 'createOnce', moments: [moment], runs: 5 }) as const),
  ...SENT.map((moment) => ({ method: 'createByKey', moments: [moment], runs: 5 }) as const),
];

const titleOf = ({ method, moments }: Plan) =>
  `${TITLES[method]}, ${moments.map((moment) => MOMENTS[moment]).join(', then ')}`;

const platform = new KillingPlatform();
/** Applications that have nothing to do. */
const idle: KilledCalls[] = [];
const endings: Ending[] = [];
const startedAt = performance.now();

beforeAll(() => platform.start());
afterAll(async () => {
  await Promise.all(idle.map((each) => each.close()));
  platform.stop();
  if (endings.length > 0) print();
});

const UNKNOWN = 'OUTCOME_UNKNOWN';

describe('a parked call whose process is killed', () => {
  for (const plan of PLANS) {
    for (let run = 1; run <= plan.runs; run++) {
      it.concurrent(`${titleOf(plan)}: run ${run}`, async ({ expect }) => {
        const ending = await runOf(plan);
        const { method, moments, output } = ending;
        expect(new Set(ending.keys).size, 'the keys of its requests').toBe(1);
        if (method !== 'createOnce') {
          expect(outcomeOf(ending), output).toBe('completed');
          expect(creationsOf(ending), 'what is there').toBe(1);
          return;
        }
        expect(ending.keys.length, 'the request that was put off, and one more').toBeLessThan(3);
        // It may have been done, or not begun.
        const isEither = moments.includes('answered') || moments.includes('anytime');
        expect(isEither ? [UNKNOWN, 'completed'] : [UNKNOWN], output).toContain(outcomeOf(ending));
      });
    }
  }
});

async function runOf(plan: Plan): Promise<Ending> {
  const calls = idle.pop() ?? new KilledCalls(platform);
  try {
    const ending = await calls.run(plan);
    endings.push(ending);
    idle.push(calls);
    return ending;
  } catch (error) {
    await calls.close(); // what is left of the run must not meet the next one
    throw error;
  }
}

function outcomeOf({ call: { state, error } }: Ending): string {
  return error?.error.type ?? state;
}

/** A platform that knows the key takes what comes again with it for the same. */
function creationsOf({ method, created }: Ending): number {
  return method === 'createByKey' ? new Set(created).size : created.length;
}

function print(): void {
  heading('A parked call whose process is killed');
  const columns = ['', 'runs', 'completed', UNKNOWN, 'not there', 'once', 'twice', 'requests', 's'];
  const rows = PLANS.map((plan) => {
    const ended = endings.filter((ending) => titleOf(ending) === titleOf(plan));
    const count = (is: (ending: Ending) => boolean) => String(ended.filter(is).length);
    return [
      titleOf(plan),
      String(plan.runs),
      count((ending) => outcomeOf(ending) === 'completed'),
      count((ending) => outcomeOf(ending) === UNKNOWN),
      count((ending) => creationsOf(ending) === 0),
      count((ending) => creationsOf(ending) === 1),
      count((ending) => creationsOf(ending) > 1),
      number(ended.reduce((sum, { keys }) => sum + keys.length - 1, 0) / ended.length),
      number(median(ended.map(({ seconds }) => seconds))),
    ];
  });
  table(columns, rows);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`\n${seconds} s on Node ${process.version}`);
}
