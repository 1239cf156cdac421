import { Injectable } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import {
  constant,
  RateLimitError,
  Retryable,
  TokenExpiredError,
  type ErrorResponse,
} from 'nestjs-retryable';
import { moment } from '../support/time.js';
import { absent } from './support/brokers.js';
import {
  delayedAgain,
  jobsOf,
  makeDue,
  minutes,
  parkingQueue,
  Platform,
  startParking,
} from './support/parking.js';
import { expectNoLeak } from './support/standard-json.js';
import { outage, secret } from './support/upstream.js';

@Injectable()
class Campaigns {
  constructor(private readonly platform: Platform) {}

  @Retryable({ context: 'pause', platform: 'meta', park: { name: 'campaigns.pause' } })
  async pause(id: string): Promise<unknown> {
    return this.platform.call(id);
  }

  @Retryable({
    context: 'twice',
    platform: 'meta',
    maxRetries: 2,
    park: { name: 'campaigns.twice' },
  })
  async twice(): Promise<unknown> {
    return this.platform.call();
  }

  @Retryable({
    context: 'slow',
    platform: 'meta',
    timeout: 30,
    maxRetries: 1,
    park: { name: 'campaigns.slow' },
  })
  async slow(): Promise<unknown> {
    return this.platform.call();
  }

  @Retryable({ context: 'inner', platform: 'meta', backoff: constant(10) })
  async inner(): Promise<unknown> {
    return this.platform.call('inner');
  }

  @Retryable({ context: 'nested', platform: 'meta', park: { name: 'campaigns.nested' } })
  async nested(): Promise<unknown> {
    await this.platform.call('outer');
    return this.inner();
  }
}

async function start(options = {}) {
  const { prefix, queue } = parkingQueue();
  const app = await startParking({ prefix, providers: [Campaigns], ...options });
  return { ...app, prefix, queue, campaigns: app.service(Campaigns) };
}

describe.skipIf(absent.has('Redis'))('a resumed call', () => {
  it('is delayed again where its platform asks for that, without an attempt', async () => {
    const { parked, campaigns, platform, queue, calls, ended, lines } = await start();
    platform.outcomes = [minutes(), minutes({ retryAfter: 2400 })];
    const jobId = await parked(() => campaigns.pause('1'));
    const before = Date.now();
    await makeDue(queue);
    await vi.waitFor(() => expect(platform.made).toHaveLength(2));
    const job = await delayedAgain(queue, jobId);
    expect(job.attemptsMade).toBe(0);
    const waiting = await calls.find(jobId);
    expect(waiting?.state).toBe('waiting');
    expect(Number(waiting?.resumesAt)).toBeGreaterThanOrEqual(before + 2_400_000);
    expect(Number(waiting?.resumesAt)).toBeLessThan(before + 3_600_000);
    expect(lines.of('operation_error')).toEqual([]);
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
    expect(platform.made).toHaveLength(3);
    expect(new Set(platform.keys).size).toBe(1);
  });

  it('is not put off for longer than a week in all', async () => {
    const { parked, campaigns, platform, queue, ended } = await start();
    platform.outcomes = [minutes(), minutes()];
    const jobId = await parked(() => campaigns.pause('1'));
    const [job] = await jobsOf(queue);
    const data = job?.data as { parkedAt: number };
    await job?.updateData({ ...data, parkedAt: data.parkedAt - 8 * 24 * 3_600_000 });
    await makeDue(queue);
    const call = await ended(jobId);
    expect(call).toMatchObject({ state: 'failed', error: { error: { type: 'API_RATE_LIMIT' } } });
    expect(platform.made).toHaveLength(2);
  });

  it('is retried by the queue after the waits of its policy', async () => {
    const { parked, campaigns, platform, queue, ended, lines } = await start();
    platform.outcomes = [minutes(), outage(), outage()];
    const jobId = await parked(() => campaigns.pause('1'));
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
    expect(platform.made).toHaveLength(4);
    expect(lines.of('operation_error')).toEqual([]);
  });

  it('has the retries that are left to it from before it was parked', async () => {
    const { parked, campaigns, platform, queue, ended, lines } = await start();
    platform.outcomes = [outage(), minutes(), outage(), outage(), outage()];
    const jobId = await parked(() => campaigns.twice());
    expect(platform.made).toHaveLength(2);
    await makeDue(queue);
    const call = await ended(jobId);
    expect(call).toMatchObject({ state: 'failed' });
    // Of its two retries one came before it was parked; the wait itself has used up none.
    expect(platform.made).toHaveLength(4);
    expect(lines.only('operation_error')).toMatchObject({ gave_up: 'exhausted' });
  });

  it('fails for good with the JSON of its error, which whoever asks is given', async () => {
    const { parked, campaigns, platform, queue, ended, lines, calls } = await start();
    platform.outcomes = [minutes(), new TokenExpiredError('meta', { message: secret })];
    const jobId = await parked(() => campaigns.pause('1'));
    await makeDue(queue);
    const call = await ended(jobId);
    expect(call.state).toBe('failed');
    expect(call).not.toHaveProperty('result');
    expect(call.error).toMatchObject({
      status: 'error',
      error: { type: 'TOKEN_EXPIRED', code: '6001', platform: 'meta', context: 'pause' },
      retry_allowed: false,
    });
    const [job] = await queue.getFailed();
    expect(job?.id).toBe(jobId);
    const reason = JSON.parse(job?.failedReason ?? '') as ErrorResponse;
    expect(reason).toEqual(call.error);
    expectNoLeak(reason);
    expect(JSON.stringify(job)).not.toContain(secret);
    expect(lines.only('operation_error')).toMatchObject({
      context: 'pause',
      platform: 'meta',
      error_type: 'TokenExpiredError',
      gave_up: 'not-retryable',
    });
    expect(await calls.find(jobId)).toEqual(call);
  });

  it('fails for good where nobody knows its error', async () => {
    const { parked, campaigns, platform, queue, ended, lines } = await start();
    platform.outcomes = [minutes(), new TypeError(secret)];
    const jobId = await parked(() => campaigns.pause('1'));
    await makeDue(queue);
    const call = await ended(jobId);
    expect(call.error).toMatchObject({ error: { type: 'UNKNOWN_ERROR' } });
    expectNoLeak(call);
    expect(platform.made).toHaveLength(2);
    expect(lines.of('operation_error')).toHaveLength(1);
  });

  it('has a time limit for each attempt, as any call', async () => {
    const { parked, campaigns, platform, queue, ended } = await start();
    const hang = () => new Promise(() => undefined);
    platform.outcomes = [minutes(), hang, hang];
    const jobId = await parked(() => campaigns.slow());
    await makeDue(queue);
    const call = await ended(jobId);
    expect(call.error).toMatchObject({ error: { type: 'PLATFORM_TIMEOUT' } });
  });

  it('leaves the waits of the calls that it makes to the queue too', async () => {
    const { parked, campaigns, platform, queue, ended } = await start();
    platform.outcomes = [minutes(), 'ok', minutes()];
    const jobId = await parked(() => campaigns.nested());
    await makeDue(queue);
    const job = await delayedAgain(queue, jobId);
    expect(job.delay).toBeGreaterThan(600_000);
    expect(await jobsOf(queue)).toHaveLength(1);
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
  });

  it('is running while it runs', async () => {
    const { parked, campaigns, platform, queue, calls, ended } = await start();
    const held = moment<string>();
    platform.outcomes = [minutes(), () => held.reached];
    const jobId = await parked(() => campaigns.pause('1'));
    await makeDue(queue);
    await vi.waitFor(() => expect(platform.made).toHaveLength(2));
    expect(await calls.find(jobId)).toMatchObject({ state: 'running' });
    held.reach('late');
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'late' });
  });

  it('resumes by itself, when its time has come', async () => {
    const { parked, campaigns, platform, ended } = await start({
      options: { retry: { maxRetryAfter: 0 } },
    });
    platform.outcomes = [new RateLimitError('meta', { retryAfter: 0.2 })];
    const jobId = await parked(() => campaigns.pause('1'));
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
    expect(platform.made).toHaveLength(2);
  });
});

