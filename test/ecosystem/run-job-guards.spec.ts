import { getEventListeners } from 'node:events';
import { Injectable } from '@nestjs/common';
import { Processor, WorkerHost } from '@nestjs/bullmq';
import { DelayedError, type Job } from 'bullmq';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  currentAttempt,
  exponential,
  PlatformServiceError,
  RateLimitError,
  Retryable,
  type ErrorResponse,
} from 'nestjs-retryable';
import { runJob } from 'nestjs-retryable/bullmq';
import { failureOf } from '../support/calls.js';
import { moment, type Moment } from '../support/time.js';
import { absent } from './support/brokers.js';
import { queueName, startQueue } from './support/queue.js';
import { expectNoLeak } from './support/standard-json.js';
import { outage, secret } from './support/upstream.js';

const backoff = exponential({ initialDelay: 10 });

let outcomes: unknown[] = [];
let calls: string[] = [];
let keys: (string | undefined)[] = [];
let left: Moment = moment();

beforeEach(() => {
  outcomes = [];
  calls = [];
  keys = [];
  left = moment();
});

function call(name: string): string {
  calls.push(name);
  keys.push(currentAttempt()?.idempotencyKey);
  const outcome = outcomes.shift();
  if (outcome instanceof Error) throw outcome;
  return 'well';
}

@Injectable()
class Platform {
  @Retryable({ context: 'read', platform: 'meta', backoff })
  async read(): Promise<string> {
    return call('read');
  }

  @Retryable({ context: 'write', platform: 'meta', idempotent: false })
  async write(): Promise<string> {
    return call('write');
  }

  @Retryable({ context: 'account', platform: 'meta', key: () => 'act_1', maxRetries: 0 })
  async account(): Promise<string> {
    return call('account');
  }
}

let work: (platform: Platform, job: Job, token?: string) => unknown;

@Processor(queueName)
class Plain extends WorkerHost {
  constructor(protected readonly platform: Platform) {
    super();
  }

  override process(job: Job, token?: string): Promise<unknown> {
    return runJob(job, token, () => work(this.platform, job, token));
  }
}

@Processor(queueName)
class Decorated extends Plain {
  @Retryable({ context: 'process', idempotent: false, maxRetries: 5, backoff })
  override process(job: Job, token?: string): Promise<unknown> {
    return super.process(job, token);
  }
}

const start = (processor: typeof Plain = Plain) => startQueue(processor, { providers: [Platform] });
const typeOf = (job: Job) => (JSON.parse(job.failedReason) as ErrorResponse).error.type;

