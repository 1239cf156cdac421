import { Injectable } from '@nestjs/common';
import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  AiModelQuotaError,
  constant,
  exponential,
  RateLimitError,
  Retryable,
  TokenExpiredError,
  type ErrorResponse,
} from 'nestjs-retryable';
import { runJob } from 'nestjs-retryable/bullmq';
import { absent } from './support/brokers.js';
import { queueName, startQueue } from './support/queue.js';
import { expectNoLeak } from './support/standard-json.js';
import { outage, secret } from './support/upstream.js';

const backoff = exponential({ initialDelay: 10 });

/** What the platform does at each of its calls. */
let outcomes: unknown[] = [];
let calls: string[] = [];
let runs = 0;

beforeEach(() => {
  outcomes = [];
  calls = [];
  runs = 0;
});

function call(name: string): string {
  calls.push(name);
  const outcome = outcomes.shift();
  if (outcome instanceof Error) throw outcome;
  return `answer ${calls.length}`;
}

@Injectable()
class Platform {
  @Retryable({ context: 'read', platform: 'meta', backoff })
  async read(): Promise<string> {
    return call('read');
  }

  @Retryable({ context: 'once', platform: 'meta', backoff, maxRetries: 1 })
  async once(): Promise<string> {
    return call('once');
  }

  @Retryable({ context: 'create', platform: 'meta', idempotent: false })
  async create(): Promise<string> {
    return call('create');
  }

  @Retryable({ context: 'of_account', platform: 'meta', key: () => 'act_1', backoff: constant(0) })
  async ofAccount(): Promise<string> {
    return call('ofAccount');
  }

  @Retryable({ context: 'recovered', platform: 'meta', backoff, recover: () => 'instead' })
  async recovered(): Promise<string> {
    return call('recovered');
  }
}

let work: (platform: Platform) => Promise<string>;

@Processor(queueName)
class Worker extends WorkerHost {
  constructor(private readonly platform: Platform) {
    super();
  }

  override process(job: Job, token?: string): Promise<string> {
    runs++;
    return runJob(job, token, () => work(this.platform));
  }
}

const start = () => startQueue(Worker, { providers: [Platform] });
const typeOf = (job: Job) => (JSON.parse(job.failedReason) as ErrorResponse).error.type;
const throttled = (retryAfter: number) => new RateLimitError('meta', { retryAfter });

