import { once } from 'node:events';
import { Injectable } from '@nestjs/common';
import { Queue, Worker, type Job } from 'bullmq';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  AiModelQuotaError,
  ParkedError,
  RateLimitError,
  Retryable,
  retryReport,
  ServiceError,
} from 'nestjs-retryable';
import { runJob } from 'nestjs-retryable/bullmq';
import { absent } from './support/brokers.js';
import { connection, makeDue, parkingQueue, startParking } from './support/parking.js';

const WEEK_MS = 604_800_000;

let outcomes: unknown[] = [];
let made: unknown[] = [];

beforeEach(() => {
  outcomes = [];
  made = [];
});

async function act(what: unknown): Promise<unknown> {
  made.push(what);
  const outcome = outcomes.shift();
  if (outcome instanceof Error) throw outcome;
  return outcome;
}

@Injectable()
class Campaigns {
  @Retryable({ platform: 'meta', park: { name: 'pause' } })
  pause(campaign: string, _reason?: string): Promise<unknown> {
    return act(campaign);
  }

  @Retryable({ platform: 'meta', idempotent: false })
  create(name: string): Promise<unknown> {
    return act(name);
  }

  @Retryable({
    platform: 'meta',
    idempotencyKey: (order: string) => order,
    signal: (_order: string, _state: string, signal?: AbortSignal) => signal,
    park: { name: 'order', serialize: ([order, state]: [string, string]) => [order, state] },
  })
  order(_order: string, state: string, _signal?: AbortSignal): Promise<unknown> {
    return act(state);
  }

  @Retryable({ platform: 'meta', maxRetries: 0, key: () => 'act_1', park: { name: 'once' } })
  once(): Promise<unknown> {
    return act('once');
  }

  @Retryable({ platform: 'meta', retryOn: () => false, park: { name: 'refused' } })
  refused(): Promise<unknown> {
    return act('refused');
  }
}

const minutes = () => new RateLimitError('meta', { retryAfter: 1200 });

/** What a call fails with. */
async function failure(call: Promise<unknown>): Promise<ServiceError> {
  const error = await call.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ServiceError);
  return error as ServiceError;
}

async function jobOf(call: Promise<unknown>): Promise<string> {
  const error = await failure(call);
  expect(error).toBeInstanceOf(ParkedError);
  return String(error.details?.['job_id']);
}

async function start() {
  const { prefix, queue } = parkingQueue();
  const app = await startParking({ prefix, providers: [Campaigns] });
  return { prefix, queue, ...app, campaigns: app.nest.get(Campaigns) };
}

describe.skipIf(absent.has('Redis'))('parking a call', () => {
  it.each([10_000_000, 99_999_999_999_999, 1e300])(
    'puts it off for a week at most, where the platform asks for %d seconds',
    async (retryAfter) => {
      const { campaigns, calls } = await start();
      outcomes = [new RateLimitError('meta', { retryAfter })];
      const call = await calls.find(await jobOf(campaigns.pause('c1')));
      expect(Number(call?.resumesAt)).toBeLessThanOrEqual(Date.now() + WEEK_MS + 60_000);
    },
  );

  it('is not done for one that is made once, whatever it fails with', async () => {
    const { campaigns, queue } = await start();
    outcomes = [new AiModelQuotaError({ retryAfter: 5000 }), minutes()];
    expect(await failure(campaigns.once())).toMatchObject({ type: 'AI_MODEL_QUOTA_EXCEEDED' });
    expect(await failure(campaigns.once())).toMatchObject({ type: 'API_RATE_LIMIT' });
    const heldUp = await failure(campaigns.once());
    expect(retryReport(heldUp)?.gaveUp).toBe('cooldown');
    expect(await queue.getJobCountByTypes('delayed')).toBe(0);
  });

  it('is not done where its policy refuses the error', async () => {
    const { campaigns } = await start();
    outcomes = [minutes()];
    expect(retryReport(await failure(campaigns.refused()))?.gaveUp).toBe('not-retryable');
  });

  it('is left to the job that it is made in, also where that has written', async () => {
    const { campaigns, queue, prefix } = await start();
    outcomes = [undefined, minutes()];
    const work = async () => {
      await campaigns.create('Spring');
      return campaigns.pause('c1');
    };
    const jobs = new Queue('jobs', { connection, prefix });
    const worker = new Worker('jobs', (job: Job, token) => runJob(job, token, work), {
      connection,
      prefix,
    });
    onTestFinished(async () => {
      await worker.close();
      await jobs.obliterate({ force: true });
      await jobs.close();
    });
    const failed = once(worker, 'failed') as Promise<[Job, Error]>;
    await jobs.add('launch', {}, { attempts: 5 });
    const [, { message }] = await failed;
    expect(JSON.parse(message)).toMatchObject({ error: { type: 'API_RATE_LIMIT' } });
    expect(await queue.getJobCountByTypes('delayed')).toBe(0);
  });

  it('takes arguments that are left out at the end', async () => {
    const { campaigns, queue, ended } = await start();
    outcomes = [minutes()];
    const jobId = await jobOf(campaigns.pause('c1', undefined));
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed' });
    expect(made).toEqual(['c1', 'c1']);
  });

  it('keeps what one caller was told when another one with its key leaves', async () => {
    const { campaigns, queue, ended } = await start();
    const jobs: string[] = [];
    for (let order = 0; order < 20; order++) {
      outcomes = [minutes(), minutes()];
      const { signal, ...gone } = leaving();
      const stays = jobOf(campaigns.order(`o${order}`, 'PAUSED'));
      const leaves = failure(campaigns.order(`o${order}`, 'PAUSED', signal));
      setImmediate(gone.leave);
      await leaves;
      jobs.push(await stays);
    }
    await makeDue(queue);
    for (const jobId of jobs) expect(await ended(jobId)).toMatchObject({ state: 'completed' });
  });

  it('is one job for one key, and none for other arguments with that key', async () => {
    const { campaigns, queue, lines } = await start();
    outcomes = [minutes(), minutes(), minutes()];
    const jobId = await jobOf(campaigns.order('o1', 'PAUSED'));
    expect(await jobOf(campaigns.order('o1', 'PAUSED'))).toBe(jobId);
    const other = await failure(campaigns.order('o1', 'ACTIVE'));
    expect(other).toMatchObject({ type: 'API_RATE_LIMIT', retryAfter: 1200 });
    const [line] = lines.of('retry_not_parked');
    expect(line?.['error_message']).toContain('same idempotency key and other arguments');
    expect(await queue.getJobCountByTypes('delayed')).toBe(1);
  });
});

/** A caller that can leave. */
function leaving() {
  const controller = new AbortController();
  const reason = new ServiceError('CANCELLED', { message: 'The caller has left' });
  return { signal: controller.signal, leave: () => controller.abort(reason) };
}
