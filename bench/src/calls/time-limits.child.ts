import { print } from '../fresh-process.js';
import { loadSubject } from './subjects.js';
import type { Call } from './subject.js';

const [subject = '', calls = ''] = process.argv.slice(2);
const maker = await loadSubject(subject);
const callWithLimit = (limitMs: number) =>
  maker(() => new Promise(() => undefined), { limitMs, retries: 0 });

// The main thread's own time: on a busy machine the clock would count other processes' too.
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** How long no other work could be done while that many calls reached their limit together. */
async function longestBlockMs(call: Call, size: number): Promise<number> {
  let open = size;
  const ended = () => open--;
  for (let started = 0; started < size; started++) call().then(ended, ended);
  let longest = 0;
  while (open > 0) {
    const before = { time: threadMs(), open };
    await new Promise(setImmediate);
    if (open < before.open) longest = Math.max(longest, threadMs() - before.time);
  }
  return longest;
}

for (let round = 0; round < 3; round++) await longestBlockMs(callWithLimit(200), 2_000);
// Long enough for the slowest subject to start all of them.
print({ blockMs: await longestBlockMs(callWithLimit(4_000), Number(calls)) });
process.exit();
