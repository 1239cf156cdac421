import { Injectable } from '@nestjs/common';
import { Redis } from 'ioredis';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ParkedError, RateLimitError, Retryable } from 'nestjs-retryable';
import type { ParkedCallsOptions } from 'nestjs-retryable/bullmq';
import { failureOf } from '../support/calls.js';
import { moment, type Moment } from '../support/time.js';
import { absent } from './support/brokers.js';
import { connection, makeDue, parkingQueue, queueName, startParking } from './support/parking.js';

let made = 0;
let entered: Moment = moment();
let released: Moment = moment();

beforeEach(() => {
  made = 0;
  entered = moment();
  released = moment();
});

@Injectable()
class Campaigns {
  @Retryable({ platform: 'meta', idempotent: false, park: { name: 'create' } })
  async create(): Promise<void> {
    if (made++ > 0) {
      entered.reach();
      await released.reached;
    }
    throw new RateLimitError('meta', { retryAfter: 1200 });
  }
}

async function startRun(parking?: ParkedCallsOptions) {
  const { prefix, queue } = parkingQueue();
  const app = await startParking({ prefix, providers: [Campaigns], ...(parking && { parking }) });
  const error = await failureOf(app.nest.get(Campaigns).create());
  expect(error).toBeInstanceOf(ParkedError);
  const jobId = String((error as ParkedError).details['job_id']);
  await makeDue(queue);
  await entered.reached;
  const redis = new Redis(connection);
  onTestFinished(() => redis.disconnect());
  return { ...app, queue, jobId, redis, lock: `${prefix}:${queueName}:${jobId}:lock` };
}

describe.skipIf(absent.has('Redis'))('a run whose job another worker has taken', () => {
  it('says nothing of what that one does', async () => {
    const { queue, jobId, redis, lock, lines } = await startRun();
    await redis.set(lock, 'another worker', 'PX', 60_000);
    released.reach();
    await lines.until('retry_queue_failed');
    expect((await queue.getJob(jobId))?.data).toMatchObject({ began: true });
  });
});

describe.skipIf(absent.has('Redis'))('a call whose processes have died too often', () => {
  it('has failed, of which nobody knows what it has done, and is told so', async () => {
    const worker = { maxStalledCount: 0, stalledInterval: 50 };
    const { calls, jobId, redis, lock, lines } = await startRun({ worker });
    await redis.del(lock);
    await lines.until('retry_parked_ended');
    expect(lines.only('retry_parked_ended')).toMatchObject({
      level: 'warn',
      job_id: jobId,
      outcome: 'failed',
    });
    expect(await calls.find(jobId)).toMatchObject({
      state: 'failed',
      error: { error: { type: 'OUTCOME_UNKNOWN' }, retry_allowed: false },
    });
    released.reach();
  });
});
