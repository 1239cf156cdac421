import { Injectable } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { AiModelQuotaError, RateLimitError, Retryable, type ServiceError } from 'nestjs-retryable';
import { absent } from './support/brokers.js';
import { parkingQueue, startParking } from './support/parking.js';

let outcomes: Error[] = [];

beforeEach(() => {
  outcomes = [];
});

@Injectable()
class Copies {
  @Retryable({
    platform: 'gemini',
    key: () => 'act_17',
    maxRetries: 0,
    park: { name: 'copies.write' },
  })
  async write(): Promise<string> {
    return outcome();
  }

  @Retryable({ platform: 'gemini', retryOn: ['AI_MODEL_FAILED'], park: { name: 'copies.read' } })
  async read(): Promise<string> {
    return outcome();
  }
}

function outcome(): string {
  const next = outcomes.shift();
  if (next !== undefined) throw next;
  return 'done';
}

/** The types of the errors that so many calls fail with, and how many jobs there are then. */
async function failures(method: 'write' | 'read', calls: number) {
  const { prefix, queue } = parkingQueue();
  const app = await startParking({ prefix, providers: [Copies] });
  const copies = app.nest.get(Copies);
  const types: string[] = [];
  for (let call = 0; call < calls; call++) {
    const error = await copies[method]().catch((thrown: unknown) => thrown as ServiceError);
    types.push(typeof error === 'string' ? error : error.type);
  }
  return { types, jobs: await queue.getJobCountByTypes('delayed', 'waiting') };
}

describe.skipIf(absent.has('Redis'))('a call', () => {
  it('without retries is never parked: not for a quota, and not in a cooldown', async () => {
    outcomes = [new AiModelQuotaError(), new RateLimitError('gemini', { retryAfter: 1200 })];
    expect(await failures('write', 3)).toEqual({
      types: ['AI_MODEL_QUOTA_EXCEEDED', 'API_RATE_LIMIT', 'API_RATE_LIMIT'],
      jobs: 0,
    });
  });

  it('is not parked for what its policy does not retry', async () => {
    outcomes = [5, 1200].map((retryAfter) => new RateLimitError('gemini', { retryAfter }));
    expect(await failures('read', 2)).toEqual({
      types: ['API_RATE_LIMIT', 'API_RATE_LIMIT'],
      jobs: 0,
    });
  });
});
