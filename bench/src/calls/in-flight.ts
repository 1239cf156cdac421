import { inFreshProcess } from '../fresh-process.js';
import { goals, heading, number, table } from '../report.js';
import { medians } from '../statistics.js';
import { PEERS, SUBJECTS, type SubjectName } from './subjects.js';

const SCRIPT = new URL('./in-flight.child.js', import.meta.url);
const LIMIT_MS = 15_000;
const FEW = 10_000;
const MANY = 100_000;

const ROUNDS = 3;

interface Load {
  /** Of the first crowd of that size in a process, and of the next one. */
  readonly firstUs: number;
  readonly againUs: number;
  readonly bytes: number;
  readonly timers: number;
  readonly activeAfter: number;
}

/** The medians over some processes; undefined where one took too long. */
async function measure(subject: SubjectName, calls: number): Promise<Load | undefined> {
  const loads: Load[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const load = await inFreshProcess<Load>(SCRIPT, {
      args: [subject, String(calls)],
      flags: ['--expose-gc'],
      limitMs: LIMIT_MS,
    });
    if (load === undefined) return undefined;
    loads.push(load);
  }
  return medians(loads);
}

/** How many calls at once cost, and what they leave behind. */
export async function inFlight(): Promise<void> {
  heading('Calls in flight');
  const subjects: readonly SubjectName[] = ['direct', 'decorated', 'operator', ...PEERS, 'opossum'];
  const rows: string[][] = [];
  const direct = await measure('direct', MANY);
  let ours: Load | undefined;
  for (const name of subjects) {
    const few = await measure(name, FEW);
    const many = name === 'direct' ? direct : await measure(name, MANY);
    if (name === 'decorated') ours = many;
    rows.push([
      SUBJECTS[name].title,
      number(few?.firstUs),
      many === undefined ? `> ${LIMIT_MS / 1000} s` : number(many.firstUs),
      number(ratio(many?.firstUs, direct?.firstUs)),
      number(many?.againUs),
      number(ratio(many?.firstUs, few?.firstUs)),
      number((many ?? few)?.bytes),
      number((many ?? few)?.timers),
      number((many ?? few)?.activeAfter),
    ]);
  }
  table(
    [
      '',
      'us at 10 000',
      'us at 100 000',
      'x direct',
      'us again',
      'growth',
      'live bytes',
      'timers',
      'active after',
    ],
    rows,
  );
  goals([
    {
      what: '@Retryable, CPU at 100 000, x direct',
      value: ratio(ours?.firstUs, direct?.firstUs),
      atMost: 4.5,
    },
    { what: '@Retryable, live bytes a call', value: ours?.bytes ?? NaN, atMost: 1200 },
    { what: '@Retryable, timers for 100 000 calls', value: ours?.timers ?? NaN, atMost: 1 },
    { what: '@Retryable, timers active after', value: ours?.activeAfter ?? NaN, atMost: 0 },
  ]);
}

function ratio(value = NaN, base = NaN): number {
  return value / base;
}
