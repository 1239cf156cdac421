import { queryObjects } from 'node:v8';
import { print } from '../fresh-process.js';
import { median } from '../statistics.js';
import { Crowd } from './crowd.js';
import { loadSubject } from './subjects.js';

const [subject = '', calls = NaN, rounds = NaN] = process.argv
  .slice(2)
  .map((arg, index) => (index === 0 ? arg : Number(arg))) as [string, number, number];

const subjects = new Crowd(await loadSubject(subject));
const directs = new Crowd(await loadSubject('direct'));

async function cpuUs(crowd: Crowd): Promise<number> {
  globalThis.gc?.();
  const start = process.cpuUsage();
  await crowd.run(calls, () => undefined);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / calls;
}

async function liveBytes(crowd: Crowd, whileAllRun: () => void): Promise<number> {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  let bytes = NaN;
  await crowd.run(calls, () => {
    globalThis.gc?.();
    bytes = (process.memoryUsage().heapUsed - before) / calls;
    whileAllRun();
  });
  return bytes;
}

const ownTimer = setTimeout(() => undefined);
clearTimeout(ownTimer);
const countTimers = () => queryObjects(ownTimer.constructor, { format: 'count' }) - 1;

for (let round = 0; round < 10; round++) {
  await directs.run(1_000, () => undefined);
  await subjects.run(1_000, () => undefined);
}
const times: { direct: number; own: number }[] = [];
for (let round = 0; round < rounds; round++) {
  times.push({ direct: await cpuUs(directs), own: await cpuUs(subjects) });
}
let timers = NaN;
const bytes = await liveBytes(subjects, () => (timers = countTimers()));
await new Promise(setImmediate); // the last one's timer goes with its turn
print({
  cpuUs: median(times.map(({ own }) => own)),
  ratio: median(times.map(({ own, direct }) => own / direct)),
  bytes,
  timers,
  activeAfter: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
});
process.exit();
