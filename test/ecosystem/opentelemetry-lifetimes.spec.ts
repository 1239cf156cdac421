import { Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { concat, firstValueFrom, lastValueFrom, Observable, of, throwError } from 'rxjs';
import { constant, RateLimitError, Retryable, RetryableModule } from 'nestjs-retryable';
import { RetryTelemetryModule } from 'nestjs-retryable/opentelemetry';
import { failureOf, turnEnd } from '../support/calls.js';
import { outage } from './support/upstream.js';

const spans = new InMemorySpanExporter();
/** Spans that have begun and not ended. */
const open = new Set<object>();
let processorFails = false;

const watching: SpanProcessor = {
  onStart: (span) => void open.add(span),
  onEnd: (span) => {
    open.delete(span);
    if (processorFails) throw new Error('the collector is away');
  },
  forceFlush: async () => undefined,
  shutdown: async () => undefined,
};
const startSdk = () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const spanProcessors = [new SimpleSpanProcessor(spans), watching];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
};
const stopSdk = () => [context, trace].forEach((api) => api.disable());

beforeEach(() => {
  stopSdk();
  startSdk();
  spans.reset();
  open.clear();
  processorFails = false;
});
afterAll(stopSdk);

const quick = { platform: 'meta', backoff: constant(1) };

@Injectable()
class Calls {
  private failures = 1;

  private once(): void {
    if (this.failures-- > 0) throw outage();
  }

  @Retryable({ context: 'observe', ...quick })
  observe(): Observable<string> {
    this.once();
    return of('one', 'two');
  }

  @Retryable({ context: 'observe_late', ...quick })
  observeLate(): Observable<string> {
    return concat(of('one'), throwError(outage));
  }

  @Retryable({ context: 'iterate', ...quick })
  async *iterate(): AsyncGenerator<string> {
    this.once();
    yield* ['one', 'two'];
  }

  @Retryable({ context: 'cancelled', ...quick, signal: (signal: AbortSignal) => signal })
  cancelled(_signal: AbortSignal): Promise<string> {
    return new Promise(() => undefined);
  }

  @Retryable({ context: 'waits', platform: 'meta', backoff: constant(600_000) })
  async waits(): Promise<string> {
    throw outage();
  }

  @Retryable({ context: 'deaf', ...quick, timeout: 5, maxRetries: 1 })
  deaf(): Promise<string> {
    return new Promise(() => undefined);
  }

  @Retryable({ context: 'throttled', ...quick, key: () => 'act_17' })
  async throttled(): Promise<string> {
    throw new RateLimitError('meta', { retryAfter: 600 });
  }

  @Retryable({ context: 'inner', ...quick, maxRetries: 1 })
  async inner(): Promise<string> {
    throw outage();
  }

  @Retryable({ context: 'outer', ...quick })
  async outer(): Promise<string> {
    return this.inner();
  }
}

async function start(isTraced = true) {
  class AppModule {}
  const retryable = RetryableModule.forRoot({ shutdownGrace: 20 });
  const imports = isTraced ? [RetryTelemetryModule, retryable] : [retryable];
  const nest = await NestFactory.createApplicationContext(
    { module: AppModule, imports, providers: [Calls] },
    { logger: false, abortOnError: false },
  );
  onTestFinished(() => nest.close());
  return { nest, calls: nest.get(Calls) };
}

const isError = ({ status }: ReadableSpan) => status.code === SpanStatusCode.ERROR;
/** The names of the spans that have ended, marked where they have failed. */
const ended = () => spans.getFinishedSpans().map((span) => span.name + (isError(span) ? '!' : ''));
const named = (name: string) => spans.getFinishedSpans().filter((span) => span.name === name);

