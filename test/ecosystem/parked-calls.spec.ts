import { Injectable } from '@nestjs/common';
import { concatWith, from, lastValueFrom, of, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  AiModelQuotaError,
  Cooldowns,
  RateLimitError,
  Retryable,
  RetryEvents,
  type ErrorResponse,
  type RetryEvent,
} from 'nestjs-retryable';
import { absent } from './support/brokers.js';
import { adapterNames, startHttp } from './support/http.js';
import {
  delayedAgain,
  jobIn,
  jobsOf,
  makeDue,
  minutes,
  parkingQueue,
  Platform,
  startParking,
} from './support/parking.js';

const SECONDS = 1000;
const HOURS = 3600 * SECONDS;
const WEEK = 7 * 24 * HOURS;

@Injectable()
class Campaigns {
  constructor(private readonly platform: Platform) {}

  @Retryable({ context: 'create_campaign', platform: 'meta', park: { name: 'campaigns.create' } })
  async create(name: string, budget: { daily: number }): Promise<unknown> {
    return this.platform.call(name, budget);
  }

  @Retryable({ context: 'list', platform: 'meta', park: { name: 'campaigns.list' } })
  list$(account: string): Observable<unknown> {
    return from(this.platform.call(account)).pipe(concatWith(of('last')));
  }

  @Retryable({ context: 'pages', platform: 'meta', park: { name: 'campaigns.pages' } })
  async *pages(account: string): AsyncGenerator {
    yield await this.platform.call(account, 1);
    yield await this.platform.call(account, 2);
  }

  @Retryable({ context: 'draft', platform: 'gemini', park: { name: 'campaigns.draft' } })
  async draft(): Promise<unknown> {
    return this.platform.call();
  }

  @Retryable({
    context: 'once',
    platform: 'meta',
    maxRetries: 0,
    park: { name: 'campaigns.once' },
  })
  async once(): Promise<unknown> {
    return this.platform.call();
  }

  @Retryable({
    context: 'of_account',
    platform: 'meta',
    key: (account: string) => account,
    park: { name: 'campaigns.of_account' },
  })
  async ofAccount(account: string): Promise<unknown> {
    return this.platform.call(account);
  }
}

