import { Injectable } from '@nestjs/common';
import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  currentAttempt,
  exponential,
  RateLimitError,
  Retryable,
  RetryEvents,
  type ErrorResponse,
  type RetryEvent,
} from 'nestjs-retryable';
import { runJob } from 'nestjs-retryable/bullmq';
import { moment, type Moment } from '../support/time.js';
import { absent } from './support/brokers.js';
import { queueName, startQueue } from './support/queue.js';
import { outage, secret } from './support/upstream.js';

const backoff = exponential({ initialDelay: 10 });

let outcomes: unknown[] = [];
let calls: string[] = [];
let runs = 0;
let entered: Moment = moment();
let answered: Moment = moment();

beforeEach(() => {
  outcomes = [];
  calls = [];
  runs = 0;
  entered = moment();
  answered = moment();
});

@Injectable()
class Platform {
  @Retryable({ context: 'read', platform: 'meta', backoff })
  async read(): Promise<string> {
    calls.push('read');
    const outcome = outcomes.shift();
    if (outcome instanceof Error) throw outcome;
    return 'well';
  }

  @Retryable({ context: 'read_account', platform: 'meta', key: (account: string) => account })
  async readAccount(_account: string): Promise<string> {
    return this.read();
  }

  @Retryable({ context: 'write', platform: 'meta', idempotent: false })
  async write(): Promise<string> {
    calls.push('write');
    await answered.reached;
    return 'written';
  }

  @Retryable({ context: 'long', platform: 'meta' })
  long(): Promise<string> {
    const signal = currentAttempt()?.signal;
    entered.reach();
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }
}

let work: (platform: Platform, job: Job) => unknown;

@Processor(queueName, { concurrency: 5 })
class Worker extends WorkerHost {
  constructor(private readonly platform: Platform) {
    super();
  }

  override process(job: Job, token?: string): Promise<unknown> {
    runs++;
    return runJob(job, token, () => work(this.platform, job));
  }
}

const start = () =>
  startQueue(Worker, { providers: [Platform], options: { retry: {}, shutdownGrace: 20 } });
const typeOf = (job: Job) => (JSON.parse(job.failedReason) as ErrorResponse).error.type;

describe.skipIf(absent.has('Redis'))('a job of several calls', () => {
  it('makes all of them again when one has failed', async () => {
    work = async (platform) => [await platform.read(), await platform.read()];
    outcomes = ['well', outage()];
    const { work: done, lines } = await start();
    expect(await done({ attempts: 3 })).toMatchObject({ result: ['well', 'well'] });
    expect([runs, calls.length]).toEqual([2, 4]);
    expect(lines.of('operation_error')).toEqual([]);
  });

  it('is one failure where several fail at the same time', async () => {
    work = (platform) => Promise.all([platform.read(), platform.read()]);
    outcomes = [outage(), outage()];
    const { work: done } = await start();
    const { job, result } = await done({ attempts: 2 });
    expect([result, runs, job.attemptsMade]).toEqual([['well', 'well'], 2, 2]);
  });

  it('goes on where it takes a failure upon itself', async () => {
    work = async (platform) => [await platform.read().catch(() => 'none'), await platform.read()];
    outcomes = [outage()];
    const { work: done } = await start();
    expect(await done({ attempts: 3 })).toMatchObject({ result: ['none', 'well'] });
    expect(runs).toBe(1);
  });

  it('is not run again while it writes beside the one that fails', async () => {
    work = (platform) => Promise.all([platform.write(), platform.read()]);
    outcomes = Array.from({ length: 4 }, outage);
    const { work: done } = await start();
    const { job } = await done({ attempts: 5 });
    answered.reach();
    expect([runs, await job.getState(), typeOf(job)]).toEqual([
      1,
      'failed',
      'PLATFORM_SERVICE_ERROR',
    ]);
    expect(calls).toEqual(['write', 'read', 'read', 'read', 'read']);
  });
});

describe.skipIf(absent.has('Redis'))('a job', () => {
  it('is run once where it has no attempts', async () => {
    work = (platform) => platform.read();
    outcomes = [outage()];
    const { work: done, lines } = await start();
    const { job } = await done();
    expect([runs, await job.getState()]).toEqual([1, 'failed']);
    expect(lines.of('operation_error')).toMatchObject([{ gave_up: 'exhausted' }]);
  });

  it('waits with all others of an account that is throttled', async () => {
    work = (platform) => platform.readAccount('act_1');
    outcomes = [new RateLimitError('meta', { retryAfter: 600 })];
    const { delayed } = await start();
    await delayed();
    calls = [];
    const others = [await delayed(), await delayed()];
    expect(calls).toEqual([]);
    for (const { delay, attemptsMade } of others) {
      expect(delay).toBeGreaterThan(590_000);
      expect(attemptsMade).toBe(0);
    }
  });

  it('goes back to its queue when the application closes, without using up an attempt', async () => {
    work = (platform) => platform.long();
    const { queue, nest, lines } = await start();
    const { id = '' } = await queue.add('pause', {}, { attempts: 1 });
    await entered.reached;
    await nest.close();
    const job = (await queue.getJob(id)) as Job;
    expect(['delayed', 'waiting']).toContain(await job.getState());
    expect(job.attemptsMade).toBe(0);
    expect(lines.of('operation_error')).toEqual([]);
  });

  it('that has written is not run again when the application closes', async () => {
    work = async (platform) => {
      await platform.write();
      return platform.long();
    };
    answered.reach();
    const { queue, nest } = await start();
    const { id = '' } = await queue.add('pause', {}, { attempts: 5 });
    await entered.reached;
    await nest.close();
    const job = (await queue.getJob(id)) as Job;
    expect([await job.getState(), typeOf(job)]).toEqual(['failed', 'SERVICE_UNAVAILABLE']);
  });

  it('leaves nothing of its data and of the upstream in its reason and in the log', async () => {
    work = (_, { data }) => {
      throw new TypeError(`${JSON.stringify(data)} ${secret}`);
    };
    const { queue, outcomeOf, lines } = await start();
    const { id = '' } = await queue.add('pause', { token: 'EAAB-s3cr3t' }, { attempts: 2 });
    const { job } = await outcomeOf(id);
    expect(typeOf(job)).toBe('UNKNOWN_ERROR');
    const left = [job.failedReason, job.stacktrace, lines.text];
    expect(JSON.stringify(left)).not.toContain('s3cr3t');
  });

  it('tells who observes that its calls are left to the queue', async () => {
    work = (platform) => platform.read();
    outcomes = [outage()];
    const { nest, work: done } = await start();
    const told: RetryEvent[] = [];
    nest
      .get(RetryEvents)
      .observe()
      .subscribe((event) => told.push(event));
    await done({ attempts: 2 });
    expect(told).toMatchObject([
      { type: 'attempt-began', attempt: 1 },
      { type: 'attempt-failed', attempt: 1 },
      { type: 'failed', report: { gaveUp: 'left-to-queue', attempts: 1 } },
      { type: 'attempt-began', attempt: 1 },
      { type: 'succeeded' },
    ]);
    expect(new Set(told.map(({ call }) => call)).size).toBe(2);
  });
});
