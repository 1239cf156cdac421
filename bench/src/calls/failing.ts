import { goals, heading, number, table } from '../report.js';
import { timeOf } from './success.js';
import { PEERS, SUBJECTS, type SubjectName } from './subjects.js';

const BODIES = {
  failsKnown: 'an error of a known type',
  failsUnknown: 'a network error',
  failsFresh: 'a new network error each',
};

/** Two failures, then success, with no wait between. */
export async function failing(): Promise<void> {
  heading('Two failures, then success, at delay 0 (opossum does not retry)');
  const subjects: readonly SubjectName[] = ['decorated', 'operator', ...PEERS];
  const known = await timeOf(subjects, 'loop', 'failsKnown');
  const ours: readonly SubjectName[] = ['decorated', 'pRetry', 'rxjs'];
  const unknown = await timeOf(ours, 'loop', 'failsUnknown', 1);
  const fresh = await timeOf(ours, 'loop', 'failsFresh', 1);
  table(
    ['us per call (x hand-written loop)', ...Object.values(BODIES)],
    subjects.map((name) => [
      SUBJECTS[name].title,
      ...[known, unknown, fresh].map((times) => {
        const result = times.get(name);
        return result === undefined ? '-' : `${number(result.ns / 1000)} (${number(result.ratio)})`;
      }),
    ]),
  );
  goals([
    {
      what: '@Retryable, x hand-written loop',
      value: known.get('decorated')?.ratio ?? NaN,
      atMost: 1.4,
    },
  ]);
}
