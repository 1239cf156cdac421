import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BullModule } from '@nestjs/bullmq';
import { LoggerModule } from 'nestjs-pino';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ParkedError, RateLimitError, Retryable, RetryableModule } from 'nestjs-retryable';
import { absent } from './support/brokers.js';
import { connection, makeDue, parkingQueue } from './support/parking.js';

const { ParkedCallsModule } = createRequire(import.meta.url)(
  'nestjs-retryable/bullmq',
) as typeof import('nestjs-retryable/bullmq');

let isBusy = true;

@Injectable()
class Campaigns {
  @Retryable({ platform: 'meta', park: { name: 'pause' } })
  async pause(): Promise<string> {
    if (isBusy) throw new RateLimitError('meta', { retryAfter: 1200 });
    return 'paused';
  }
}

it.skipIf(absent.has('Redis'))(
  'parked calls of the CommonJS copy beside an application with the other one are logged with its lines',
  async () => {
    let text = '';
    const stream = new Writable({
      write: (chunk, _, done) => {
        text += String(chunk);
        done();
      },
    });
    const { prefix, queue } = parkingQueue();
    const app = await NestFactory.createApplicationContext(
      {
        module: class AppModule {},
        imports: [
          LoggerModule.forRoot({ pinoHttp: [{}, stream] }),
          RetryableModule.forRoot(),
          BullModule.forRoot({ connection, prefix }),
          ParkedCallsModule.forRoot(),
        ],
        providers: [Campaigns],
      },
      { logger: false },
    );
    onTestFinished(() => app.close());
    await expect(app.get(Campaigns).pause()).rejects.toThrow(ParkedError);
    isBusy = false;
    await makeDue(queue);
    await vi.waitFor(() => expect(text).toContain('retry_parked_ended'), { timeout: 4000 });
  },
);
