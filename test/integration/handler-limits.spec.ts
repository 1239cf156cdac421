import { Controller, Get, Sse } from '@nestjs/common';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Observable } from 'rxjs';
import { beforeEach, expect, it, vi } from 'vitest';
import { currentAttempt, Retryable, type Attempt } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { never } from '../support/calls.js';
import { moment, stopTime } from '../support/time.js';

let attempts: (Attempt | undefined)[] = [];
let entered = moment();

function enter(): void {
  attempts.push(currentAttempt());
  entered.reach();
}

@Controller()
class Slow {
  @Get('hangs')
  @Retryable({ platform: 'meta', maxRetries: 1, timeout: 5000 })
  hangs() {
    enter();
    return never();
  }

  @Get('observes')
  @Retryable({ maxRetries: 1, timeout: 5000 })
  observes(): Observable<never> {
    return new Observable<never>(enter);
  }

  @Sse('events')
  @Retryable({ maxRetries: 1, timeout: 5000 })
  events(): Observable<{ data: string }> {
    return new Observable((subscriber) => {
      enter();
      subscriber.next({ data: 'one' });
    });
  }
}

onBothAdapters('the limit of a decorated handler', (testCase) => {
  beforeEach(() => {
    [attempts, entered] = [[], moment()];
  });

  const start = async () => {
    const app = await testCase().controllers(Slow).start();
    stopTime();
    return app;
  };

  it('is over for a stream that has sent an event', async () => {
    const app = await start();
    const request = app.open('/events');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response, 'data');
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(response.destroyed).toBe(false);
    expect(attempts[0]?.signal.aborted).toBe(false);
    request.destroy();
  });

  it.each([
    ['a promise', '/hangs', 'PLATFORM_TIMEOUT'],
    ['an Observable', '/observes', 'TIMEOUT'],
  ])('aborts the signal of each attempt that returns %s', async (_, path, type) => {
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
