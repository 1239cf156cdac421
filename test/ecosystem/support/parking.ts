import { randomUUID } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { BullModule } from '@nestjs/bullmq';
import { Queue } from 'bullmq';
import { expect, onTestFinished, vi } from 'vitest';
import {
  ParkedCalls,
  ParkedCallsModule,
  type ParkedCall,
  type ParkedCallsOptions,
} from 'nestjs-retryable/bullmq';
import type { Parts } from './app.js';
import { startHttp } from './http.js';

export const connection = { host: '127.0.0.1', port: 6379 };
export const queueName = 'parked-calls';

/** A prefix of its own in Redis, of which nothing stays. */
export function parkingQueue() {
  const prefix = `eco-${randomUUID()}`;
  const queue = new Queue(queueName, { connection, prefix });
  onTestFinished(async () => {
    await queue.obliterate({ force: true });
    await queue.close();
  });
  return { prefix, queue };
}

interface ParkingParts extends Partial<Parts> {
  readonly prefix: string;
  readonly parking?: ParkedCallsOptions;
  readonly providers: Type[];
}

/** An application whose calls are parked, as many of them as a test wants on one prefix. */
export async function startParking({ prefix, parking, imports = [], ...parts }: ParkingParts) {
  const app = await startHttp({
    ...parts,
    imports: [
      BullModule.forRoot({ connection, prefix }),
      ParkedCallsModule.forRoot(parking),
      ...imports,
    ],
  });
  const calls = app.nest.get(ParkedCalls);
  /** Waits until the call has come to its end. */
  const ended = async (jobId: string): Promise<ParkedCall> => {
    const isOver = async () => {
      const call = await calls.find(jobId);
      expect(call?.state).toMatch(/completed|failed/);
      return call as ParkedCall;
    };
    return vi.waitFor(isOver, { interval: 10, timeout: 4000 });
  };
  return { ...app, calls, ended };
}

/** Makes what waits for its time due. */
export async function makeDue(queue: Queue): Promise<void> {
  for (const job of await queue.getDelayed()) await job.promote();
}
