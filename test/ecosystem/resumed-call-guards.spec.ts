import { Injectable } from '@nestjs/common';
import { UnrecoverableError, type Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  currentAttempt,
  notFound,
  PlatformServiceError,
  RateLimitError,
  Cooldowns,
  Retryable,
  ValidationError,
  type ServiceError,
} from 'nestjs-retryable';
import type { ParkedCallsOptions } from 'nestjs-retryable/bullmq';
import { absent } from './support/brokers.js';
import { connection, makeDue, parkingQueue, queueName, startParking } from './support/parking.js';

let outcomes: unknown[] = [];
let answers: unknown[] = [];
let made: unknown[] = [];
let asked: string[] = [];
/** Of the attempts that hang. */
let signals: AbortSignal[] = [];

beforeEach(() => {
  outcomes = [];
  answers = [];
  made = [];
  asked = [];
  signals = [];
});

async function next(from: unknown[]): Promise<unknown> {
  const outcome = from.shift();
  if (outcome instanceof Error) throw outcome;
  return typeof outcome === 'function' ? (outcome() as unknown) : outcome;
}

/** Goes on until it is ended. */
function hanging(): Promise<unknown> {
  const signal = currentAttempt()?.signal ?? new AbortController().signal;
  signals.push(signal);
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

@Injectable()
class Campaigns {
  @Retryable({
    platform: 'meta',
    idempotent: false,
    key: (account: string) => account,
    park: { name: 'create' },
  })
  create(account: string): Promise<unknown> {
    made.push(account);
    return next(outcomes);
  }

  @Retryable({ platform: 'meta', key: (account: string) => account })
  async spend(account: string): Promise<never> {
    throw new RateLimitError('meta', { retryAfter: 1200, message: account });
  }

  @Retryable({ platform: 'meta', reconcile: 'find', maxRetries: 1, park: { name: 'launch' } })
  launch(campaign: string): Promise<unknown> {
    made.push(campaign);
    return next(outcomes);
  }

  async find({ type }: ServiceError): Promise<unknown> {
    asked.push(type);
    return (await next(answers)) ?? notFound();
  }

  @Retryable({ platform: 'meta', park: { name: 'release' } })
  async release(campaign: string): Promise<unknown> {
    await next(outcomes);
    return this.book(campaign);
  }

  @Retryable({ platform: 'meta', idempotent: false })
  async book(campaign: string): Promise<unknown> {
    made.push(campaign);
    return next(outcomes);
  }

  @Retryable({ platform: 'meta', maxRetries: 1, park: { name: 'pause' } })
  pause(campaign: string): Promise<unknown> {
    made.push(campaign);
    return next(outcomes);
  }

  @Retryable({
    platform: 'meta',
    park: {
      name: 'rename',
      deserialize: () => {
        throw new Error('The arguments are those of another version');
      },
    },
  })
  async rename(campaign: string): Promise<never> {
    throw new RateLimitError('meta', { retryAfter: 1200, message: campaign });
  }
}

const minutes = () => new RateLimitError('meta', { retryAfter: 1200 });

const onceMore = { worker: { stalledInterval: 50, lockDuration: 200 } };

async function start(parking?: ParkedCallsOptions, place = parkingQueue()) {
  const app = await startParking({
    prefix: place.prefix,
    providers: [Campaigns],
    options: { shutdownGrace: 50 },
    ...(parking && { parking }),
  });
  const cool = () => app.nest.get(Cooldowns).clear({ platform: 'meta', key: 'act_1' });
  return { place, queue: place.queue, ...app, cool, campaigns: app.nest.get(Campaigns) };
}

async function jobOf(call: Promise<unknown>): Promise<string> {
  const error = await call.catch((thrown: unknown) => thrown as ServiceError);
  expect(error).toMatchObject({ type: 'PARKED' });
  return String((error as ServiceError).details?.['job_id']);
}

/** Leaves the job as a process does that dies in the middle of its call. */
async function died(queue: Queue, jobId: string): Promise<void> {
  const job = await queue.getJob(jobId);
  await job?.updateData({ ...(job.data as object), began: true });
}

/** Waits until a job has been run so often. */
async function ran(queue: Queue, jobId: string, runs: number, state: string): Promise<void> {
  const hasRun = async () => {
    expect((await queue.getJob(jobId))?.attemptsStarted).toBe(runs);
    expect(await queue.getJobState(jobId)).toBe(state);
  };
  await vi.waitFor(hasRun, { interval: 10, timeout: 4000 });
}

const until = (what: () => void) => vi.waitFor(what, { interval: 10, timeout: 4000 });

const isUnknown = { state: 'failed', error: { error: { type: 'OUTCOME_UNKNOWN' } } };

describe.skipIf(absent.has('Redis'))('a parked write whose process has died', () => {
  it('is not made after a run that its account has held up', async () => {
    const { campaigns, queue, ended, cool } = await start();
    outcomes = [minutes()];
    const jobId = await jobOf(campaigns.create('act_1'));
    await died(queue, jobId);
    await makeDue(queue);
    await ran(queue, jobId, 1, 'delayed');
    cool();
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject(isUnknown);
    expect(made).toEqual(['act_1']);
  });

  it('is not made when somebody has its failed job run once more', async () => {
    const { campaigns, queue, ended, cool } = await start();
    outcomes = [minutes()];
    const jobId = await jobOf(campaigns.create('act_1'));
    cool();
    await died(queue, jobId);
    await makeDue(queue);
    await ran(queue, jobId, 1, 'failed');
    await (await queue.getJob(jobId))?.retry();
    await ran(queue, jobId, 2, 'failed');
    expect(await ended(jobId)).toMatchObject(isUnknown);
    expect(made).toEqual(['act_1']);
  });

  it('is not made again inside the call that was parked, whatever that has waited for since', async () => {
    const { campaigns, queue, ended } = await start();
    outcomes = [minutes(), minutes()];
    const jobId = await jobOf(campaigns.release('c1'));
    await died(queue, jobId);
    await makeDue(queue);
    await ran(queue, jobId, 1, 'delayed');
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject(isUnknown);
    expect(made).toEqual([]);
  });

  it('is asked for as such until somebody has an answer', async () => {
    const { campaigns, queue, ended } = await start();
    outcomes = [minutes()];
    answers = [new PlatformServiceError('meta')];
    const jobId = await jobOf(campaigns.launch('c1'));
    await died(queue, jobId);
    await makeDue(queue);
    await ran(queue, jobId, 1, 'delayed');
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed' });
    expect(asked).toEqual(['SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE']);
  });
});

describe.skipIf(absent.has('Redis'))('the last run of a parked call', () => {
  it('is made later when the application closes in the middle of it', async () => {
    const { campaigns, queue, nest } = await start();
    outcomes = [minutes(), new PlatformServiceError('meta'), hanging];
    const jobId = await jobOf(campaigns.pause('c1'));
    await makeDue(queue);
    await until(() => expect(made).toHaveLength(3));
    await nest.close();
    expect(await queue.getJobState(jobId)).toBe('delayed');
  });

  it('is made later when the application closes while it asks what has become of it', async () => {
    const { campaigns, queue, nest } = await start();
    outcomes = [minutes()];
    answers = [new PlatformServiceError('meta'), hanging];
    const jobId = await jobOf(campaigns.launch('c1'));
    await makeDue(queue);
    await ran(queue, jobId, 1, 'delayed');
    await makeDue(queue);
    await until(() => expect(asked).toHaveLength(2));
    await nest.close();
    expect(await queue.getJobState(jobId)).toBe('delayed');
  });
});

describe.skipIf(absent.has('Redis'))('a parked call', () => {
  it('ends where another worker may have its job', async () => {
    const { campaigns, queue, place } = await start(onceMore);
    outcomes = [minutes(), hanging];
    const jobId = await jobOf(campaigns.pause('c1'));
    await makeDue(queue);
    await until(() => expect(made).toHaveLength(2));
    const [signal] = signals;
    const redis = new Redis(connection);
    await redis.set(`${place.prefix}:${queueName}:${jobId}:lock`, 'another worker', 'PX', 4000);
    redis.disconnect();
    await until(() => expect(signal?.aborted).toBe(true));
    expect(await queue.getJob(jobId)).toMatchObject({ data: { began: true } });
  });

  it('fails with what it says, where it says so in the words of BullMQ', async () => {
    const { campaigns, queue, ended } = await start();
    outcomes = [minutes(), new UnrecoverableError('token=abcdef')];
    const jobId = await jobOf(campaigns.pause('c1'));
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ error: { error: { type: 'UNKNOWN_ERROR' } } });
    expect((await queue.getJob(jobId))?.failedReason).not.toContain('abcdef');
  });

  it('is found with its own error from the moment on that it has failed', async () => {
    const { campaigns, queue, calls } = await start();
    for (let campaign = 0; campaign < 20; campaign++) {
      outcomes = [minutes(), new ValidationError()];
      const jobId = await jobOf(campaigns.pause(`c${campaign}`));
      await makeDue(queue);
      let call = await calls.find(jobId);
      while (call?.state !== 'failed') call = await calls.find(jobId);
      expect(call.error).toMatchObject({ error: { type: 'VALIDATION_ERROR' } });
    }
  });

  it('is told of by its own application when several are alive', async () => {
    const { campaigns, queue, ended } = await start();
    const { lines } = await start(); // Nest has one logger for all
    const jobId = await jobOf(campaigns.rename('c1'));
    await makeDue(queue);
    await ended(jobId);
    expect(lines.of('operation_error')).toMatchObject([
      { error_message: 'The arguments are those of another version' },
    ]);
  });

  it('starts with options that are undefined', async () => {
    const worker = { concurrency: undefined, maxStalledCount: undefined } as object;
    const { campaigns, queue, ended } = await start({ worker });
    outcomes = [minutes()];
    const jobId = await jobOf(campaigns.pause('c1'));
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed' });
  });
});