describe('the spans of a stream', () => {
  it.each(['observe', 'iterate'] as const)('end with its last item: %s', async (way) => {
    const { calls } = await start();
    if (way === 'observe') await lastValueFrom(calls.observe());
    else for await (const _ of calls.iterate()) void _;
    expect(ended()).toEqual([`${way} attempt!`, `${way} attempt`, way]);
    expect(open.size).toBe(0);
  });

  it.each(['observe', 'iterate'] as const)('end when nobody listens any more: %s', async (way) => {
    const { calls } = await start();
    if (way === 'observe') await firstValueFrom(calls.observe());
    else for await (const _ of calls.iterate()) break;
    expect(named(way)).toMatchObject([{ attributes: { 'retryable.gave_up': 'left' } }]);
    expect(open.size).toBe(0);
  });

  it('end with its failure after it has begun', async () => {
    const { calls } = await start();
    await failureOf(lastValueFrom(calls.observeLate()));
    expect(ended()).toEqual(['observe_late attempt!', 'observe_late!']);
    expect(named('observe_late')).toMatchObject([
      { attributes: { 'retryable.gave_up': 'stream-started', 'retryable.attempts': 1 } },
    ]);
  });
});

describe('every span that was begun is ended', () => {
  it('where the call is cancelled', async () => {
    const { calls } = await start();
    const controller = new AbortController();
    const call = failureOf(calls.cancelled(controller.signal));
    controller.abort(new Error('left'));
    await call;
    expect(ended()).toEqual(['cancelled attempt', 'cancelled!']);
    // Without an attempt where it is cancelled already.
    await failureOf(calls.cancelled(controller.signal));
    expect(ended()).toEqual(['cancelled attempt', 'cancelled!', 'cancelled!']);
    expect(open.size).toBe(0);
  });

  it('where an attempt is abandoned', async () => {
    const { calls } = await start();
    await failureOf(calls.deaf());
    expect(ended()).toEqual(['deaf attempt!', 'deaf attempt!', 'deaf!']);
    expect(open.size).toBe(0);
  });

  it('where a cooldown lets nothing be sent, and names no account', async () => {
    const { calls } = await start();
    await failureOf(calls.throttled());
    spans.reset();
    await failureOf(calls.throttled());
    expect(ended()).toEqual(['throttled!']);
    const [span] = named('throttled');
    expect(span?.attributes).toMatchObject({
      'retryable.gave_up': 'cooldown',
      'retryable.attempts': 0,
    });
    expect(JSON.stringify([span?.attributes, span?.events, span?.status])).not.toContain('act_17');
  });

  it('where calls are nested', async () => {
    const { calls } = await start();
    await failureOf(calls.outer());
    expect(ended()).toEqual([
      'inner attempt!',
      'inner attempt!',
      'inner!',
      'outer attempt!',
      'outer!',
    ]);
    const parents = [named('outer attempt')[0]?.spanContext().spanId];
    expect(named('inner').map((span) => span.parentSpanContext?.spanId)).toEqual(parents);
  });

  it('where the application closes in the middle', async () => {
    const { nest, calls } = await start();
    const running = failureOf(calls.cancelled(new AbortController().signal));
    const waiting = failureOf(calls.waits());
    await turnEnd();
    await nest.close();
    await Promise.all([running, waiting]);
    expect(ended().toSorted()).toEqual([
      'cancelled attempt!',
      'cancelled!',
      'waits attempt!',
      'waits!',
    ]);
    expect(open.size).toBe(0);
  });

  it('where what exports them throws, and no call fails by that', async () => {
    const { calls } = await start();
    processorFails = true;
    const items: string[] = [];
    for await (const item of calls.iterate()) items.push(item);
    expect(items).toEqual(['one', 'two']);
    expect(open.size).toBe(0);
  });
});

describe('spans', () => {
  it('are those of the application that has the module', async () => {
    const [traced, other] = [await start(), await start(false)];
    await failureOf(other.calls.inner());
    expect(ended()).toEqual([]);
    await failureOf(traced.calls.inner());
    expect(named('inner')).toHaveLength(1);
  });

  it('begin with an SDK that is started after the application', async () => {
    stopSdk();
    const { calls } = await start();
    await failureOf(calls.inner());
    expect(ended()).toEqual([]);
    startSdk();
    await failureOf(calls.inner());
    expect(ended()).toEqual(['inner attempt!', 'inner attempt!', 'inner!']);
  });
});