async function itemsOf(iterable: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

/** What Gemini answers when the requests of a day are used up. */
function dailyQuota(): Error {
  const violations = [
    { quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier', quotaValue: '20' },
  ];
  const details = [{ '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations }];
  const body = { error: { code: 429, message: 'x', status: 'RESOURCE_EXHAUSTED', details } };
  return Object.assign(new Error(JSON.stringify(body)), { name: 'ApiError', status: 429 });
}

const limited = (retryAfter: number) => new RateLimitError('meta', { retryAfter });

async function start() {
  const { prefix, queue } = parkingQueue();
  const app = await startParking({ prefix, providers: [Campaigns] });
  return { ...app, queue, campaigns: app.service(Campaigns) };
}

describe.skipIf(absent.has('Redis'))('a call whose platform asks for a long wait', () => {
  it.each(adapterNames)(
    'is accepted on %s, made when the wait is over, and found by its job',
    async (adapter) => {
      const { prefix, queue } = parkingQueue();
      const app = await startParking({ prefix, providers: [Campaigns] }, adapter);
      app.platform.outcomes = [minutes(), { id: 'c1' }];
      const before = Date.now();
      const reply = await app.through(() => app.service(Campaigns).create('Spring', { daily: 50 }));
      const { error, ...rest } = reply.json as ErrorResponse;
      const jobId = jobIn(reply);
      expect(rest).toEqual({ status: 'error', retry_allowed: false });
      expect(error).toMatchObject({ type: 'PARKED', code: '5002', platform: 'meta' });
      expect(error.context).toBe('create_campaign');
      expect(Object.keys(error.details ?? {}).toSorted()).toEqual(['job_id', 'resumes_at']);
      expect(reply.headers.get('retry-after')).toBeNull();
      expect(reply.headers.get('cache-control')).toBe('no-store');
      const resumesAt = Date.parse(String(error.details?.['resumes_at']));
      expect(resumesAt).toBeGreaterThanOrEqual(before + 1200 * SECONDS);
      expect(resumesAt).toBeLessThan(before + 1500 * SECONDS);

      const waiting = await app.calls.find(jobId);
      expect(waiting).toMatchObject({
        jobId,
        name: 'campaigns.create',
        context: 'create_campaign',
        platform: 'meta',
        state: 'waiting',
      });
      expect(waiting?.resumesAt.getTime()).toBe(resumesAt);
      expect(waiting?.parkedAt.getTime()).toBeGreaterThanOrEqual(before);

      await makeDue(queue);
      expect(await app.ended(jobId)).toMatchObject({ state: 'completed', result: { id: 'c1' } });
      const args = ['Spring', { daily: 50 }];
      expect(app.platform.made).toEqual([args, args]);
      expect(new Set(app.platform.keys).size).toBe(1);
      expect(app.lines.of('operation_error')).toEqual([]);
    },
  );

  it.each([
    ['zh-CN', undefined, '平台要求等待较长时间，操作已排队，届时将自动执行'],
    [
      'en',
      'en',
      'The platform asks for a longer wait. The operation is scheduled and will be done then.',
    ],
  ])('tells its caller so in %s', async (language, accepted, message) => {
    const { through, campaigns, platform } = await start();
    platform.outcomes = [minutes()];
    const headers = accepted === undefined ? {} : { 'accept-language': accepted };
    const reply = await through(() => campaigns.create('Spring', { daily: 1 }), { headers });
    jobIn(reply);
    expect((reply.json as ErrorResponse).error.message).toBe(message);
    expect(reply.headers.get('content-language')).toBe(language);
  });

  it('is answered with 503 where the application says so, without Retry-After', async () => {
    const { prefix } = parkingQueue();
    const options = { errors: { httpStatus: { PARKED: 503 } } };
    const app = await startParking({ prefix, providers: [Campaigns], options });
    app.platform.outcomes = [minutes()];
    const reply = await app.through(() => app.service(Campaigns).create('Spring', { daily: 1 }));
    expect(reply.status).toBe(503);
    expect(reply.headers.get('retry-after')).toBeNull();
    expect(reply.json).toMatchObject({ error: { type: 'PARKED' }, retry_allowed: false });
    expect(reply.json).not.toHaveProperty('retry_after');
  });

  it('is waited for in process where the wait is short enough', async () => {
    const { through, campaigns, platform, queue } = await start();
    platform.outcomes = [limited(1)];
    const { json } = await through(() => campaigns.create('Spring', { daily: 1 }));
    expect(json).toEqual({ answer: 'done' });
    expect(await jobsOf(queue)).toEqual([]);
  });

  it('is not parked where its policy allows no retry', async () => {
    const { through, campaigns, platform, queue } = await start();
    platform.outcomes = [minutes()];
    const reply = await through(() => campaigns.once());
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '1200']);
    expect(await jobsOf(queue)).toEqual([]);
  });

  it('is put off for a week at most', async () => {
    const { parked, calls, campaigns, platform } = await start();
    platform.outcomes = [limited(30 * 24 * 3600)];
    const call = await calls.find(await parked(() => campaigns.create('Spring', { daily: 1 })));
    expect(Number(call?.resumesAt) - Number(call?.parkedAt)).toBeLessThanOrEqual(
      WEEK + 60 * SECONDS,
    );
  });

  it('resumes at times that are scattered, never before the one the platform gave', async () => {
    const { parked, calls, campaigns, platform } = await start();
    const delays = new Set<number>();
    for (let n = 0; n < 6; n++) {
      platform.outcomes = [minutes()];
      const call = await calls.find(await parked(() => campaigns.create(`${n}`, { daily: 1 })));
      delays.add(Number(call?.resumesAt) - Number(call?.parkedAt));
    }
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(1200 * SECONDS);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(100);
  });

  it('fails as it does without `park` where no queue is there, and boot warns of it', async () => {
    const platform = new Platform();
    const app = await startHttp({
      providers: [Campaigns, { provide: Platform, useValue: platform }],
    });
    platform.outcomes = [minutes()];
    const campaigns = app.nest.get(Campaigns);
    await expect(campaigns.create('Spring', { daily: 1 })).rejects.toMatchObject({
      type: 'API_RATE_LIMIT',
      retryAfter: 1200,
    });
    expect(app.lines.only('retry_nothing_parks').hint).toContain('ParkedCallsModule');
  });

  it('is told to those who listen to events as a failure that was parked', async () => {
    const { nest, parked, campaigns, platform } = await start();
    const events: RetryEvent[] = [];
    const subscription = nest
      .get(RetryEvents)
      .observe()
      .subscribe((event) => events.push(event));
    platform.outcomes = [minutes()];
    await parked(() => campaigns.create('Spring', { daily: 1 }));
    subscription.unsubscribe();
    expect(events.map(({ type }) => type)).toEqual(['attempt-began', 'attempt-failed', 'failed']);
    expect(events.at(-1)).toMatchObject({
      error: { type: 'PARKED' },
      report: { gaveUp: 'parked', attempts: 1 },
    });
  });

  it('is logged once, as what it is', async () => {
    const { lines, parked, campaigns, platform } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => campaigns.create('Spring', { daily: 1 }));
    expect(lines.only('retry_parked')).toMatchObject({
      context: 'create_campaign',
      platform: 'meta',
      job_id: jobId,
    });
    expect(lines.of('operation_error')).toEqual([]);
    expect(lines.of('retry_exhausted')).toEqual([]);
  });
});

describe.skipIf(absent.has('Redis'))('a parked call of another kind', () => {
  it('is an Observable: its last value is the result', async () => {
    const { parked, ended, campaigns, platform, queue } = await start();
    platform.outcomes = [minutes(), 'first'];
    const jobId = await parked(() => lastValueFrom(campaigns.list$('act_1')));
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'last' });
    expect(platform.made).toEqual([['act_1'], ['act_1']]);
  });

  it('is an async generator that had not begun: its items are the result', async () => {
    const { parked, ended, campaigns, platform, queue } = await start();
    platform.outcomes = [minutes(), 'a', 'b'];
    const jobId = await parked(() => itemsOf(campaigns.pages('act_1')));
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: ['a', 'b'] });
    expect(platform.made.slice(1)).toEqual([
      ['act_1', 1],
      ['act_1', 2],
    ]);
  });

  it('is not one that has given items already', async () => {
    const { through, campaigns, platform, queue } = await start();
    platform.outcomes = ['a', minutes()];
    const { status } = await through(() => itemsOf(campaigns.pages('act_1')));
    expect(status).toBe(429);
    expect(await jobsOf(queue)).toEqual([]);
  });
});

