import { randomUUID } from 'node:crypto';
import { Controller, Injectable, Param, Post, type Type } from '@nestjs/common';
import { BullModule } from '@nestjs/bullmq';
import { Queue, type ConnectionOptions, type Job } from 'bullmq';
import { expect, onTestFinished, vi } from 'vitest';
import {
  currentAttempt,
  RateLimitError,
  type ErrorResponse,
  type ServiceErrorOptions,
} from 'nestjs-retryable';
import {
  ParkedCalls,
  ParkedCallsModule,
  type ParkedCall,
  type ParkedCallsOptions,
} from 'nestjs-retryable/bullmq';
import type { Parts } from './app.js';
import { startHttp, type AdapterName, type Reply } from './http.js';

export const connection = { host: '127.0.0.1', port: 6379 };
export const queueName = 'parked-calls';

/** A wait that no request can last. */
export const minutes = (options?: ServiceErrorOptions) =>
  new RateLimitError('meta', { retryAfter: 1200, ...options });

/** What a platform does, call by call, and what it was asked. */
@Injectable()
export class Platform {
  outcomes: unknown[] = [];
  readonly made: unknown[][] = [];
  readonly keys: (string | undefined)[] = [];

  async call(...args: unknown[]): Promise<unknown> {
    this.made.push(args);
    this.keys.push(currentAttempt()?.idempotencyKey);
    const outcome = this.outcomes.shift() ?? 'done';
    if (outcome instanceof Error) throw outcome;
    return typeof outcome === 'function' ? (outcome as () => unknown)() : outcome;
  }
}

/** The route by which clients come. */
@Controller()
class Desk {
  readonly tasks: (() => unknown)[] = [];

  @Post('desk/:task')
  async serve(@Param('task') task: string): Promise<unknown> {
    return { answer: await this.tasks[Number(task)]?.() };
  }
}

/** A prefix of its own in Redis, of which nothing stays. */
export function parkingQueue(at: ConnectionOptions = connection) {
  const prefix = `eco-${randomUUID()}`;
  const queue = new Queue(queueName, { connection: at, prefix });
  onTestFinished(async () => {
    await queue.obliterate({ force: true });
    await queue.close();
  });
  return { prefix, queue };
}

interface ParkingParts extends Partial<Parts> {
  readonly prefix: string;
  readonly at?: ConnectionOptions;
  readonly parking?: ParkedCallsOptions;
}

/** An application whose calls are parked, as many of them as a test wants on one prefix. */
export async function startParking(
  { prefix, at = connection, parking, imports = [], providers = [], ...parts }: ParkingParts,
  adapter?: AdapterName,
) {
  const platform = new Platform();
  const app = await startHttp(
    {
      ...parts,
      imports: [
        BullModule.forRoot({ connection: at, prefix }),
        ParkedCallsModule.forRoot(parking),
        ...imports,
      ],
      providers: [{ provide: Platform, useValue: platform }, ...providers],
      controllers: [Desk, ...(parts.controllers ?? [])],
    },
    adapter,
  );
  const calls = app.nest.get(ParkedCalls);
  const desk = app.nest.get(Desk);
  /** What a client gets whose request leads to that. */
  const through = (work: () => unknown, init?: RequestInit): Promise<Reply> => {
    const task = desk.tasks.push(work) - 1;
    return app.get(`/desk/${task}`, { method: 'POST', ...init });
  };
  /** A client's request that is parked, by its job. */
  const parked = async (work: () => unknown): Promise<string> => jobIn(await through(work));
  /** Waits until the call has come to its end. */
  const ended = async (jobId: string): Promise<ParkedCall> => {
    const isOver = async () => {
      const call = await calls.find(jobId);
      expect(call?.state).toMatch(/completed|failed/);
      return call as ParkedCall;
    };
    return vi.waitFor(isOver, { interval: 10, timeout: 4000 });
  };
  const service = <T>(type: Type<T>): T => app.nest.get(type);
  return { ...app, platform, calls, through, parked, ended, service };
}

/** The job that a client was told of. */
export function jobIn({ status, json, text }: Reply): string {
  expect([status, text]).toEqual([202, expect.any(String)]);
  return String((json as ErrorResponse).error.details?.['job_id']);
}

/** Makes what waits for its time due. */
export async function makeDue(queue: Queue): Promise<void> {
  for (const job of await queue.getDelayed()) await job.promote();
}

/** Waits until a job is delayed again, and gives it. */
export async function delayedAgain(queue: Queue, jobId: string): Promise<Job> {
  const isDelayed = async () => expect(await queue.getJobState(jobId)).toBe('delayed');
  await vi.waitFor(isDelayed, { interval: 10, timeout: 4000 });
  return (await queue.getJob(jobId)) as Job;
}

/** All jobs of a queue, whatever their state. */
export const jobsOf = (queue: Queue): Promise<Job[]> => queue.getJobs();
