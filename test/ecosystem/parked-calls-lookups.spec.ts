import { getQueueToken } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  BudgetInsufficientError,
  RateLimitError,
  Retryable,
  type ServiceError,
} from 'nestjs-retryable';
import { absent } from './support/brokers.js';
import { makeDue, parkingQueue, queueName, startParking } from './support/parking.js';

let outcomes: unknown[] = [];

beforeEach(() => {
  outcomes = [];
});

@Injectable()
class Campaigns {
  @Retryable({ platform: 'meta', park: { name: 'campaigns.pause' } })
  async pause(): Promise<string> {
    return outcome();
  }
}

function outcome(): string {
  const next = outcomes.shift();
  if (next instanceof Error) throw next;
  return 'done';
}

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable(),
    (error: ServiceError) => error,
  );

describe.skipIf(absent.has('Redis'))('who looks for a parked call', () => {
  it.each([
    ['result', [], { state: 'completed', result: 'done' }],
    [
      'error',
      [new BudgetInsufficientError('meta')],
      { state: 'failed', error: { error: { type: 'BUDGET_INSUFFICIENT' } } },
    ],
  ])('is told no end without its %s, though it ends meanwhile', async (_, last, end) => {
    const { prefix, queue } = parkingQueue();
    const app = await startParking({ prefix, providers: [Campaigns] });
    outcomes = [new RateLimitError('meta', { retryAfter: 1200 }), ...last];
    const { details } = await failureOf(app.nest.get(Campaigns).pause());
    const jobId = String(details['job_id']);

    const asked = app.nest.get<Queue>(getQueueToken(queueName));
    const getJob = asked.getJob.bind(asked);
    vi.spyOn(asked, 'getJob').mockImplementationOnce(async (id) => {
      const job = await getJob(id);
      await makeDue(queue);
      await app.ended(jobId);
      return job;
    });
    const answer = await app.calls.find(jobId);
    if (answer?.state !== 'waiting') expect(answer).toMatchObject(end);
    expect(await app.calls.find(jobId)).toMatchObject(end);
  });
});
