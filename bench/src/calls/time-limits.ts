import { inFreshProcess } from '../fresh-process.js';
import { goals, heading, number, table } from '../report.js';
import { median } from '../statistics.js';
import { PEERS, SUBJECTS, type SubjectName } from './subjects.js';

const SCRIPT = new URL('./time-limits.child.js', import.meta.url);
const CALLS = 20_000;
const LIMIT_MS = 12_000;

async function blockMs(subject: SubjectName, rounds: number): Promise<number> {
  const blocks: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const result = await inFreshProcess<{ blockMs: number }>(SCRIPT, {
      args: [subject, String(CALLS)],
      limitMs: LIMIT_MS,
    });
    blocks.push(result?.blockMs ?? Infinity);
  }
  return median(blocks);
}

/** How long the process is deaf when many calls reach their limit together. */
export async function timeLimits(): Promise<void> {
  heading(`${CALLS} limits reached together: longest block of the event loop`);
  const blocks = new Map<SubjectName, number>();
  const subjects: readonly SubjectName[] = ['decorated', 'operator', ...PEERS, 'opossum'];
  for (const name of subjects) blocks.set(name, await blockMs(name, name === 'decorated' ? 3 : 1));
  table(
    ['', 'ms'],
    [...blocks].map(([name, ms]) => [
      SUBJECTS[name].title,
      ms === Infinity ? `not over after ${LIMIT_MS / 1000} s` : number(ms),
    ]),
  );
  goals([{ what: '@Retryable, ms at a time', value: blocks.get('decorated') ?? NaN, atMost: 30 }]);
}
