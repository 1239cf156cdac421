import { queryObjects } from 'node:v8';
import { print } from '../fresh-process.js';
import { Crowd } from './crowd.js';
import { loadSubject } from './subjects.js';

const subject = process.argv[2] ?? '';
const calls = Number(process.argv[3]);
const crowd = new Crowd(await loadSubject(subject));

/** Of all threads: a collector that works beside the calls is paid for too. */
async function cpuUs(): Promise<number> {
  globalThis.gc?.();
  const start = process.cpuUsage();
  await crowd.run(calls, () => undefined);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / calls;
}

async function liveBytes(whileAllRun: () => void): Promise<number> {
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

for (let round = 0; round < 10; round++) await crowd.run(1_000, () => undefined);
const firstUs = await cpuUs();
const againUs = await cpuUs();
let timers = NaN;
const bytes = await liveBytes(() => (timers = countTimers()));
await new Promise(setImmediate); // the last one's timer goes with its turn
print({
  firstUs,
  againUs,
  bytes,
  timers,
  activeAfter: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
});
process.exit();