describe.skipIf(absent.has('Redis'))('a used-up quota', () => {
  it('is tried after an hour where nobody knows when it is renewed', async () => {
    const { parked, calls, campaigns, platform } = await start();
    platform.outcomes = [new AiModelQuotaError()];
    const call = await calls.find(await parked(() => campaigns.draft()));
    const wait = Number(call?.resumesAt) - Number(call?.parkedAt);
    expect(wait).toBeGreaterThanOrEqual(HOURS);
    expect(wait).toBeLessThan(1.5 * HOURS);
  });

  it('is tried when it is renewed', async () => {
    const { parked, calls, campaigns, platform } = await start();
    platform.outcomes = [new AiModelQuotaError({ retryAfter: 7200 })];
    const call = await calls.find(await parked(() => campaigns.draft()));
    const wait = Number(call?.resumesAt) - Number(call?.parkedAt);
    expect(wait).toBeGreaterThanOrEqual(2 * HOURS);
    expect(wait).toBeLessThan(3 * HOURS);
  });

  it('that is renewed in seconds is parked too: no attempt would be left for it', async () => {
    const { parked, ended, campaigns, platform, queue } = await start();
    platform.outcomes = [new AiModelQuotaError({ retryAfter: 20 })];
    const jobId = await parked(() => campaigns.draft());
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
  });

  it('of a day, as Google tells it, is parked until that day has ended', async () => {
    const { parked, ended, calls, campaigns, platform, queue } = await start();
    platform.outcomes = [dailyQuota()];
    const jobId = await parked(() => campaigns.draft());
    const call = await calls.find(jobId);
    const wait = Number(call?.resumesAt) - Number(call?.parkedAt);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThan(26 * HOURS);
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
  });
});

describe.skipIf(absent.has('Redis'))('a cooldown of an account', () => {
  it('parks the calls that it refuses, before anything is sent', async () => {
    const { nest, parked, ended, calls, through, campaigns, platform, queue } = await start();
    platform.outcomes = [limited(600)];
    const first = await parked(() => campaigns.ofAccount('act_1'));
    const second = await parked(() => campaigns.ofAccount('act_1'));
    expect(platform.made).toEqual([['act_1']]);
    expect(second).not.toBe(first);
    const refused = await calls.find(second);
    const wait = Number(refused?.resumesAt) - Number(refused?.parkedAt);
    expect(wait).toBeGreaterThan(590 * SECONDS);
    const { json } = await through(() => campaigns.ofAccount('act_2'));
    expect(json).toEqual({ answer: 'done' });
    nest.get(Cooldowns).clear({ platform: 'meta', key: 'act_1' });
    await makeDue(queue);
    for (const jobId of [first, second]) {
      expect(await ended(jobId)).toMatchObject({ state: 'completed', result: 'done' });
    }
    expect(platform.made).toHaveLength(4);
  });

  it('delays a resumed call again, without an attempt', async () => {
    const { parked, calls, campaigns, platform, queue } = await start();
    platform.outcomes = [limited(600)];
    const jobId = await parked(() => campaigns.ofAccount('act_1'));
    await makeDue(queue);
    const job = await delayedAgain(queue, jobId);
    expect(job.attemptsMade).toBe(0);
    expect(job.delay).toBeGreaterThan(500 * SECONDS);
    expect(platform.made).toHaveLength(1);
    expect(await calls.find(jobId)).toMatchObject({ state: 'waiting' });
  });
});
