import { Scope } from '@nestjs/common';
import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { UnrecoverableError, type Job } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { createErrorResponse, Retryable } from 'nestjs-retryable';
import { named } from './support/named.js';
import { unhandled } from '../support/outcomes.js';
import { moment } from '../support/time.js';
import { absent } from './support/brokers.js';
import { queueName, startQueue } from './support/queue.js';
import { exhausted, expectNoLeak } from './support/standard-json.js';
import { Adapter, Upstream } from './support/upstream.js';

const operation = { context: 'operation', platform: 'meta' };
let completed = moment<string>();

@Processor(queueName)
class DecoratedMethod extends WorkerHost {
  constructor(private readonly upstream: Upstream) {
    super();
  }

  @Retryable(operation)
  override async process(_job: Job): Promise<string> {
    return this.upstream.call();
  }
}

@Retryable(operation)
@Processor(queueName)
class ClassAbove extends WorkerHost {
  constructor(private readonly upstream: Upstream) {
    super();
  }

  override async process(_job: Job): Promise<string> {
    return this.upstream.call();
  }

  @OnWorkerEvent('completed')
  completed(job: Job): void {
    completed.reach(job.name);
  }
}

@Processor(queueName)
@Retryable(operation)
class ClassBelow extends WorkerHost {
  constructor(private readonly upstream: Upstream) {
    super();
  }

  override async process(_job: Job): Promise<string> {
    return this.upstream.call();
  }

  @OnWorkerEvent('completed')
  completed(job: Job): void {
    completed.reach(job.name);
  }
}

@Processor({ name: queueName, scope: Scope.REQUEST })
class PerJob extends WorkerHost {
  constructor(private readonly upstream: Upstream) {
    super();
  }

  @Retryable(operation)
  override async process(_job: Job): Promise<string> {
    return this.upstream.call();
  }
}

@Processor(queueName)
class DecoratedService extends WorkerHost {
  constructor(private readonly adapter: Adapter) {
    super();
  }

  override async process(_job: Job): Promise<string> {
    return this.adapter.call();
  }
}

/** As README says of a queue's worker: builds the JSON where no filter is at hand. */
@Processor(queueName)
class Reporting extends WorkerHost {
  constructor(private readonly adapter: Adapter) {
    super();
  }

  override async process(_job: Job): Promise<string> {
    try {
      return await this.adapter.call();
    } catch (error) {
      throw new UnrecoverableError(JSON.stringify(createErrorResponse({ error })));
    }
  }
}

@Processor(queueName)
class ListenerAbove extends WorkerHost {
  constructor(private readonly upstream: Upstream) {
    super();
  }

  override process(_job: Job): Promise<string> {
    return Promise.resolve('done');
  }

  @Retryable(operation)
  @OnWorkerEvent('completed')
  async completed(_job: Job): Promise<void> {
    completed.reach(await this.upstream.call());
  }
}

@Processor(queueName)
class ListenerBelow extends WorkerHost {
  constructor(private readonly upstream: Upstream) {
    super();
  }

  override process(_job: Job): Promise<string> {
    return Promise.resolve('done');
  }

  @OnWorkerEvent('completed')
  @Retryable(operation)
  async completed(_job: Job): Promise<void> {
    completed.reach(await this.upstream.call());
  }
}

const processors = named(DecoratedMethod, ClassAbove, ClassBelow, PerJob, DecoratedService);

describe.skipIf(absent.has('Redis')).each(processors)('the processor %s', (_, processor) => {
  it('is registered and retried within one job', async () => {
    const { work, upstream } = await startQueue(processor, { failures: 2 });
    const { job, result } = await work();
    expect(result).toBe('answer 3');
    expect(upstream.calls).toBe(3);
    expect(job.attemptsMade).toBe(1);
  });

  it('fails its job once with one operation_error and nothing unhandled', async () => {
    const rejections = unhandled();
    const { work, upstream, lines } = await startQueue(processor);
    const { failure } = await work();
    expect(failure).toBeInstanceOf(Error);
    expect(upstream.calls).toBe(4);
    await lines.until('operation_error');
    expect(lines.of('operation_error')).toMatchObject([
      { level: 'error', context: 'operation', platform: 'meta', retry_count: 3 },
    ]);
    expect(rejections).toEqual([]);
  });
});

describe.skipIf(absent.has('Redis'))('a processor without a filter at hand', () => {
  it('can make the standard JSON itself', async () => {
    const { work } = await startQueue(Reporting);
    const { job } = await work();
    const json: unknown = JSON.parse(job.failedReason ?? '');
    expect(json).toEqual(exhausted());
    expectNoLeak(json);
  });
});

describe.skipIf(absent.has('Redis'))('the listener of worker events', () => {
  it.each(named(ClassAbove, ClassBelow))('is left alone in a class: %s', async (_, type) => {
    completed = moment<string>();
    const { work } = await startQueue(type, { failures: 0 });
    await work();
    expect(await completed.reached).toBe('pause');
  });

  it.each(named(ListenerAbove, ListenerBelow))('is retried itself: %s', async (_, type) => {
    completed = moment<string>();
    const { work, upstream } = await startQueue(type, { failures: 2 });
    await work();
    expect(await completed.reached).toBe('answer 3');
    expect(upstream.calls).toBe(3);
  });
});
