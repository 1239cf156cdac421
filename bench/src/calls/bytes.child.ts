import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { print } from '../fresh-process.js';
import { loadSubject } from './subjects.js';

const WARM_UP_CALLS = 30_000;
const CALLS = 5_000;

// The process is started with a young generation that holds all of this without a collection.
let collections = 0;
new PerformanceObserver((list) => (collections += list.getEntries().length)).observe({
  entryTypes: ['gc'],
});

const maker = await loadSubject(process.argv[2] ?? '');
const call = maker(() => 1, { limitMs: 30_000, retries: 3 });

async function run(calls: number): Promise<void> {
  for (let made = 0; made < calls; made++) await call();
}

for (let made = 0; made < WARM_UP_CALLS; made += CALLS) await run(CALLS);
globalThis.gc?.();
await setTimeout(20); // the observer is told later
collections = 0;

const before = process.memoryUsage().heapUsed;
await run(CALLS);
const bytes = (process.memoryUsage().heapUsed - before) / CALLS;

await setTimeout(20);
print({ bytes: collections === 0 ? bytes : NaN });
process.exit();
