import { inFreshProcess } from '../fresh-process.js';
import { goals, heading, number, table } from '../report.js';
import { medians, shuffled } from '../statistics.js';
import { PEERS, SUBJECTS, type SubjectName } from './subjects.js';

const SEQUENCE = new URL('./sequence.child.js', import.meta.url);
const BYTES = new URL('./bytes.child.js', import.meta.url);

interface Times {
  readonly ns: number;
  readonly baselineNs: number;
  readonly ratio: number;
}

/** Each subject in fresh processes, in another order in each round. */
export async function timeOf(
  subjects: readonly SubjectName[],
  baseline: SubjectName,
  body: string,
  rounds = 3,
): Promise<ReadonlyMap<SubjectName, Times>> {
  const results = new Map<SubjectName, Times[]>(subjects.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round++) {
    for (const subject of shuffled(subjects)) {
      const result = await inFreshProcess<Times>(SEQUENCE, { args: [subject, baseline, body] });
      if (result !== undefined) results.get(subject)?.push(result);
    }
  }
  return new Map([...results].map(([subject, times]) => [subject, medians(times)]));
}

async function bytesOf(subject: SubjectName): Promise<number> {
  const youngGeneration = ['--min-semi-space-size=256', '--max-semi-space-size=256'];
  const result = await inFreshProcess<{ bytes: number }>(BYTES, {
    args: [subject],
    flags: ['--expose-gc', ...youngGeneration],
  });
  return result?.bytes ?? NaN;
}

export async function success(): Promise<void> {
  heading('A call that succeeds at once');
  const subjects = (Object.keys(SUBJECTS) as SubjectName[]).filter((name) => name !== 'loop');
  const times = await timeOf(subjects, 'direct', 'succeeds');
  const ratio = (name: SubjectName) => times.get(name)?.ratio ?? NaN;
  const bestPeer = Math.min(...PEERS.map(ratio));
  const rows: string[][] = [];
  for (const name of subjects) {
    rows.push([
      SUBJECTS[name].title,
      number(times.get(name)?.ns),
      number(ratio(name)),
      number(ratio(name) / bestPeer),
      number(await bytesOf(name)),
    ]);
  }
  table(['', 'ns', 'x direct', 'x best peer', 'bytes'], rows);
  goals([
    { what: '@Retryable, x direct call', value: ratio('decorated'), atMost: 5.5 },
    {
      what: '@Retryable, x best peer with a limit',
      value: ratio('decorated') / bestPeer,
      atMost: 0.3,
    },
    {
      what: 'retryWithBackoff$, x rxjs timeout + retry',
      value: ratio('operator') / ratio('rxjs'),
      atMost: 0.6,
    },
  ]);
}