describe.skipIf(absent.has('Redis'))('a job', () => {
  it('is run again by the queue where a call would wait, after the waits of its policy', async () => {
    work = (platform) => platform.read();
    outcomes = [outage(), outage()];
    const { work: done, lines } = await start();
    const { job, result } = await done({ attempts: 5 });
    expect(result).toBe('answer 3');
    expect([runs, job.attemptsMade]).toEqual([3, 3]);
    expect(lines.of('retry_scheduled').map(({ delay_ms }) => delay_ms)).toEqual([10, 20]);
    expect(lines.of('operation_error')).toEqual([]);
  });

  it('fails for good when the attempts of the job are used up, with one operation_error', async () => {
    work = (platform) => platform.read();
    outcomes = [outage(), outage()];
    const { work: done, lines } = await start();
    const { job } = await done({ attempts: 2 });
    expect([runs, job.attemptsMade, await job.getState()]).toEqual([2, 2, 'failed']);
    expect(lines.of('operation_error')).toMatchObject([{ gave_up: 'exhausted' }]);
    expect(typeOf(job)).toBe('PLATFORM_SERVICE_ERROR');
    expectNoLeak(JSON.parse(job.failedReason));
  });

  it('fails for good when the retries of the policy are used up', async () => {
    work = (platform) => platform.once();
    outcomes = [outage(), outage(), outage()];
    const { work: done } = await start();
    const { job } = await done({ attempts: 10 });
    expect([runs, await job.getState()]).toEqual([2, 'failed']);
  });

  it('is delayed by a long wait without using up an attempt', async () => {
    work = (platform) => platform.read();
    outcomes = [throttled(600)];
    const { delayed, outcomeOf } = await start();
    const before = Date.now();
    const job = await delayed({ attempts: 1 });
    expect([await job.getState(), job.attemptsMade]).toEqual(['delayed', 0]);
    expect(job.delay).toBeGreaterThan(590_000);
    expect(job.delay).toBeLessThanOrEqual(600_000 + Date.now() - before);
    await job.promote();
    const { result } = await outcomeOf(job.id ?? '');
    expect([result, runs]).toEqual(['answer 2', 2]);
  });

  it('is delayed until a quota is renewed', async () => {
    work = (platform) => platform.read();
    outcomes = [new AiModelQuotaError({ retryAfter: 3600 })];
    const { delayed } = await start();
    const job = await delayed();
    expect([job.attemptsMade, runs]).toEqual([0, 1]);
    expect(job.delay).toBeGreaterThan(3_590_000);
  });

  it('is delayed by the cooldown of its account without a call', async () => {
    work = async (platform) => {
      await platform.ofAccount().catch(() => undefined);
      return platform.ofAccount();
    };
    outcomes = [throttled(600)];
    const { delayed } = await start();
    const job = await delayed();
    expect(calls).toEqual(['ofAccount']);
    expect(job.delay).toBeGreaterThan(590_000);
  });

  it('says that no retry is allowed when those of the policy are used up', async () => {
    work = (platform) => platform.read();
    outcomes = Array.from({ length: 4 }, outage);
    const { work: done } = await start();
    const { job } = await done({ attempts: 5 });
    expect([runs, await job.getState()]).toEqual([4, 'failed']);
    expect(JSON.parse(job.failedReason)).toMatchObject({ retry_allowed: false });
  });

  it.each([
    ['an expired token', () => new TokenExpiredError('meta', { message: secret }), 'TOKEN_EXPIRED'],
    ['a mistake of its own', () => new TypeError(secret), 'UNKNOWN_ERROR'],
  ])('is not run again after %s', async (_, error, type) => {
    work = (platform) => platform.read();
    outcomes = [error()];
    const { work: done } = await start();
    const { job } = await done({ attempts: 5 });
    expect([runs, await job.getState(), typeOf(job)]).toEqual([1, 'failed', type]);
    expectNoLeak(JSON.parse(job.failedReason));
  });

  it('is not run again after a write of which nobody knows what became', async () => {
    work = (platform) => platform.create();
    outcomes = [outage()];
    const { work: done } = await start();
    const { job } = await done({ attempts: 5 });
    expect([runs, await job.getState(), typeOf(job)]).toEqual([1, 'failed', 'OUTCOME_UNKNOWN']);
  });

  it('is run again after a write that was refused', async () => {
    work = (platform) => platform.create();
    outcomes = [throttled(600)];
    const { delayed, outcomeOf } = await start();
    const job = await delayed();
    await job.promote();
    expect(await outcomeOf(job.id ?? '')).toMatchObject({ result: 'answer 2' });
  });

  it('waits itself once it has written, so that nothing is written twice', async () => {
    work = async (platform) => {
      await platform.create();
      return platform.read();
    };
    outcomes = ['created', outage(), 'read'];
    const { work: done } = await start();
    const { result } = await done({ attempts: 5 });
    expect([result, runs]).toEqual(['answer 3', 1]);
    expect(calls).toEqual(['create', 'read', 'read']);
  });

  it('that has written is not run again after a long wait either', async () => {
    work = async (platform) => {
      await platform.create();
      return platform.read();
    };
    outcomes = ['created', throttled(600)];
    const { work: done } = await start();
    const { job } = await done({ attempts: 5 });
    expect([runs, await job.getState(), typeOf(job)]).toEqual([1, 'failed', 'API_RATE_LIMIT']);
    expect(calls).toEqual(['create', 'read']);
  });

  it('does not end with what `recover` gives while the queue may run it again', async () => {
    work = (platform) => platform.recovered();
    outcomes = [outage()];
    const { work: done } = await start();
    expect(await done({ attempts: 2 })).toMatchObject({ result: 'answer 2' });
    outcomes = [outage(), outage()];
    expect(await done({ attempts: 2 })).toMatchObject({ result: 'instead' });
  });

  it('goes by its own options where the work itself throws', async () => {
    work = async () => {
      call('work');
      return 'done';
    };
    outcomes = [new RateLimitError('meta'), throttled(600)];
    const { delayed } = await start();
    const job = await delayed({ attempts: 3 });
    expect([runs, job.attemptsMade]).toEqual([2, 1]);
  });
});

describe('runJob', () => {
  it('says which argument is wrong', async () => {
    const job = { name: 'pause', attemptsMade: 0, opts: {} } as Job;
    // @ts-expect-error -- that is what is tested
    await expect(runJob(job, 't', 'work')).rejects.toThrow('Expected `work` to be a function');
  });
});
