import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventsHandler,
  QueryBus,
  QueryHandler,
  UnhandledExceptionBus,
  type ICommandHandler,
  type IEventHandler,
  type IQueryHandler,
} from '@nestjs/cqrs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PlatformServiceError, Retryable, retryReport } from 'nestjs-retryable';
import { appOf } from './support/app.js';
import { named } from './support/named.js';
import { failureOf } from '../support/calls.js';
import { unhandled } from '../support/outcomes.js';
import { moment } from '../support/time.js';
import { Upstream } from './support/upstream.js';

const operation = { context: 'operation', platform: 'meta' };

class Pause {}
class Insights {}
class Paused {}

@CommandHandler(Pause)
class CommandMethod implements ICommandHandler<Pause> {
  constructor(private readonly upstream: Upstream) {}

  @Retryable(operation)
  async execute(_command: Pause): Promise<string> {
    return this.upstream.call();
  }
}

@Retryable(operation)
@CommandHandler(Pause)
class CommandAbove implements ICommandHandler<Pause> {
  constructor(private readonly upstream: Upstream) {}

  async execute(_command: Pause): Promise<string> {
    return this.upstream.call();
  }
}

@CommandHandler(Pause)
@Retryable(operation)
class CommandBelow implements ICommandHandler<Pause> {
  constructor(private readonly upstream: Upstream) {}

  async execute(_command: Pause): Promise<string> {
    return this.upstream.call();
  }
}

@QueryHandler(Insights)
class QueryMethod implements IQueryHandler<Insights> {
  constructor(private readonly upstream: Upstream) {}

  @Retryable(operation)
  async execute(_query: Insights): Promise<string> {
    return this.upstream.call();
  }
}

@Retryable(operation)
@QueryHandler(Insights)
class QueryAbove implements IQueryHandler<Insights> {
  constructor(private readonly upstream: Upstream) {}

  async execute(_query: Insights): Promise<string> {
    return this.upstream.call();
  }
}

@QueryHandler(Insights)
@Retryable(operation)
class QueryBelow implements IQueryHandler<Insights> {
  constructor(private readonly upstream: Upstream) {}

  async execute(_query: Insights): Promise<string> {
    return this.upstream.call();
  }
}

@EventsHandler(Paused)
class EventMethod implements IEventHandler<Paused> {
  constructor(private readonly upstream: Upstream) {}

  @Retryable(operation)
  async handle(_event: Paused): Promise<void> {
    await this.upstream.call();
  }
}

@Retryable(operation)
@EventsHandler(Paused)
class EventAbove implements IEventHandler<Paused> {
  constructor(private readonly upstream: Upstream) {}

  async handle(_event: Paused): Promise<void> {
    await this.upstream.call();
  }
}

@EventsHandler(Paused)
@Retryable(operation)
class EventBelow implements IEventHandler<Paused> {
  constructor(private readonly upstream: Upstream) {}

  async handle(_event: Paused): Promise<void> {
    await this.upstream.call();
  }
}

async function start(handler: Type, failures = Infinity) {
  const { AppModule, logger, ...rest } = appOf({
    imports: [CqrsModule.forRoot()],
    providers: [handler],
    failures,
  });
  const nest = await NestFactory.createApplicationContext(AppModule, {
    logger,
    abortOnError: false,
  });
  onTestFinished(() => nest.close());
  const ask = (): Promise<unknown> =>
    handler.name.startsWith('Command')
      ? nest.get(CommandBus).execute(new Pause())
      : nest.get(QueryBus).execute(new Insights());
  return { ...rest, nest, ask };
}

const commands = named(CommandMethod, CommandAbove, CommandBelow);
const queries = named(QueryMethod, QueryAbove, QueryBelow);
const events = named(EventMethod, EventAbove, EventBelow);

describe.each([...commands, ...queries])('the handler %s', (_, handler) => {
  it('is registered and retried until the upstream recovers', async () => {
    const { ask, upstream } = await start(handler, 2);
    expect(await ask()).toBe('answer 3');
    expect(upstream.calls).toBe(3);
  });

  it('gives its typed error to who has asked, and one operation_error', async () => {
    const { ask, upstream, lines } = await start(handler);
    const error = await failureOf(ask());
    expect(error).toBeInstanceOf(PlatformServiceError);
    expect(retryReport(error)).toMatchObject({ context: 'operation', attempts: 4 });
    expect(upstream.calls).toBe(4);
    await lines.until('operation_error');
    expect(lines.of('operation_error')).toHaveLength(1);
  });
});

describe.each(events)('the handler %s', (_, handler) => {
  it('is registered and retried until the upstream recovers', async () => {
    const { nest, lines, upstream } = await start(handler, 2);
    await nest.get(EventBus).publish(new Paused());
    await lines.until('retry_succeeded');
    expect(upstream.calls).toBe(3);
  });

  it('leaves one operation_error and nothing unhandled', async () => {
    const rejections = unhandled();
    const { nest, lines, upstream } = await start(handler);
    const reported = moment<unknown>();
    nest.get(UnhandledExceptionBus).subscribe(({ exception }) => {
      reported.reach(exception);
    });
    await nest.get(EventBus).publish(new Paused());
    expect(await reported.reached).toBeInstanceOf(PlatformServiceError);
    await lines.until('operation_error');
    expect(upstream.calls).toBe(4);
    expect(lines.of('operation_error')).toHaveLength(1);
    expect(rejections).toEqual([]);
  });
});
