import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Job, Queue } from 'bullmq';
import { ParkedError } from '../errors/operation.errors.js';
import { withoutStack } from '../errors/service-error.js';
import type { ParkedAs } from '../retry/call-hooks.js';
import type { GaveUp } from '../retry/next-step.js';
import type { Parkable, ParkedTicket, ParkingLot } from '../retry/parking.js';
import { passOn } from '../retry/passed-on.js';
import { startWait } from '../retry/wait.js';
import { jsonToKeep } from './json-to-keep.js';
import { dataOf, jobIdOf, type ParkedCallData } from './parked-call-data.js';
import { ONE_DAY_S, type ParkedCallsOptions } from './parked-calls.options.js';
import type { ParkedMethods } from './parked-methods.js';
import { scattered } from './scattered.js';

/** So long a call waits for the queue to take it; then it fails as it would without one. */
const PATIENCE_MS = 2000;

/** The progress of a job that several calls with one idempotency key count on. */
const SHARED = 'shared';

/** The queue as a place for calls to wait in. */
export class CallParking implements ParkingLot {
  constructor(
    private readonly queue: Queue<ParkedCallData>,
    private readonly methods: ParkedMethods,
    private readonly options: ParkedCallsOptions,
  ) {}

  take(call: Parkable, park: ParkedAs, gaveUp: GaveUp, waitMs: number, error: unknown): void {
    const { policy, runtime } = call;
    const past = call.past();
    const late = new AbortController();
    let ticket: ParkedTicket | undefined;
    let reason: unknown = new Error('The queue does not answer');
    call.holdOuter();
    const end = startWait(Math.min(PATIENCE_MS, call.remainingMs()), () => {
      past.endWait = undefined;
      const goesOn = call.goesOn();
      if (goesOn && ticket !== undefined) {
        runtime.observer.callParked(policy, ticket, error);
        const options = { ...ticket, platform: policy.platform, cause: error };
        return call.parkedAs(withoutStack(() => passOn(new ParkedError(options))));
      }
      // Who is told that it has failed may call again.
      late.abort();
      if (!goesOn) return;
      runtime.observer.callNotParked(policy, reason);
      call.giveUp(gaveUp);
    });
    past.endWait = end;
    void this.park(call, park, waitMs, error, late.signal)
      .then(
        (given) => (ticket = given),
        (thrown: unknown) => (reason = thrown),
      )
      .finally(() => end(true));
  }

  private async park(
    call: Parkable,
    park: ParkedAs,
    waitMs: number,
    error: unknown,
    signal: AbortSignal,
  ): Promise<ParkedTicket> {
    const { name } = park;
    if (this.methods.find(name)?.instance !== call.self) {
      throw new Error(`The object whose method was called is not the application's: '${name}'`);
    }
    const args = jsonToKeep(park.serialize());
    const jobId = jobIdOf(name, call.idempotencyKey);
    const before = await this.queue.getJob(jobId);
    const hasFailed = (await before?.isFailed()) === true;
    if (before !== undefined && !hasFailed) return share(before, args);
    signal.throwIfAborted();
    if (hasFailed) await before?.remove();
    const delay = scattered(waitMs);
    const ticket = { jobId, resumesAt: Date.now() + delay };
    const owner = randomUUID();
    const { began } = before?.data ?? {};
    const data = { ...dataOf(call, args, ticket.resumesAt, error), owner, began };
    await this.queue.add(name, data, this.optionsOf(call, jobId, delay));
    const job = await this.queue.getJob(jobId);
    if (job?.data.owner !== owner) return share(job, args);
    if (signal.aborted && job.progress !== SHARED) await job.remove();
    return ticket;
  }

  private optionsOf({ policy, retries }: Parkable, jobId: string, delay: number) {
    const { removeOnComplete = { age: ONE_DAY_S }, removeOnFail = false } = this.options;
    const attempts = Math.max(1, policy.maxRetries - retries + 1);
    return { jobId, delay, attempts, removeOnComplete, removeOnFail };
  }
}

/** Counts on a job that another call with the same idempotency key has parked. */
async function share(job: Job<ParkedCallData> | undefined, args: unknown): Promise<ParkedTicket> {
  if (job === undefined) throw new Error('The job was taken out of the queue');
  const { id: jobId = '', data } = job;
  if (!isDeepStrictEqual(data.args, args)) {
    throw new Error('A call with the same idempotency key and other arguments is parked');
  }
  // Not in its data, which whoever runs the job may be writing.
  await job.updateProgress(SHARED);
  return { jobId, resumesAt: data.resumesAt };
}
