import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
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
    const parkedBy = randomUUID();
    void this.park(call, park, waitMs, error, parkedBy, late.signal)
      .then(
        (given) => (ticket = given),
        (thrown: unknown) => (reason = thrown),
      )
      .then(() => end(true))
      .then(() => (late.signal.aborted ? this.takeBack(call, park, parkedBy) : undefined))
      .catch(() => undefined); // nobody is there to be told
  }

  private async park(
    call: Parkable,
    park: ParkedAs,
    waitMs: number,
    error: unknown,
    parkedBy: string,
    signal: AbortSignal,
  ): Promise<ParkedTicket> {
    const { name } = park;
    const known = this.methods.find(name);
    if (known === undefined) {
      throw new Error(
        `No provider has a method that is known as '${name}'; is a decorator above it?`,
      );
    }
    if (known.instance !== call.self) {
      throw new Error(`The object whose method was called is not the application's: '${name}'`);
    }
    const args = jsonToKeep(serialized(park));
    const jobId = jobIdOf(name, call.idempotencyKey);
    const before = await this.queue.getJob(jobId);
    const hasFailed = (await before?.isFailed()) === true;
    if (before !== undefined && !hasFailed) {
      return { jobId, resumesAt: before.data.resumesAt };
    }
    signal.throwIfAborted();
    if (hasFailed) await before?.remove();
    const delay = scattered(waitMs);
    const resumesAt = Date.now() + delay;
    const data = { ...dataOf(call, args, resumesAt, error), parkedBy, began: before?.data.began };
    await this.queue.add(name, data, this.optionsOf(call, jobId, delay));
    return { jobId, resumesAt };
  }

  /** Who was told that the call has failed may call again; the job of another one stays. */
  private async takeBack(call: Parkable, { name }: ParkedAs, parkedBy: string): Promise<void> {
    const job = await this.queue.getJob(jobIdOf(name, call.idempotencyKey));
    if (job?.data.parkedBy === parkedBy) await job.remove();
  }

  private optionsOf({ policy, retries }: Parkable, jobId: string, delay: number) {
    const { removeOnComplete = { age: ONE_DAY_S }, removeOnFail = false } = this.options;
    const attempts = Math.max(1, policy.maxRetries - retries + 1);
    return { jobId, delay, attempts, removeOnComplete, removeOnFail };
  }
}

/** @throws Error that says whose failure it was */
function serialized(park: ParkedAs): unknown {
  try {
    const given = park.serialize();
    // Refused below, as any object that is no JSON; its failure is nobody else's.
    if (given instanceof Promise) given.catch(() => undefined);
    return given;
  } catch (error) {
    const { error_message: why } = describeError(error);
    throw new Error(`\`serialize\` has failed: ${why}`, { cause: error });
  }
}
