import { randomUUID } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BullModule } from '@nestjs/bullmq';
import { Queue, QueueEvents, type Job, type JobsOptions } from 'bullmq';
import { expect, onTestFinished, vi } from 'vitest';
import { appOf, type Parts } from './app.js';

export const queueName = 'campaigns';
const connection = { host: '127.0.0.1', port: 6379 };

interface Outcome {
  readonly job: Job;
  readonly result?: unknown;
  readonly failure?: unknown;
}

/** An application with one processor and its queue, of which nothing stays in Redis. */
export async function startQueue(
  processor: Type,
  { failures = Infinity, options, providers = [] }: Partial<Parts> = {},
) {
  const prefix = `eco-${randomUUID()}`;
  const { AppModule, logger, ...rest } = appOf({
    imports: [
      BullModule.forRoot({ connection, prefix }),
      BullModule.registerQueue({ name: queueName }),
    ],
    providers: [processor, ...providers],
    failures,
    ...(options && { options }),
  });
  const nest = await NestFactory.createApplicationContext(AppModule, {
    logger,
    abortOnError: false,
  });
  // Not the application's: it outlives that.
  const queue = new Queue(queueName, { connection, prefix });
  const events = new QueueEvents(queueName, { connection, prefix });
  await events.waitUntilReady();
  onTestFinished(async () => {
    await nest.close();
    await events.close();
    await queue.obliterate({ force: true });
    await queue.close();
  });
  /** Has a job done and tells how often BullMQ itself has tried it, and what came of it. */
  const work = async (jobOptions?: JobsOptions): Promise<Outcome> => {
    const { id = '' } = await queue.add('pause', { campaign: '1' }, jobOptions);
    return outcomeOf(id);
  };
  const outcomeOf = async (id: string): Promise<Outcome> => {
    const added = (await queue.getJob(id)) as Job;
    const outcome = await added.waitUntilFinished(events).then(
      (result: unknown) => ({ result }),
      (failure: unknown) => ({ failure }),
    );
    return { job: (await queue.getJob(id)) as Job, ...outcome };
  };
  /** Adds a job and waits until it is delayed. */
  const delayed = async (jobOptions?: JobsOptions): Promise<Job> => {
    const { id = '' } = await queue.add('pause', { campaign: '1' }, jobOptions);
    const isDelayed = async () => expect(await queue.getJobState(id)).toBe('delayed');
    await vi.waitFor(isDelayed, { interval: 10, timeout: 4000 });
    return (await queue.getJob(id)) as Job;
  };
  return { ...rest, nest, queue, work, delayed, outcomeOf };
}
