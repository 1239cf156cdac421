import { Controller, Get, Injectable } from '@nestjs/common';
import { expect, it, vi } from 'vitest';
import {
  BudgetInsufficientError,
  currentAttempt,
  PlatformServiceError,
  RateLimitError,
  Retryable,
} from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { never, rejectWith } from '../support/calls.js';
import { moment, stopTime } from '../support/time.js';

/** What each call does, in turn; the campaign is created once nothing is left. */
let script: (() => Promise<never>)[] = [];
let calledAt: number[] = [];
let signals: (AbortSignal | undefined)[] = [];

@Injectable()
class MetaAdapter {
  @Retryable({ context: 'create_campaign', platform: 'meta' })
  createCampaign(): Promise<string> {
    calledAt.push(performance.now());
    signals.push(currentAttempt()?.signal);
    return script.shift()?.() ?? Promise.resolve('campaign 17');
  }
}

@Controller()
class Campaigns {
  constructor(private readonly meta: MetaAdapter) {}

  @Get('campaigns')
  create() {
    return this.meta.createCampaign();
  }
}

const down = () => rejectWith(new PlatformServiceError('meta', { statusCode: 503 }));
const limited = (retryAfter: number) => () =>
  rejectWith(new RateLimitError('meta', { retryAfter }));
const broke = () => rejectWith(new BudgetInsufficientError('meta'));

onBothAdapters('a decorated service', (testCase) => {
  const start = async (calls: (() => Promise<never>)[]) => {
    [script, calledAt, signals] = [[...calls], [], []];
    const testApp = testCase().options({ retryBudget: false });
    const app = await testApp.controllers(Campaigns).providers(MetaAdapter).start();
    stopTime();
    return app;
  };

  /** When the calls were made, in milliseconds since the first. */
  const times = () => calledAt.map((time) => time - (calledAt[0] ?? 0));

  it('is called again after exactly 1, 2 and 4 seconds and then given up', async () => {
    const app = await start([down, down, down, down]);
    const answer = app.get('/campaigns');
    for (const [index, ms] of [1000, 2000, 4000].entries()) {
      await app.lines.until('retry_scheduled', index + 1);
      await vi.advanceTimersByTimeAsync(ms - 1);
      expect(calledAt).toHaveLength(index + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(calledAt).toHaveLength(index + 2);
    }
    const { status, body } = await answer;
    expect(status).toBe(502);
    expect(body).toMatchObject({
      error: { type: 'PLATFORM_SERVICE_ERROR', context: 'create_campaign', platform: 'meta' },
      retry_allowed: false,
    });
  });

  it('answers as if nothing had happened once a call succeeds', async () => {
    const app = await start([down, down]);
    const answer = app.get('/campaigns');
    await app.lines.until('retry_scheduled');
    await vi.advanceTimersByTimeAsync(3000);
    expect(await answer).toMatchObject({ status: 200, text: 'campaign 17' });
    expect(times()).toEqual([0, 1000, 3000]);
  });

  it('keeps the calls of concurrent requests apart', async () => {
    const app = await start(Array.from({ length: 100 }, () => down));
    const answers = Array.from({ length: 100 }, () => app.get('/campaigns'));
    await app.lines.until('retry_scheduled', 100);
    await vi.advanceTimersByTimeAsync(1000);
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(calledAt).toHaveLength(200);
    const succeeded = app.lines.of('retry_succeeded').map((line) => line['retry_count']);
    expect(succeeded).toEqual(Array.from({ length: 100 }, () => 1));
  });

  it('is not called again for an error that would come again', async () => {
    const app = await start([broke]);
    const { status } = await app.get('/campaigns');
    expect(status).toBe(402);
    expect(times()).toEqual([0]);
  });

  it('waits as long as the platform asks, where that is longer', async () => {
    const app = await start([limited(5), limited(0.5), limited(2)]);
    const answer = app.get('/campaigns');
    await app.lines.until('retry_scheduled');
    await vi.advanceTimersByTimeAsync(11_000);
    expect((await answer).status).toBe(200);
    expect(times()).toEqual([0, 5000, 7000, 11_000]);
  });

  it('passes a wait beyond 30 seconds on to the client instead', async () => {
    const app = await start([down, limited(31)]);
    const answer = app.get('/campaigns');
    await app.lines.until('retry_scheduled');
    await vi.advanceTimersByTimeAsync(1000);
    const { status, headers, body } = await answer;
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toBe('31');
    expect(body).toMatchObject({ retry_allowed: true, retry_after: 31 });
    expect(times()).toEqual([0, 1000]);
  });

  it('has 30 seconds for each call and is given up after 127', async () => {
    const called = moment();
    const first = () => {
      called.reach();
      return never();
    };
    const app = await start([first, never, never, never]);
    const begun = performance.now();
    const answer = app.get('/campaigns');
    await called.reached;
    await vi.advanceTimersByTimeAsync(126_999);
    expect(times()).toEqual([0, 31_000, 63_000, 97_000]);
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true, true, false]);
    await vi.advanceTimersByTimeAsync(1);
    const { status, body } = await answer;
    expect(performance.now() - begun).toBe(127_000);
    expect(status).toBe(504);
    expect(body.error).toMatchObject({ type: 'PLATFORM_TIMEOUT', platform: 'meta' });
    expect(new Set(signals).size).toBe(4);
    expect(signals.at(-1)?.reason).toMatchObject({ name: 'PlatformTimeoutError' });
  });
});
