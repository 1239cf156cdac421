import { Controller, Injectable, Post } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { currentAttempt, RateLimitError, Retryable, type ErrorResponse } from 'nestjs-retryable';
import { absent } from './support/brokers.js';
import { makeDue, parkingQueue, startParking } from './support/parking.js';

let outcomes: unknown[] = [];
let made: unknown[] = [];
let keys: (string | undefined)[] = [];

beforeEach(() => {
  outcomes = [];
  made = [];
  keys = [];
});

@Injectable()
class Campaigns {
  @Retryable({ context: 'create_campaign', platform: 'meta', park: { name: 'campaigns.create' } })
  async create(name: string, budget: { daily: number }): Promise<object> {
    made.push([name, budget]);
    keys.push(currentAttempt()?.idempotencyKey);
    const outcome = outcomes.shift();
    if (outcome instanceof Error) throw outcome;
    return { id: 'c1', name };
  }
}

@Controller()
class CampaignsController {
  constructor(private readonly campaigns: Campaigns) {}

  @Post('campaigns')
  create(): Promise<object> {
    return this.campaigns.create('Spring', { daily: 50 });
  }
}

const minutes = () => new RateLimitError('meta', { retryAfter: 1200 });

describe.skipIf(absent.has('Redis'))('a call whose platform asks for a long wait', () => {
  it('is accepted, made when the wait is over, and found by its job', async () => {
    const { prefix, queue } = parkingQueue();
    const app = await startParking({
      prefix,
      providers: [Campaigns],
      controllers: [CampaignsController],
    });
    outcomes = [minutes()];
    const { status, json: body } = await app.get('/campaigns', { method: 'POST' });
    expect(status).toBe(202);
    const { error, ...rest } = body as ErrorResponse;
    expect(error).toMatchObject({ type: 'PARKED', code: '5002', platform: 'meta' });
    const jobId = String(error.details?.['job_id']);
    expect(await app.calls.find(jobId)).toMatchObject({ state: 'waiting' });
    await makeDue(queue);
    expect(await app.ended(jobId)).toMatchObject({ state: 'completed', result: { id: 'c1' } });
    expect(rest).toEqual({ status: 'error', retry_allowed: false });
    expect(made).toEqual([
      ['Spring', { daily: 50 }],
      ['Spring', { daily: 50 }],
    ]);
    expect(new Set(keys).size).toBe(1);
    expect(app.lines.of('operation_error')).toEqual([]);
  });
});