describe.skipIf(absent.has('Redis'))('the result of a parked call', () => {
  it.each<[string, unknown, unknown]>([
    ['an object', { id: 1, list: [null, 'x'] }, { id: 1, list: [null, 'x'] }],
    ['a list', [1, 2], [1, 2]],
    ['null', () => null, null],
    ['a date, as JSON says it', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['nothing at all', () => undefined, undefined],
    ['false', () => false, false],
  ])('is kept: %s', async (_, result, kept) => {
    const { parked, campaigns, platform, queue, ended } = await start();
    platform.outcomes = [minutes(), result];
    const jobId = await parked(() => campaigns.pause('1'));
    await makeDue(queue);
    const call = await ended(jobId);
    expect([call.state, call.result ?? undefined]).toEqual(['completed', kept ?? undefined]);
  });

  it('is kept without the values of keys that look like secrets', async () => {
    const { parked, campaigns, platform, queue, ended } = await start();
    const value = 's3cr3t-value';
    const account = { access_token: value, nested: [{ password: value }], id: 7 };
    platform.outcomes = [minutes(), account];
    const jobId = await parked(() => campaigns.pause('1'));
    await makeDue(queue);
    const call = await ended(jobId);
    expect(call.result).toMatchObject({ id: 7 });
    const [job] = await queue.getCompleted();
    expect(JSON.stringify([call, job])).not.toContain(value);
    expect(account.access_token).toBe(value);
  });

  it.each<[string, () => unknown]>([
    [
      'a circle',
      () => {
        const circle: Record<string, unknown> = {};
        circle['self'] = circle;
        return circle;
      },
    ],
    ['a bigint', () => ({ big: 5n })],
    ['a function', () => () => 'x'],
    [
      'a getter that throws',
      () => ({
        get name() {
          throw new Error('trap');
        },
      }),
    ],
    ['something huge', () => 'x'.repeat(20 * 1024 * 1024)],
  ])('that cannot be kept makes no call a failure: %s', async (_, make) => {
    const { parked, campaigns, platform, queue, ended } = await start();
    platform.outcomes = [minutes(), make];
    const jobId = await parked(() => campaigns.pause('1'));
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed' });
    expect(platform.made).toHaveLength(2);
  });
});

describe.skipIf(absent.has('Redis'))('a call that was made', () => {
  it('is kept as long as the options say', async () => {
    const { parked, campaigns, platform, queue, calls } = await start({
      parking: { removeOnComplete: true, removeOnFail: true },
    });
    platform.outcomes = [minutes()];
    const jobId = await parked(() => campaigns.pause('1'));
    await makeDue(queue);
    const isGone = async () => expect(await calls.find(jobId)).toBeUndefined();
    await vi.waitFor(isGone, { interval: 10, timeout: 4000 });
    expect(platform.made).toHaveLength(2);
  });

  it('is kept for a day, and one that has failed until somebody removes it', async () => {
    const { parked, campaigns, platform, queue } = await start();
    platform.outcomes = [minutes()];
    await parked(() => campaigns.pause('1'));
    const [job] = await jobsOf(queue);
    expect(job?.opts).toMatchObject({ removeOnComplete: { age: 86_400 }, removeOnFail: false });
  });
});
