import { Controller, Get, Param, Post, Sse } from '@nestjs/common';
import { bulkhead } from 'cockatiel';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Observable } from 'rxjs';
import { beforeEach, expect, it } from 'vitest';
import { currentAttempt, Retryable, type Attempt } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { never } from '../support/calls.js';
import { moment, pass, stopTime } from '../support/time.js';

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

  @Post('keyed-through')
  @Retryable({
    platform: 'meta',
    key: () => 'a',
    through: bulkhead(100, 100),
    maxRetries: 0,
    timeout: 5000,
  })
  async keyedThrough() {
    enter();
    return never();
  }

  @Post('of/:platform')
  @Retryable({ platform: (platform: string) => platform, idempotent: false, timeout: 5000 })
  async ofPlatform(@Param('platform') _platform: string) {
    enter();
    return never();
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
    const platforms = { policed: { through: bulkhead(100, 100) } };
    const app = await testCase().options({ platforms }).controllers(Slow).start();
    stopTime();
    return app;
  };

  it('is over for a stream that has sent an event', async () => {
    const app = await start();
    const request = app.open('/events');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response, 'data');
    await pass(3_600_000);
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
    await pass(5000);
    expect(attempts[0]?.signal.reason).toMatchObject({ type });
    await app.lines.until('retry_scheduled');
    await pass(1000 + 5000);
    const { status, body } = await answer;
    expect(status).toBe(504);
    expect(body.error.type).toBe(type);
    expect(attempts).toHaveLength(2);
  });

  it.each([
    ['with a key and a policy', '/keyed-through', 504],
    ['of a platform that its arguments name and that has a policy', '/of/policed', 424],
  ])('holds for one %s', async (_, path, expected) => {
    const app = await start();
    const answer = app.post(path, {});
    await entered.reached;
    await pass(5000);
    expect((await answer).status).toBe(expected);
    expect(attempts).toHaveLength(1);
  });
});
