import { median } from '../statistics.js';
import type { Call } from './subject.js';

const BATCH_MS = 30;
const WARM_UP_MS = 250;

async function batchNs(call: Call, calls: number): Promise<number> {
  const start = process.hrtime.bigint();
  for (let made = 0; made < calls; made++) await call();
  return Number(process.hrtime.bigint() - start) / calls;
}

/** Lets the call be compiled and finds out how many fill a batch. */
async function callsPerBatch(call: Call): Promise<number> {
  const end = performance.now() + WARM_UP_MS;
  let ns = NaN;
  while (performance.now() < end) ns = await batchNs(call, Number.isNaN(ns) ? 10 : batchSize(ns));
  return batchSize(ns);
}

function batchSize(ns: number): number {
  return Math.max(3, Math.min(200_000, Math.round((BATCH_MS * 1e6) / ns)));
}

/**
 * Nanoseconds of a call and of what it is compared with. Batches of the two take turns, so that
 * whatever slows the machine down slows both.
 */
export async function alternate(
  call: Call,
  baseline: Call,
  pairs: number,
): Promise<{ ns: number; baselineNs: number; ratio: number }> {
  const sizes = { baseline: await callsPerBatch(baseline), call: await callsPerBatch(call) };
  const times: { ns: number; baselineNs: number }[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const baselineNs = await batchNs(baseline, sizes.baseline);
    times.push({ baselineNs, ns: await batchNs(call, sizes.call) });
  }
  return {
    ns: median(times.map(({ ns }) => ns)),
    baselineNs: median(times.map(({ baselineNs }) => baselineNs)),
    ratio: median(times.map(({ ns, baselineNs }) => ns / baselineNs)),
  };
}
