import { randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heading, number, table } from '../../../bench/src/report.js';
import { connection, queueName } from '../support/parking.js';
import { CampaignsProcess } from './campaigns.js';
import { ThrottlingPlatform } from './throttling-platform.js';

const CALLS = 10_000;
const PART = 2000;
const ACCOUNTS = 5;
/** Calls that a process has under way at once. */
const AT_ONCE = 50;
/** What the heap may gain from the first part to the last, in megabytes. */
const FLAT_MB = 1.5;

const POLL = { interval: 10, timeout: 120_000 };

const MB = 2 ** 20;
const prefix = `parked-${randomUUID()}`;
const queue = new Queue(queueName, { connection, prefix });
const platform = new ThrottlingPlatform();
const processes: CampaignsProcess[] = [];

const start = async (more: object = {}): Promise<CampaignsProcess> => {
  const parts = { prefix, platform: platform.url, flags: ['--expose-gc'] };
  const started = await CampaignsProcess.start({ ...parts, ...more });
  processes.push(started);
  return started;
};

beforeAll(() => platform.start());
afterAll(async () => {
  await Promise.all(processes.map((each) => each.kill()));
  platform.stop();
  await queue.obliterate({ force: true });
  await queue.close();
});

/** Writes and reads of all accounts by turns. */
function parkNext(parking: CampaignsProcess, index: number): Promise<string> {
  const account = `act_${index % ACCOUNTS}`;
  const isWrite = Math.floor(index / ACCOUNTS) % 2 === 0;
  if (isWrite) return parking.park('create', account, `campaign-${index}`);
  return parking.park('read', account, `report-${index}`);
}

describe(`${CALLS} parked calls`, { timeout: 300_000 }, () => {
  it('are each made once, and leave nothing in the heap of a process', async () => {
    const parking = await start();
    const jobs = new Set<string>();
    const heaps: number[][] = [];
    let parkingMs = 0;
    for (let parked = 0; parked < CALLS; parked += PART) {
      const begun = performance.now();
      let next = parked;
      const parkAll = async () => {
        while (next < parked + PART) jobs.add(await parkNext(parking, next++));
      };
      await Promise.all(Array.from({ length: AT_ONCE }, parkAll));
      parkingMs += performance.now() - begun;
      heaps.push([await parking.heap()]);
    }
    expect(jobs.size).toBe(CALLS);
    expect(await queue.getJobCounts('delayed')).toEqual({ delayed: CALLS });
    expect(platform.made.size).toBe(0);
    const refusedBefore = platform.refusals;

    const makers = await Promise.all([start({ worker: {} }), start({ worker: {} })]);
    platform.isOpen = true;
    const begun = performance.now();
    const promoting = queue.promoteJobs({ count: 1000 });
    let resumingMs = 0;
    for (const [index, heap] of heaps.entries()) {
      const made = () => platform.made.size;
      await expect.poll(made, POLL).toBeGreaterThanOrEqual(PART * (index + 1));
      resumingMs = performance.now() - begun;
      heap.push(...(await Promise.all(makers.map((each) => each.heap()))));
    }
    print(heaps, refusedBefore, parkingMs, resumingMs, makers);
    await promoting;
    await expect
      .poll(() => queue.getJobCounts('completed', 'failed', 'active', 'waiting', 'delayed'), POLL)
      .toEqual({ completed: CALLS, failed: 0, active: 0, waiting: 0, delayed: 0 });
    expect([...platform.made.values()].filter((times) => times !== 1)).toEqual([]);
    expect(platform.made.size).toBe(CALLS);
    for (const each of makers) expect(platform.makers.get(each.id)).toBeGreaterThan(CALLS / 10);
    for (const megabytes of gainedIn(heaps)) expect(megabytes).toBeLessThan(FLAT_MB);
  });
});

/** What the heap of each process has gained. */
function gainedIn(heaps: readonly (readonly number[])[]): number[] {
  const first = heaps[0] ?? [];
  return first.map((bytes, index) => ((heaps.at(-1)?.[index] ?? NaN) - bytes) / MB);
}

function print(
  heaps: readonly (readonly number[])[],
  refusedBefore: number,
  parkingMs: number,
  resumingMs: number,
  makers: readonly CampaignsProcess[],
): void {
  heading(`${CALLS} parked calls`);
  table(
    ['calls', 'parking, MB', 'first worker, MB', 'second worker, MB'],
    heaps.map((heap, index) => [
      String(PART * (index + 1)),
      ...heap.map((bytes) => (bytes / MB).toFixed(2)),
    ]),
  );
  console.log();
  const times = [...platform.made.values()];
  const rows = [
    ['calls parked', String(CALLS)],
    ['refused by the platform for that', String(refusedBefore)],
    ['parked each second', number((CALLS / parkingMs) * 1000)],
    ['made once', String(times.filter((count) => count === 1).length)],
    ['made more than once', String(times.filter((count) => count > 1).length)],
    ['never made', String(CALLS - platform.made.size)],
    ['made by each worker', makers.map(({ id }) => platform.makers.get(id)).join(' and ')],
    ['questions of `reconcile`', String(platform.lookups)],
    ['refused while they were made', String(platform.refusals - refusedBefore)],
    ['made each second', number((CALLS / resumingMs) * 1000)],
  ];
  table(['', 'measured'], rows);
}
