import { inFreshProcess } from '../fresh-process.js';
import { goals, heading, number, table } from '../report.js';
import { PEERS, SUBJECTS, type SubjectName } from './subjects.js';

const SCRIPT = new URL('./in-flight.child.js', import.meta.url);
const LIMIT_MS = 15_000;
const FEW = 10_000;
const MANY = 100_000;

interface Load {
  readonly cpuUs: number;
  readonly ratio: number;
  readonly bytes: number;
  readonly timers: number;
  readonly activeAfter: number;
}

function measure(subject: SubjectName, calls: number, rounds: number): Promise<Load | undefined> {
  return inFreshProcess<Load>(SCRIPT, {
    args: [subject, String(calls), String(rounds)],
    flags: ['--expose-gc'],
    limitMs: LIMIT_MS,
  });
}

/** How many calls at once cost, and what they leave behind. */
export async function inFlight(): Promise<void> {
  heading('Calls in flight');
  const subjects: readonly SubjectName[] = ['direct', 'decorated', 'operator', ...PEERS, 'opossum'];
  const rows: string[][] = [];
  let ours: Load | undefined;
  for (const name of subjects) {
    const few = await measure(name, FEW, 5);
    const many = await measure(name, MANY, name === 'decorated' ? 5 : 1);
    if (name === 'decorated') ours = many;
    rows.push([
      SUBJECTS[name].title,
      number(few?.cpuUs),
      many === undefined ? `> ${LIMIT_MS / 1000} s` : number(many.cpuUs),
      number(many?.ratio),
      number((many?.cpuUs ?? NaN) / (few?.cpuUs ?? NaN)),
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
      'growth',
      'live bytes',
      'timers',
      'active after',
    ],
    rows,
  );
  goals([
    { what: '@Retryable, CPU at 100 000, x direct', value: ours?.ratio ?? NaN, atMost: 4.5 },
    { what: '@Retryable, live bytes a call', value: ours?.bytes ?? NaN, atMost: 1200 },
    { what: '@Retryable, timers for 100 000 calls', value: ours?.timers ?? NaN, atMost: 1 },
    { what: '@Retryable, timers active after', value: ours?.activeAfter ?? NaN, atMost: 0 },
  ]);
}
