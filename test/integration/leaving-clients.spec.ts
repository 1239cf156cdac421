import {
  Controller,
  Get,
  Injectable,
  Sse,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Observable } from 'rxjs';
import { beforeEach, expect, it, vi } from 'vitest';
import { currentAttempt, PlatformServiceError, Retryable, type Attempt } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { never, rejectWith } from '../support/calls.js';
import { moment, stopTime } from '../support/time.js';

let attempts: Attempt[] = [];
let aborted = moment();
let entered = moment();
let unsubscribed = moment();
let guarded = moment();

function enter(): void {
  const attempt = currentAttempt();
  if (attempt === undefined) throw new Error('Expected an attempt');
  attempts.push(attempt);
  attempt.signal.addEventListener('abort', () => aborted.reach());
  entered.reach();
}

let upstreamCalls = 0;

@Injectable()
class Adapter {
  @Retryable({ context: 'adapter', signal: () => currentAttempt()?.signal })
  create() {
    upstreamCalls++;
    return rejectWith(new PlatformServiceError('meta'));
  }
}

@Injectable()
class WaitsForTheClientToLeave implements CanActivate {
  async canActivate(context: ExecutionContext) {
    const response = context.switchToHttp().getResponse<ServerResponse | { raw: ServerResponse }>();
    const closed = once('raw' in response ? response.raw : response, 'close');
    guarded.reach();
    await closed;
    return true;
  }
}

@Controller()
class Slow {
  constructor(private readonly adapter: Adapter) {}

  @Get('guarded')
  @UseGuards(WaitsForTheClientToLeave)
  @Retryable()
  async guarded() {
    enter();
  }

  @Get('passes-on')
  @Retryable({ maxRetries: 0 })
  passesOn() {
    return this.adapter.create();
  }

  @Get('fails')
  @Retryable()
  fails() {
    enter();
    return rejectWith(new PlatformServiceError('meta'));
  }

  @Get('hangs')
  @Retryable({ platform: 'meta', maxRetries: 1, timeout: 5000 })
  hangs() {
    enter();
    return never();
  }

  @Get('observes')
  @Retryable({ maxRetries: 1, timeout: 5000 })
  observes(): Observable<never> {
    return new Observable<never>(() => {
      enter();
      return () => unsubscribed.reach();
    });
  }

  @Sse('silent')
  @Retryable({ maxRetries: 1, timeout: 5000 })
  silent() {
    return this.observes();
  }

  @Sse('events')
  @Retryable({ maxRetries: 1, timeout: 5000 })
  events(): Observable<{ data: string }> {
    return new Observable((subscriber) => {
      enter();
      subscriber.next({ data: 'one' });
      return () => unsubscribed.reach();
    });
  }

  @Get('fine')
  fine() {
    return 'fine';
  }
}

onBothAdapters('a decorated handler whose client leaves', (testCase) => {
  beforeEach(() => {
    [attempts, upstreamCalls] = [[], 0];
    [aborted, entered, unsubscribed, guarded] = [moment(), moment(), moment(), moment()];
  });

  const start = async () => {
    const app = await testCase().providers(Adapter).controllers(Slow).start();
    stopTime();
    return app;
  };

  it('stops retrying when the client disconnects during a wait', async () => {
    const app = await start();
    const request = app.open('/fails');
    await app.lines.until('retry_scheduled');
    request.destroy();
    await app.lines.until('operation_error');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(attempts).toHaveLength(1);
    expect(app.lines.only('operation_error')).toMatchObject({
      level: 'warn',
      type: 'CANCELLED',
      error_type: 'OperationCancelledError',
      gave_up: 'cancelled',
    });
    expect(vi.getTimerCount()).toBe(0);
    expect((await app.get('/fine')).text).toBe('fine');
  });

  it('is told by its signal when the client disconnects during an attempt', async () => {
    const app = await start();
    const request = app.open('/hangs');
    await entered.reached;
    request.destroy();
    await aborted.reached;
    expect(attempts[0]?.signal.reason).toMatchObject({ type: 'CANCELLED' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(attempts).toHaveLength(1);
    expect(app.lines.only('operation_error')).toMatchObject({ level: 'warn', type: 'CANCELLED' });
    expect(app.lines.all.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it.each([
    ['that returns an Observable', '/observes'],
    ['that has sent no event yet', '/silent'],
  ])('%s is unsubscribed from when the client disconnects', async (_, path) => {
    const app = await start();
    const request = app.open(path);
    await entered.reached;
    request.destroy();
    await unsubscribed.reached;
    expect(attempts[0]?.signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(attempts).toHaveLength(1);
    expect(app.lines.all.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('that has sent events is unsubscribed from when the client disconnects', async () => {
    const app = await start();
    const started = app.lines.all.length;
    const request = app.open('/events');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response, 'data');
    request.destroy();
    await unsubscribed.reached;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(attempts[0]?.signal.aborted).toBe(true);
    expect(attempts).toHaveLength(1);
    expect(app.lines.all.slice(started)).toEqual([]);
  });

  it('does not run for a client that has left before', async () => {
    const app = await start();
    const request = app.open('/guarded');
    await guarded.reached;
    request.destroy();
    await app.lines.until('operation_error');
    expect(attempts).toEqual([]);
    expect(app.lines.only('operation_error')).toMatchObject({ level: 'warn', type: 'CANCELLED' });
  });

  it('ends the retries of a service that it passes its signal on to', async () => {
    const app = await start();
    const request = app.open('/passes-on');
    await app.lines.until('retry_scheduled');
    request.destroy();
    await app.lines.until('operation_error');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(upstreamCalls).toBe(1);
    expect(app.lines.only('operation_error')).toMatchObject({ level: 'warn', type: 'CANCELLED' });
    expect(vi.getTimerCount()).toBe(0);
  });
});
