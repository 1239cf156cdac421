import { Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, Interval, ScheduleModule, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Retryable } from 'nestjs-retryable';
import { appOf } from './support/app.js';
import { named } from './support/named.js';
import { turnEnd } from '../support/calls.js';
import { unhandled } from '../support/outcomes.js';
import { Upstream } from './support/upstream.js';

const operation = { context: 'operation', platform: 'meta' };
const newYear = '0 0 1 1 *'; // never in a test: the tests ring the bell themselves

@Injectable()
class CronAbove {
  constructor(private readonly upstream: Upstream) {}

  @Retryable(operation)
  @Cron(newYear, { name: 'job' })
  async run(): Promise<void> {
    await this.upstream.call();
  }
}

@Injectable()
class CronBelow {
  constructor(private readonly upstream: Upstream) {}

  @Cron(newYear, { name: 'job' })
  @Retryable(operation)
  async run(): Promise<void> {
    await this.upstream.call();
  }
}

@Injectable()
@Retryable(operation)
class CronInClass {
  constructor(private readonly upstream: Upstream) {}

  @Cron(newYear, { name: 'job' })
  async run(): Promise<void> {
    await this.upstream.call();
  }
}

@Injectable()
class IntervalAbove {
  constructor(private readonly upstream: Upstream) {}

  @Retryable(operation)
  @Interval('job', 20)
  async run(): Promise<void> {
    await this.upstream.call();
  }
}

@Injectable()
class IntervalBelow {
  constructor(private readonly upstream: Upstream) {}

  @Interval('job', 20)
  @Retryable(operation)
  async run(): Promise<void> {
    await this.upstream.call();
  }
}

@Injectable()
class TimeoutAbove {
  constructor(private readonly upstream: Upstream) {}

  @Retryable(operation)
  @Timeout('job', 1)
  async run(): Promise<void> {
    await this.upstream.call();
  }
}

@Injectable()
class TimeoutBelow {
  constructor(private readonly upstream: Upstream) {}

  @Timeout('job', 1)
  @Retryable(operation)
  async run(): Promise<void> {
    await this.upstream.call();
  }
}

async function start(job: new (upstream: Upstream) => object, failures = Infinity) {
  const { AppModule, logger, ...rest } = appOf({
    imports: [ScheduleModule.forRoot()],
    providers: [job],
    failures,
  });
  const nest = await NestFactory.createApplicationContext(AppModule, {
    logger,
    abortOnError: false,
  });
  onTestFinished(() => nest.close());
  const registry = nest.get(SchedulerRegistry);
  if (registry.doesExist('cron', 'job')) void registry.getCronJob('job').fireOnTick();
  return { ...rest, registry };
}

const once = named(CronAbove, CronBelow, CronInClass, TimeoutAbove, TimeoutBelow);

describe.each(once)('%s', (_, job) => {
  it('is registered and retried until the upstream recovers', async () => {
    const { lines, upstream } = await start(job, 2);
    await lines.until('retry_succeeded');
    expect(upstream.calls).toBe(3);
    expect(lines.of('operation_error')).toEqual([]);
  });

  it('leaves one operation_error and nothing unhandled', async () => {
    const rejections = unhandled();
    const { lines, upstream } = await start(job);
    await lines.until('operation_error');
    await turnEnd();
    expect(upstream.calls).toBe(4);
    expect(lines.of('operation_error')).toMatchObject([
      { level: 'error', context: 'operation', platform: 'meta', retry_count: 3 },
    ]);
    expect(rejections).toEqual([]);
  });
});

describe.each(named(IntervalAbove, IntervalBelow))('%s', (_, job) => {
  it('is registered and retried until the upstream recovers', async () => {
    const { lines, upstream, registry } = await start(job, 2);
    expect(registry.doesExist('interval', 'job')).toBe(true);
    await lines.until('retry_succeeded');
    registry.deleteInterval('job');
    expect(upstream.calls).toBe(3);
  });

  it('leaves an operation_error and nothing unhandled', async () => {
    const rejections = unhandled();
    const { lines, registry } = await start(job);
    await lines.until('operation_error');
    registry.deleteInterval('job');
    await turnEnd();
    expect(lines.of('operation_error')).toMatchObject([{ context: 'operation', retry_count: 3 }]);
    expect(rejections).toEqual([]);
  });
});
