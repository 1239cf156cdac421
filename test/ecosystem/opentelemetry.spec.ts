import { Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { context, metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  constant,
  found,
  RateLimitError,
  Retryable,
  RetryableModule,
  TokenExpiredError,
} from 'nestjs-retryable';
import { runJob } from 'nestjs-retryable/bullmq';
import { RetryTelemetryModule } from 'nestjs-retryable/opentelemetry';
import { failureOf } from '../support/calls.js';
import { outage, secret } from './support/upstream.js';

const spans = new InMemorySpanExporter();
let prometheus: PrometheusExporter;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
  );
  prometheus = new PrometheusExporter({ host: '127.0.0.1', port: 0, preventServerStart: true });
  await prometheus.startServer();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [prometheus] }));
});
beforeEach(() => {
  spans.reset();
  outcomes = [];
});
afterAll(async () => {
  await prometheus.stopServer();
  for (const api of [context, trace, metrics]) api.disable();
});

let outcomes: (() => Promise<string>)[] = [];
const fails = (error: unknown) => async () => {
  throw error;
};

@Injectable()
class Campaigns {
  @Retryable({ context: 'create_campaign', platform: 'meta', backoff: constant(1) })
  async create(): Promise<string> {
    const { length: left } = outcomes;
    return trace.getTracer('test').startActiveSpan('POST', async (span) => {
      try {
        return await (outcomes.shift() ?? (async () => `answer, ${left} left`))();
      } finally {
        span.end();
      }
    });
  }

  @Retryable({ context: 'answer_lost', platform: 'meta', reconcile: () => found('it is there') })
  async lost(): Promise<string> {
    throw outage();
  }
}

async function campaigns(...imports: (typeof RetryTelemetryModule)[]) {
  class AppModule {}
  const nest = await NestFactory.createApplicationContext(
    { module: AppModule, imports: [RetryableModule.forRoot(), ...imports], providers: [Campaigns] },
    { logger: false, abortOnError: false },
  );
  onTestFinished(() => nest.close());
  return nest.get(Campaigns);
}

const named = (name: string) => spans.getFinishedSpans().filter((span) => span.name === name);
const parentOf = (span?: ReadableSpan) => span?.parentSpanContext?.spanId;

describe('the spans', () => {
  it('are one for the operation and one for each attempt, around the spans of the client', async () => {
    outcomes = [fails(outage()), fails(outage())];
    const service = await campaigns(RetryTelemetryModule);
    await trace.getTracer('test').startActiveSpan('request', async (request) => {
      expect(await service.create()).toBe('answer, 0 left');
      request.end();
    });
    const [request] = named('request');
    const [operation] = named('create_campaign');
    expect(parentOf(operation)).toBe(request?.spanContext().spanId);
    expect(operation).toMatchObject({
      attributes: { 'retryable.context': 'create_campaign', 'retryable.platform': 'meta' },
      status: { code: SpanStatusCode.UNSET },
      events: [
        { name: 'retryable.wait', attributes: { 'retryable.delay_ms': 1 } },
        { name: 'retryable.wait', attributes: { 'retryable.delay_ms': 1 } },
      ],
    });
    const attempts = named('create_campaign attempt');
    expect(attempts.map(parentOf)).toEqual(attempts.map(() => operation?.spanContext().spanId));
    expect(named('POST').map(parentOf)).toEqual(attempts.map((span) => span.spanContext().spanId));
    const resends = attempts.map(({ attributes }) => attributes['http.request.resend_count']);
    expect(resends).toEqual([undefined, 1, 2]);
    expect(attempts[0]?.attributes['retryable.limit_ms']).toBe(30_000);
    const errors = attempts.map(({ attributes }) => attributes['error.type']);
    expect(errors).toEqual(['PLATFORM_SERVICE_ERROR', 'PLATFORM_SERVICE_ERROR', undefined]);
  });

  it('say why a call was given up, and nothing of what upstream has said', async () => {
    outcomes = [fails(new TokenExpiredError('meta', { message: secret }))];
    const service = await campaigns(RetryTelemetryModule);
    await service.create().catch(() => undefined);
    expect(named('create_campaign')).toMatchObject([
      {
        status: { code: SpanStatusCode.ERROR },
        attributes: {
          'error.type': 'TOKEN_EXPIRED',
          'retryable.gave_up': 'not-retryable',
          'retryable.attempts': 1,
        },
      },
    ]);
    const said = spans.getFinishedSpans().map(({ events, status }) => [events, status]);
    expect(JSON.stringify(said)).not.toContain('s3cr3t');
  });

  it('of an answer that was lost and found are those of a success after a failed attempt', async () => {
    const service = await campaigns(RetryTelemetryModule);
    expect(await service.lost()).toBe('it is there');
    expect(named('answer_lost attempt')).toMatchObject([
      { status: { code: SpanStatusCode.ERROR } },
    ]);
    expect(named('answer_lost')).toMatchObject([{ status: { code: SpanStatusCode.UNSET } }]);
  });

  it('are not there without the module', async () => {
    const service = await campaigns();
    await service.create();
    expect(named('create_campaign')).toEqual([]);
  });
});

