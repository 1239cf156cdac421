import { DelayedError, Worker, type Job, type Queue } from 'bullmq';
import { isObservable, lastValueFrom } from 'rxjs';
import { given } from '../error-options.js';
import type { RetryObserver } from '../retry/events.js';
import { isAsyncIterable } from '../retry/promised-items.js';
import { startWait } from '../retry/wait.js';
import { MAX_WAIT_MS } from '../retry/work-queue.js';
import { isOutcomeUnknown, nextRun, take, type NextRun } from './job-outcome.js';
import { endOf, isLastRun, type JobRun } from './job-run.js';
import { resultToKeep } from './json-to-keep.js';
import { isParkedCall, type ParkedCallData } from './parked-call-data.js';
import type { ParkedCallsLog } from './parked-calls.log.js';
import { WORKER_DEFAULTS, type ParkedCallsWorkerOptions } from './parked-calls.options.js';
import type { ParkableMethod, ParkedMethods } from './parked-methods.js';
import { ResumedJob } from './resumed-job.js';
import { keysOf } from './run-job.js';
import { scattered } from './scattered.js';

/** A name that this process does not know, after a deployment perhaps another one does. */
const UNKNOWN_MS = 60_000;
/** What BullMQ itself fails a job with. */
const STALLED = 'job stalled more than allowable limit';
/** So long a closing process waits for Redis to be told of what it has done. */
const PATIENCE_MS = 2000;

/** Makes the calls that are due. */
export class ParkedCallsWorker {
  private worker: Worker<ParkedCallData> | undefined = undefined;
  private wasReady = false;
  /** Those that are being made. */
  private readonly calls = new Set<Promise<unknown>>();

  constructor(
    private readonly queue: Queue<ParkedCallData>,
    private readonly methods: ParkedMethods,
    private readonly log: ParkedCallsLog,
    private readonly observer: RetryObserver,
    private readonly options: ParkedCallsWorkerOptions,
  ) {}

  start(): void {
    const { connection, prefix } = this.queue.opts;
    const options = {
      ...WORKER_DEFAULTS,
      ...given({ ...this.options }),
      connection,
      ...(prefix !== undefined && { prefix }),
    };
    const worker = new Worker(this.queue.name, this.make.bind(this), options);
    worker.on('ready', () => (this.wasReady = true));
    worker.on('error', (error) => this.log.queueFailed(this.queue.name, error));
    worker.on('failed', (job, { message }) => {
      if (job && message === STALLED) this.log.ended(job.id ?? '', job.data, 'failed');
    });
    worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) worker.cancelJob(id, 'Another worker may have taken the job');
    });
    this.worker = worker;
  }

  /** No further call is begun. */
  async pause(): Promise<void> {
    await this.worker?.pause(true);
  }

  /** The calls that are being made have come to an end. */
  async close(): Promise<void> {
    await Promise.allSettled(this.calls);
    const { worker } = this;
    this.worker = undefined;
    if (worker === undefined) return;
    // By itself it would wait for a Redis that was never there, or is gone.
    const closed = worker.close(!this.wasReady);
    await new Promise<void>((resolve) => {
      const end = startWait(PATIENCE_MS, (elapsed) => {
        if (elapsed) worker.disconnect().catch(() => undefined);
        resolve();
      });
      void closed.finally(() => end(false));
    });
  }

  private async make(
    job: Job<ParkedCallData>,
    token?: string,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const { name, data } = job;
    const method = this.methods.find(name);
    if (method === undefined || !isParkedCall(data)) return this.leave(job, token);
    const resumed = new ResumedJob(name, data);
    const run: JobRun = {
      job,
      token,
      signal,
      context: data.context,
      observer: this.observer,
      hasJob: false,
      until: data.parkedAt + MAX_WAIT_MS,
      queue: {
        retries: data.retries + job.attemptsMade,
        isLast: isLastRun(job),
        idempotencyKey: keysOf(job),
        resumed,
      },
    };
    // Where the process dies from here on, nobody knows what it has done.
    await job.updateData({ ...data, began: true });
    const call = endOf(run, () => callOf(method, data));
    this.calls.add(call);
    const end = await call.finally(() => this.calls.delete(call));
    if ('result' in end) {
      this.log.ended(job.id ?? '', data, 'completed');
      return this.keep(data, end.result);
    }
    // Another worker has it by now: what becomes of it is for that one to say.
    if (signal?.aborted === true || !(await this.holds(job, token))) throw end.error;
    const next = later(nextRun(run, end));
    const resumesAt = Date.now() + ('ms' in next ? next.ms : 0);
    const began = resumed.isOpen || isOutcomeUnknown(end.error) ? true : undefined;
    await job.updateData({ ...data, began, resumesAt });
    if (next.kind === 'failed' || (next.kind === 'retried' && run.queue.isLast)) {
      this.log.ended(job.id ?? '', data, 'failed');
    }
    throw await take(run, next);
  }

  /** Whether the job is this worker's still; a process that stood still for long has lost it. */
  private async holds(job: Job, token = ''): Promise<boolean> {
    const { lockDuration = WORKER_DEFAULTS.lockDuration } = this.options;
    return (await job.extendLock(token, lockDuration)) === 1;
  }

  /** Another process may know the call. */
  private async leave(job: Job<ParkedCallData>, token: string | undefined): Promise<never> {
    this.log.unknown(job.name);
    await job.moveToDelayed(Date.now() + scattered(UNKNOWN_MS), token);
    throw new DelayedError();
  }

  private keep(data: ParkedCallData, result: unknown): unknown {
    try {
      return resultToKeep(result);
    } catch (error) {
      this.log.resultLost(data, error);
      return undefined; // it is done all the same
    }
  }
}

async function callOf(
  { instance, key, definition }: ParkableMethod,
  { args }: ParkedCallData,
): Promise<unknown> {
  const { deserialize } = definition.park ?? {};
  const given: unknown = deserialize === undefined ? args : deserialize.call(instance, args);
  if (!Array.isArray(given)) {
    const option = deserialize === undefined ? 'serialize' : 'deserialize';
    throw new TypeError(`Expected \`park.${option}\` to give the list of the arguments`);
  }
  const methods = instance as Readonly<Record<string | symbol, (...args: unknown[]) => unknown>>;
  const result = await methods[key]?.(...(given as unknown[]));
  if (isObservable(result)) return lastValueFrom(result, { defaultValue: undefined });
  if (!isAsyncIterable(result)) return result;
  const items: unknown[] = [];
  for await (const item of result) items.push(item);
  return items;
}

/** Calls that are delayed together are not made together. */
function later(next: NextRun): NextRun {
  return next.kind === 'delayed' ? { ...next, ms: scattered(next.ms) } : next;
}
