import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Job, Queue } from 'bullmq';
import { describeError } from '../errors/describe-error.js';
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
      late.abort();
      if (!goesOn) return;
      runtime.observer.callNotParked(policy, reason);
      call.giveUp(gaveUp);
    });
    past.endWait = end;
    const owner = randomUUID();
    void this.park(call, park, waitMs, error, owner, late.signal)
      .then(
        (given) => (ticket = given),
        (thrown: unknown) => (reason = thrown),
      )
      .then(() => end(true))
      .then(() => (late.signal.aborted ? this.takeBack(call, park, owner) : undefined))
      .catch((thrown: unknown) => {
        runtime.observer.callbackFailed('park: take back', policy.context, thrown);
      });
  }

  private async park(
    call: Parkable,
    park: ParkedAs,
    waitMs: number,
    error: unknown,
    owner: string,
    signal: AbortSignal,
  ): Promise<ParkedTicket> {
    const { name } = park;
    const known = this.methods.find(name);
    if (known === undefined) {
      throw new Error(`No provider has a method '${name}': does a decorator above hide it?`);
    }
    if (known.instance !== call.self) {
      throw new Error(`The object whose method was called is not the application's: '${name}'`);
    }
    const args = jsonToKeep(serialized(park));
    const jobId = jobIdOf(name, call.idempotencyKey);
    const before = await this.queue.getJob(jobId);
    const hasFailed = (await before?.isFailed()) === true;
    if (before !== undefined && !hasFailed) return share(before, args);
    signal.throwIfAborted();
    if (hasFailed) await before?.remove();
    const delay = scattered(waitMs);
    const ticket = { jobId, resumesAt: Date.now() + delay };
    const { began } = before?.data ?? {};
    const data = { ...dataOf(call, args, ticket.resumesAt, error), owner, began };
    await this.queue.add(name, data, this.optionsOf(call, jobId, delay));
    const job = await this.queue.getJob(jobId);
    return job?.data.owner === owner ? ticket : share(job, args);
  }

  /** Who was told that the call has failed may call again; a job that others count on stays. */
  private async takeBack(call: Parkable, { name }: ParkedAs, owner: string): Promise<void> {
    const job = await this.queue.getJob(jobIdOf(name, call.idempotencyKey));
    if (job?.data.owner === owner && job.progress !== SHARED) await job.remove();
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

/** @throws Error that says whose failure it was */
function serialized(park: ParkedAs): unknown {
  try {
    const given = park.serialize();
    // Refused like any object that is no JSON; its failure is nobody else's.
    if (given instanceof Promise) given.catch(() => undefined);
    return given;
  } catch (error) {
    throw new Error(`\`serialize\` has failed: ${describeError(error).error_message}`, {
      cause: error,
    });
  }
}
