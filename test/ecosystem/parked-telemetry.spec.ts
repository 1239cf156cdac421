import { Injectable } from '@nestjs/common';
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ParkedError,
  RateLimitError,
  Retryable,
  RetryEvents,
  type RetryEvent,
} from 'nestjs-retryable';
import { RetryTelemetryModule } from 'nestjs-retryable/opentelemetry';
import { failureOf } from '../support/calls.js';
import { absent } from './support/brokers.js';
import { parkingQueue, startParking } from './support/parking.js';

const spans = new InMemorySpanExporter();

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
  );
});
afterAll(() => {
  context.disable();
  trace.disable();
});

@Injectable()
class Campaigns {
  @Retryable({ context: 'pause', platform: 'meta', park: { name: 'campaigns.pause' } })
  async pause(): Promise<void> {
    throw new RateLimitError('meta', { retryAfter: 1200 });
  }
}

describe.skipIf(absent.has('Redis'))('a call that is parked', () => {
  it('is no failure for those who watch', async () => {
    const { prefix } = parkingQueue();
    const { nest } = await startParking({
      prefix,
      providers: [Campaigns],
      imports: [RetryTelemetryModule],
    });
    const seen: RetryEvent[] = [];
    nest
      .get(RetryEvents)
      .observe()
      .subscribe((event) => seen.push(event));
    expect(await failureOf(nest.get(Campaigns).pause())).toBeInstanceOf(ParkedError);
    const [, call] = spans.getFinishedSpans();
    expect(call).toMatchObject({
      name: 'pause',
      status: { code: SpanStatusCode.UNSET },
      attributes: { 'retryable.gave_up': 'parked', 'retryable.attempts': 1 },
      events: [],
    });
    expect(seen.at(-1)).toMatchObject({ type: 'failed', report: { gaveUp: 'parked' } });
  });
});