describe('the metrics', () => {
  it('are scraped by Prometheus', async () => {
    const before = await scrape();
    outcomes = [
      fails(outage()),
      async () => 'created',
      fails(new RateLimitError('meta', { retryAfter: 600 })),
    ];
    const service = await campaigns(RetryTelemetryModule);
    await service.create();
    await service.create().catch(() => undefined);
    const after = await scrape();
    const grown = (name: string, ...labels: string[]) =>
      valueOf(after, name, labels) - valueOf(before, name, labels);
    const meta = ['retryable_context="create_campaign"', 'retryable_platform="meta"'];
    expect(grown('retryable_attempts_total', ...meta)).toBe(3);
    expect(grown('retryable_retries_total', ...meta)).toBe(1);
    const reason = ['retryable_gave_up="retry-after-too-long"', 'error_type="API_RATE_LIMIT"'];
    expect(grown('retryable_give_ups_total', ...meta, ...reason)).toBe(1);
    expect(grown('retryable_wait_duration_count', ...meta)).toBe(1);
    expect(grown('retryable_wait_duration_bucket', ...meta, 'le="0.1"')).toBe(1);
  });

  it('count no failure that the queue of a job takes upon itself', async () => {
    const service = await campaigns(RetryTelemetryModule);
    const job = { id: '1', name: 'create', queueName: 'jobs', opts: { attempts: 2 } };
    const before = await scrape();
    outcomes = [fails(outage()), fails(outage())];
    for (const attemptsMade of [0, 1]) {
      const run = { ...job, attemptsMade, moveToDelayed: async () => undefined };
      await failureOf(runJob(run, 't', () => service.create()));
    }
    const after = await scrape();
    const grown = ['retryable_attempts_total', 'retryable_give_ups_total'].map(
      (name) => sumOf(after, name) - sumOf(before, name),
    );
    expect(grown).toEqual([2, 1]);
  });

  /** What all lines of a name say together. */
  function sumOf(text: string, name: string): number {
    const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** What a line of the exposition says, 0 where it is not there yet. */
  function valueOf(text: string, name: string, labels: readonly string[]): number {
    const isMeant = (line: string) =>
      line.startsWith(`${name}{`) && labels.every((label) => line.includes(label));
    return Number(text.split('\n').find(isMeant)?.split(' ').at(-1) ?? 0);
  }

  async function scrape(): Promise<string> {
    const { port } = Reflect.get(prometheus, '_server').address() as { port: number };
    return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  }
});

describe('RetryTelemetryModule', () => {
  it('says what is missing where RetryableModule is not registered', async () => {
    const alone = NestFactory.createApplicationContext(RetryTelemetryModule, {
      logger: false,
      abortOnError: false,
    });
    await expect(alone).rejects.toThrow(
      'RetryTelemetryModule needs a global RetryableModule: add `RetryableModule.forRoot()` to the imports',
    );
  });
});
