import { Injectable } from '@nestjs/common';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { ParkedError, RateLimitError, Retryable } from 'nestjs-retryable';
import { failureOf } from '../support/calls.js';
import { moment, type Moment } from '../support/time.js';
import { absent } from './support/brokers.js';
import { connection, makeDue, parkingQueue, queueName, startParking } from './support/parking.js';

let made = 0;
const entered: Moment = moment();
const released: Moment = moment();

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

describe.skipIf(absent.has('Redis'))('a run whose job another worker has taken', () => {
  it('says nothing of what that one does', async () => {
    const { prefix, queue } = parkingQueue();
    const { nest, lines } = await startParking({ prefix, providers: [Campaigns] });
    const error = await failureOf(nest.get(Campaigns).create());
    expect(error).toBeInstanceOf(ParkedError);
    const jobId = String((error as ParkedError).details['job_id']);
    await makeDue(queue);
    await entered.reached;
    const redis = new Redis(connection);
    await redis.set(`${prefix}:${queueName}:${jobId}:lock`, 'another worker', 'PX', 60_000);
    await redis.quit();
    const told = lines.until('retry_queue_failed');
    released.reach();
    await told;
    expect((await queue.getJob(jobId))?.data).toMatchObject({ began: true });
  });
});
