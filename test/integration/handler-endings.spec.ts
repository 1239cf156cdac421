import { Controller, Get } from '@nestjs/common';
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

function enter(): void {
  const attempt = currentAttempt();
  if (attempt === undefined) throw new Error('Expected an attempt');
  attempts.push(attempt);
  attempt.signal.addEventListener('abort', () => aborted.reach());
  entered.reach();
}

@Controller()
class Slow {
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

  @Get('fine')
  fine() {
    return 'fine';
  }
}

onBothAdapters('a decorated handler', (testCase) => {
  beforeEach(() => {
    attempts = [];
    [aborted, entered, unsubscribed] = [moment(), moment(), moment()];
  });

  const start = async () => {
    const app = await testCase().controllers(Slow).start();
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

  it('that returns an Observable is unsubscribed from when the client disconnects', async () => {
    const app = await start();
    const request = app.open('/observes');
    await entered.reached;
    request.destroy();
    await unsubscribed.reached;
    expect(attempts[0]?.signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(attempts).toHaveLength(1);
    expect(app.lines.all.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it.each([
    ['a promise', '/hangs', 'PLATFORM_TIMEOUT'],
    ['an Observable', '/observes', 'TIMEOUT'],
  ])('that returns %s has its limit, which aborts its signal', async (_, path, type) => {
    const app = await start();
    const answer = app.get(path);
    await entered.reached;
    expect(attempts[0]?.remaining()).toBe(5000);
    await vi.advanceTimersByTimeAsync(5000);
    expect(attempts[0]?.signal.reason).toMatchObject({ type });
    await app.lines.until('retry_scheduled');
    await vi.advanceTimersByTimeAsync(1000 + 5000);
    const { status, body } = await answer;
    expect(status).toBe(504);
    expect(body.error.type).toBe(type);
    expect(attempts).toHaveLength(2);
  });
});
