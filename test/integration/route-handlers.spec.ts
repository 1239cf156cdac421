import { Controller, Get, Injectable, Sse } from '@nestjs/common';
import { Observable, of, throwError } from 'rxjs';
import { beforeEach, expect, it } from 'vitest';
import {
  BudgetInsufficientError,
  constant,
  currentAttempt,
  PlatformServiceError,
  Retryable,
} from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { rejectWith } from '../support/calls.js';

const down = () => new PlatformServiceError('meta', { statusCode: 503 });
const atOnce = { backoff: constant(0) };

let runs: (number | undefined)[] = [];

/** Notes the run and fails until it is the one that succeeds. */
function run(succeedsAt = Infinity): Promise<string> {
  runs.push(currentAttempt()?.number);
  return runs.length < succeedsAt ? rejectWith(down()) : Promise.resolve('done');
}

@Controller()
class Handlers {
  @Retryable(atOnce)
  @Get('above')
  above() {
    return run();
  }

  @Get('below')
  @Retryable(atOnce)
  below() {
    return run();
  }

  @Get('third')
  @Retryable(atOnce)
  third() {
    return run(3);
  }

  @Get('stays')
  @Retryable(atOnce)
  async stays() {
    await run().catch(() => undefined);
    throw new BudgetInsufficientError('meta');
  }

  @Get('observable')
  @Retryable(atOnce)
  observable(): Observable<string> {
    runs.push(currentAttempt()?.number);
    return runs.length < 3 ? throwError(down) : of('first', 'last');
  }

  @Sse('events')
  @Retryable(atOnce)
  events(): Observable<{ data: string }> {
    runs.push(currentAttempt()?.number);
    return runs.length < 3 ? throwError(down) : of({ data: 'one' }, { data: 'two' });
  }

  @Sse('async-events')
  @Retryable(atOnce)
  async asyncEvents(): Promise<Observable<{ data: string }>> {
    await run(3);
    return of({ data: 'one' }, { data: 'two' });
  }

  @Get('undecorated')
  undecorated() {
    return run();
  }
}

@Injectable()
class Adapter {
  calls = 0;

  @Retryable({ ...atOnce, maxRetries: 1, platform: 'meta' })
  create(): Promise<string> {
    this.calls++;
    return rejectWith(down());
  }
}

@Controller()
class OverAdapter {
  constructor(private readonly adapter: Adapter) {}

  @Get('over')
  @Retryable({ ...atOnce, maxRetries: 2 })
  over() {
    runs.push(currentAttempt()?.number);
    return this.adapter.create();
  }
}

beforeEach(() => {
  runs = [];
});

onBothAdapters('a decorated route handler', (testCase) => {
  const start = () => testCase().controllers(Handlers).start();

  it.each(['above', 'below'])(
    'runs four times for three retries, with @Retryable %s the route',
    async (path) => {
      const app = await start();
      const { status, body } = await app.get(`/${path}`);
      expect(runs).toEqual([1, 2, 3, 4]);
      expect(status).toBe(502);
      expect(body.error).toMatchObject({
        type: 'PLATFORM_SERVICE_ERROR',
        context: `Handlers.${path}`,
      });
      expect(app.lines.of('operation_error')).toHaveLength(1);
    },
  );

  it('answers once it succeeds', async () => {
    const app = await start();
    expect(await app.get('/third')).toMatchObject({ status: 200, text: 'done' });
    expect(runs).toEqual([1, 2, 3]);
  });

  it('runs once for an error that would come again', async () => {
    const app = await start();
    expect((await app.get('/stays')).status).toBe(402);
    expect(runs).toEqual([1]);
  });

  it('may return an Observable, which is made anew for each run', async () => {
    const app = await start();
    expect(await app.get('/observable')).toMatchObject({ status: 200, text: 'last' });
    expect(runs).toEqual([1, 2, 3]);
  });

  it.each([
    ['from an Observable', '/events'],
    ['from a promise of one', '/async-events'],
  ])('may send events %s, and runs again until the first is sent', async (_, path) => {
    const app = await start();
    const { status, text } = await app.get(path);
    expect(status).toBe(200);
    expect(text.match(/data: \w+/g)).toEqual(['data: one', 'data: two']);
    expect(runs).toEqual([1, 2, 3]);
  });

  it('is alone in being retried', async () => {
    const app = await start();
    await app.get('/undecorated');
    expect(runs).toEqual([undefined]);
  });

  it('over a decorated service leaves the retries to the service', async () => {
    const app = await testCase().controllers(OverAdapter).providers(Adapter).start();
    const { body } = await app.get('/over');
    expect(runs).toEqual([1]);
    expect(app.nest.get(Adapter).calls).toBe(2);
    expect(body.error).toMatchObject({ type: 'PLATFORM_SERVICE_ERROR', platform: 'meta' });
    expect(app.lines.of('operation_error')).toHaveLength(1);
  });
});