describe.skipIf(absent.has('Redis'))('a job', () => {
  it('lets no write begin any more once it goes back to the queue', async () => {
    const late: Promise<unknown>[] = [];
    work = (platform) => {
      late.push(left.reached.then(() => platform.write()).catch(() => 'not begun'));
      return platform.read();
    };
    outcomes = [outage()];
    const { work: done } = await start();
    const { result } = await done({ attempts: 2 });
    left.reach();
    expect(result).toBe('well');
    expect(await Promise.all(late)).toEqual(['not begun', 'well']);
    expect(calls).toEqual(['read', 'read', 'write']); // that of the run that succeeded
  });

  it('is not run again where its work has written and throws by itself', async () => {
    work = async (platform) => {
      await platform.write();
      throw new RateLimitError('meta');
    };
    const { work: done } = await start();
    const { job } = await done({ attempts: 5 });
    expect([calls, await job.getState()]).toEqual([['write'], 'failed']);
  });

  it.each([
    ['run again', () => outage(), ['read', 'read']],
    ['delayed', () => new RateLimitError('meta', { retryAfter: 600 }), ['read']],
  ])('of a decorated processor is %s as any other', async (how, error, expected) => {
    work = (platform) => platform.read();
    outcomes = [error()];
    const { work: done, delayed } = await start(Decorated);
    if (how === 'delayed') expect((await delayed({ attempts: 2 })).attemptsMade).toBe(0);
    else expect((await done({ attempts: 2 })).result).toBe('well');
    expect(calls).toEqual(expected);
  });

  it('of a decorated processor is unrecoverable after an open outcome', async () => {
    work = (platform) => platform.write();
    outcomes = [outage()];
    const { work: done, lines } = await start(Decorated);
    const { job } = await done({ attempts: 3 });
    expect([calls, typeOf(job), job.attemptsMade]).toEqual([['write'], 'OUTCOME_UNKNOWN', 1]);
    expect(lines.of('operation_error')).toHaveLength(1);
  });

  it('gives its calls the same key in every run, and each of them its own', async () => {
    work = async (platform) => {
      await platform.read();
      return platform.read();
    };
    outcomes = ['well', outage()];
    const { work: done } = await start();
    await done({ attempts: 3 });
    const [first, second] = keys;
    expect(keys).toEqual([first, second, first, second]);
    expect(first).not.toBe(second);
    expect(first).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  });

  it('is delayed by a short cooldown too: the worker does not sleep', async () => {
    work = async (platform) => {
      await failureOf(platform.account());
      return platform.account();
    };
    outcomes = [new RateLimitError('meta', { retryAfter: 20 })];
    const { delayed } = await start();
    const job = await delayed();
    expect(calls).toEqual(['account']);
    expect(job.delay).toBeGreaterThan(10_000);
    expect(job.delay).toBeLessThanOrEqual(20_000);
  });

  it.each([
    [
      'is not run again where nobody knows what it has done',
      () => new PlatformServiceError('meta', { message: secret }),
      1,
    ],
    ['is run again where it has surely done nothing', () => new RateLimitError('meta'), 2],
    ['judges a wrapped call by its report', () => undefined, 2],
  ])('whose work itself throws %s', async (_, error, runs) => {
    let count = 0;
    work = async (platform) => {
      count++;
      const thrown = error();
      if (thrown !== undefined) throw thrown;
      await platform.read().catch((cause: unknown) => {
        throw new Error('wrapped', { cause });
      });
    };
    outcomes = [outage(), outage(), outage()];
    const { work: done, lines } = await start();
    const { job } = await done({ attempts: 2 });
    expect([count, await job.getState()]).toEqual([runs, 'failed']);
    expectNoLeak(JSON.parse(job.failedReason));
    expect(lines.of('operation_error')).toHaveLength(1);
  });

  it('may tell BullMQ itself that it waits', async () => {
    work = async (_platform, job, token) => {
      call('work');
      if (calls.length > 1) return 'well';
      await job.moveToDelayed(Date.now() + 10, token);
      throw new DelayedError();
    };
    const { work: done } = await start();
    const { job, result } = await done();
    expect([result, job.attemptsMade]).toEqual(['well', 1]);
  });
});

const job = {
  id: '1',
  queueName,
  name: 'pause',
  attemptsMade: 0,
  opts: {},
  moveToDelayed: async () => undefined,
};

describe('what the work tells BullMQ itself', () => {
  it('is passed on as it is', async () => {
    const delayed = new DelayedError();
    const running = runJob(job, 't', () => Promise.reject(delayed));
    expect(await failureOf(running)).toBe(delayed);
  });
});

describe('the signal of a job', () => {
  it('ends what runs, and nothing listens to it afterwards', async () => {
    const controller = new AbortController();
    const running = runJob(job, 't', () => new Promise(() => undefined), controller.signal);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    const reason = new Error('the worker stops');
    controller.abort(reason);
    expect(await failureOf(running)).toMatchObject({ name: 'UnrecoverableError', cause: reason });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('that has aborted already lets nothing begin', async () => {
    let ran = false;
    const running = runJob(job, 't', () => (ran = true), AbortSignal.abort(new Error('stops')));
    expect(await failureOf(running)).toMatchObject({ name: 'UnrecoverableError' });
    expect(ran).toBe(false);
  });
});
