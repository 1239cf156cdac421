import { Controller, Get, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { beforeEach, expect, it, vi } from 'vitest';
import {
  PlatformServiceError,
  retryReport,
  Retryable,
  type RetryableModuleOptions,
} from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { failureOf, rejectWith } from '../support/calls.js';
import { moment, stopTime } from '../support/time.js';

let order: string[] = [];
let calls = 0;
let entered = moment();
let release = moment();
let destroyed = moment();

@Injectable()
class Adapter implements OnModuleDestroy {
  @Retryable({ platform: 'meta' })
  create() {
    calls++;
    return rejectWith(new PlatformServiceError('meta', { statusCode: 503 }));
  }

  @Retryable({ platform: 'meta' })
  async slow() {
    calls++;
    entered.reach();
    await release.reached;
    throw new PlatformServiceError('meta', { statusCode: 503 });
  }

  onModuleDestroy() {
    order.push('onModuleDestroy');
  }

  beforeApplicationShutdown() {
    order.push('beforeApplicationShutdown');
    destroyed.reach();
  }

  onApplicationShutdown() {
    order.push('onApplicationShutdown');
  }
}

@Controller()
class Campaigns {
  constructor(private readonly adapter: Adapter) {}

  @Get('service')
  async create() {
    try {
      return await this.adapter.create();
    } finally {
      order.push('call settled');
    }
  }

  @Get('handler')
  @Retryable({ platform: 'meta' })
  handler() {
    calls++;
    return rejectWith(new PlatformServiceError('meta', { statusCode: 503 }));
  }

  @Get('slow')
  slow() {
    return this.adapter.slow();
  }
}

onBothAdapters('app.close()', (testCase) => {
  beforeEach(() => {
    [order, calls] = [[], 0];
    [entered, release, destroyed] = [moment(), moment(), moment()];
  });

  const start = async (options: RetryableModuleOptions = {}) => {
    const testApp = testCase().options(options);
    const app = await testApp.providers(Adapter).controllers(Campaigns).start();
    stopTime();
    return app;
  };

  it('during a wait settles the call before the server waits for its handlers', async () => {
    const app = await start();
    const answer = app.get('/service', { headers: { connection: 'close' } });
    await app.lines.until('retry_scheduled');
    await app.nest.close();
    const { status, body } = await answer;
    expect(order).toEqual([
      'onModuleDestroy',
      'call settled',
      'beforeApplicationShutdown',
      'onApplicationShutdown',
    ]);
    expect(status).toBe(503);
    expect(body).toMatchObject({ error: { type: 'SERVICE_UNAVAILABLE' }, retry_allowed: true });
    expect(calls).toBe(1);
    expect(app.lines.only('operation_error')).toMatchObject({ gave_up: 'shutdown' });
  });

  it('during the wait of a decorated handler answers its client', async () => {
    const app = await start();
    const answer = app.get('/handler', { headers: { connection: 'close' } });
    await app.lines.until('retry_scheduled');
    await app.nest.close();
    const { status, body } = await answer;
    expect(status).toBe(503);
    expect(body.retry_allowed).toBe(true);
    expect(calls).toBe(1);
  });

  it('lets an attempt come to its end, and begins no wait after it', async () => {
    const app = await start();
    const answer = app.get('/slow', { headers: { connection: 'close' } });
    await entered.reached;
    const closed = app.nest.close();
    await destroyed.reached;
    release.reach();
    await closed;
    expect((await answer).body.error.type).toBe('SERVICE_UNAVAILABLE');
    expect(calls).toBe(1);
    expect(app.lines.of('retry_scheduled')).toEqual([]);
    expect(app.lines.only('operation_error')).toMatchObject({ gave_up: 'shutdown' });
  });

  it('leaves no wait to a call that begins afterwards', async () => {
    const app = await start();
    await app.nest.close();
    const error = await failureOf(app.nest.get(Adapter).create());
    expect(retryReport(error)).toMatchObject({ gaveUp: 'shutdown', attempts: 1 });
  });

  it('ends many waits at once', async () => {
    const app = await start({ retryBudget: false });
    const failures = Array.from({ length: 1000 }, () => failureOf(app.nest.get(Adapter).create()));
    await app.lines.until('retry_scheduled', 1000);
    await app.nest.close();
    const reports = (await Promise.all(failures)).map((error) => retryReport(error)?.gaveUp);
    expect(new Set(reports)).toEqual(new Set(['shutdown']));
    expect(vi.getTimerCount()).toBe(0);
  });
});
