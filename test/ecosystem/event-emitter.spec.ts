import { Injectable, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PlatformServiceError, Retryable, retryReport } from 'nestjs-retryable';
import { appOf } from './support/app.js';
import { named } from './support/named.js';
import { failureOf, turnEnd } from '../support/calls.js';
import { unhandled } from '../support/outcomes.js';
import { Upstream } from './support/upstream.js';

const operation = { context: 'operation', platform: 'meta' };

@Injectable()
class Above {
  constructor(private readonly upstream: Upstream) {}

  @Retryable(operation)
  @OnEvent('paused')
  async paused(): Promise<string> {
    return this.upstream.call();
  }
}

@Injectable()
class Below {
  constructor(private readonly upstream: Upstream) {}

  @OnEvent('paused')
  @Retryable(operation)
  async paused(): Promise<string> {
    return this.upstream.call();
  }
}

@Injectable()
@Retryable(operation)
class InClass {
  constructor(private readonly upstream: Upstream) {}

  @OnEvent('paused')
  async paused(): Promise<string> {
    return this.upstream.call();
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerEvent {
  constructor(private readonly upstream: Upstream) {}

  @OnEvent('paused')
  @Retryable(operation)
  async paused(): Promise<string> {
    return this.upstream.call();
  }
}

@Injectable()
class Throwing {
  constructor(private readonly upstream: Upstream) {}

  @Retryable(operation)
  @OnEvent('paused', { suppressErrors: false })
  async paused(): Promise<string> {
    return this.upstream.call();
  }
}

async function start(listener: new (upstream: Upstream) => object, failures = Infinity) {
  const { AppModule, logger, ...rest } = appOf({
    imports: [EventEmitterModule.forRoot()],
    providers: [listener],
    failures,
  });
  const nest = await NestFactory.createApplicationContext(AppModule, {
    logger,
    abortOnError: false,
  });
  onTestFinished(() => nest.close());
  const emitter = nest.get(EventEmitter2);
  return { ...rest, emit: () => emitter.emitAsync('paused') };
}

const listeners = named(Above, Below, InClass, PerEvent);

describe.each(listeners)('the listener %s', (_, listener) => {
  it('is registered once and retried until the upstream recovers', async () => {
    const { emit, upstream } = await start(listener, 2);
    expect(await emit()).toEqual(['answer 3']);
    expect(upstream.calls).toBe(3);
  });

  it('leaves one operation_error and nothing unhandled', async () => {
    const rejections = unhandled();
    const { emit, upstream, lines } = await start(listener);
    await emit();
    await lines.until('operation_error');
    await turnEnd();
    expect(upstream.calls).toBe(4);
    expect(lines.of('operation_error')).toMatchObject([
      { level: 'error', context: 'operation', platform: 'meta', retry_count: 3 },
    ]);
    expect(rejections).toEqual([]);
  });
});

describe('a listener that does not suppress its errors', () => {
  it('gives them to whoever has emitted the event', async () => {
    const { emit } = await start(Throwing);
    const error = await failureOf(emit());
    expect(error).toBeInstanceOf(PlatformServiceError);
    expect(retryReport(error)).toMatchObject({ context: 'operation', attempts: 4 });
  });
});
