import { Controller, Get, Injectable } from '@nestjs/common';
import { Observable } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import {
  ConnectionFailedError,
  constant,
  createErrorResponse,
  currentAttempt,
  found,
  PlatformServiceError,
  Retryable,
  retryReport,
  RetryStrategy,
  ServiceUnavailableError,
  TokenExpiredError,
  type Attempt,
  type RetryWithBackoffOptions,
} from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { hangs, never, rejectWith, turnEnd } from '../support/calls.js';
import { context } from '../support/context.js';
import { watch } from '../support/outcomes.js';
import { failsLater, later, moment, pass, stopTime } from '../support/time.js';

const open = () => new PlatformServiceError('meta');

async function start(options: Parameters<typeof context>[0] = {}) {
  const { module, lines } = await context(options);
  stopTime();
  return { module, lines, strategy: module.get(RetryStrategy) };
}
const of = (more: Partial<RetryWithBackoffOptions> = {}): RetryWithBackoffOptions => ({
  platform: 'meta',
  context: 'c',
  ...more,
});

describe('close()', () => {
  it('ends a wait at once', async () => {
    const { module, strategy } = await start();
    const func = vi.fn(() => rejectWith(open()));
    const call = watch(strategy.retryWithBackoff(func, of({ backoff: constant(20_000) })));
    await pass(100);
    const closing = watch(module.close());
    await pass(1);
    expect(call.done).toBe(true);
    expect(call.error).toMatchObject({ type: 'SERVICE_UNAVAILABLE' });
    expect(retryReport(call.error)?.gaveUp).toBe('shutdown');
    await pass(10);
    expect(closing.done).toBe(true);
    await pass(100_000);
    expect(func).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves an attempt its grace, and the call its result', async () => {
    const { module, strategy } = await start();
    const call = watch(strategy.retryWithBackoff(() => later(4000, 'ok'), of()));
    await pass(100);
    const closing = watch(module.close());
    await pass(3000);
    expect(closing.done).toBe(false);
    await pass(1000);
    expect(call.value).toBe('ok');
    expect(closing.done).toBe(true);
  });

  it('ends an attempt that outlasts the grace', async () => {
    const { module, strategy } = await start({ shutdownGrace: 2000 });
    let signal: AbortSignal | undefined;
    const call = watch(
      strategy.retryWithBackoff((attempt) => hangs((signal = attempt.signal)), of()),
    );
    await pass(100);
    const closing = watch(module.close());
    await pass(1999);
    expect(call.done).toBe(false);
    await pass(2);
    expect(call.error).toMatchObject({ type: 'SERVICE_UNAVAILABLE' });
    expect(signal?.aborted).toBe(true);
    await pass(10);
    expect(closing.done).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends nothing of another application', async () => {
    const [one, two] = [await start({ shutdownGrace: 0 }), await start()];
    const signals: AbortSignal[] = [];
    for (const { strategy } of [one, two]) {
      const func = ({ signal }: Attempt) => (signals.push(signal), hangs(signal));
      watch(strategy.retryWithBackoff(func, of({ timeout: 9000 })));
    }
    await pass(100);
    const closing = watch(one.module.close());
    await pass(10);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(closing.done).toBe(true);
  });

  it.each([
    ['may have executed', open(), true],
    ['has surely done nothing', new ConnectionFailedError({ mayHaveExecuted: false }), false],
  ])('says of a call in its wait whose attempt %s that it did', async (_, cause, may) => {
    const { module, strategy } = await start();
    const call = watch(
      strategy.retryWithBackoff(() => rejectWith(cause), of({ backoff: constant(20_000) })),
    );
    await pass(100);
    watch(module.close());
    await pass(1);
    expect(call.error).toMatchObject({
      type: 'SERVICE_UNAVAILABLE',
      message: 'The application is closing',
      mayHaveExecuted: may,
      cause,
    });
  });

  it('leaves a platform that is not available its own error', async () => {
    const { module, strategy } = await start();
    const error = new ServiceUnavailableError({ message: 'busy' });
    const call = watch(
      strategy.retryWithBackoff(() => rejectWith(error), of({ backoff: constant(20_000) })),
    );
    await pass(100);
    watch(module.close());
    await pass(1);
    expect(call.error).toBe(error);
  });

  it('retries no attempt that fails in the grace', async () => {
    const { module, strategy } = await start();
    const func = vi.fn(() => failsLater(1000, open()));
    const call = watch(strategy.retryWithBackoff(func, of({ backoff: constant(0) })));
    await pass(100);
    watch(module.close());
    await pass(20_000);
    expect(call.done).toBe(true);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('leaves the outcome of a write open that it cuts', async () => {
    const { module, strategy } = await start();
    const call = watch(
      strategy.retryWithBackoff((attempt) => hangs(attempt.signal), of({ idempotent: false })),
    );
    await pass(100);
    watch(module.close());
    await pass(20_000);
    expect(call.done).toBe(true);
    expect((call.error as { mayHaveExecuted: boolean }).mayHaveExecuted).toBe(true);
    expect(createErrorResponse({ error: call.error }).retry_allowed).toBe(false);
  });

  it('ends a reconcile with the grace', async () => {
    const { module, strategy } = await start();
    const func = vi.fn(() => rejectWith(open()));
    const call = watch(
      strategy.retryWithBackoff(func, of({ reconcile: () => never(), timeout: 60_000 })),
    );
    await pass(100);
    const closing = watch(module.close());
    await pass(5001);
    expect(call.done).toBe(true);
    expect(closing.done).toBe(true);
    await pass(100_000);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('waits for a reconcile that answers within the grace', async () => {
    const { module, strategy } = await start();
    const call = watch(
      strategy.retryWithBackoff(
        () => rejectWith(open()),
        of({
          reconcile: () => later(1000, found('there')),
        }),
      ),
    );
    await pass(100);
    watch(module.close());
    await pass(10_000);
    expect(call.value).toBe('there');
  });

  it('ends a repair that hangs', async () => {
    const { module, strategy } = await start();
    const call = watch(
      strategy.retryWithBackoff(
        () => rejectWith(new TokenExpiredError('meta')),
        of({
          key: 'shutdown',
          repair: { TOKEN_EXPIRED: () => never() },
          timeout: 60_000,
        }),
      ),
    );
    await pass(100);
    const closing = watch(module.close());
    await pass(5001);
    expect(call.done).toBe(true);
    expect(closing.done).toBe(true);
  });

  it('runs a new call once at most and is not held up by it', async () => {
    const { module, strategy } = await start();
    watch(strategy.retryWithBackoff((attempt) => hangs(attempt.signal), of()));
    await pass(10);
    const closing = watch(module.close());
    await pass(10);
    const func = vi.fn(() => rejectWith(open()));
    const late = watch(strategy.retryWithBackoff(func, of()));
    await pass(6000);
    expect(late.done).toBe(true);
    expect(closing.done).toBe(true);
    expect(func.mock.calls.length).toBeLessThanOrEqual(1);
  });

  it('ends a nested call that hangs', async () => {
    const { module, strategy } = await start({ shutdownGrace: 0 });
    const call = watch(
      strategy.retryWithBackoff(
        () => strategy.retryWithBackoff(() => never(), of({ context: 'inner' })),
        of(),
      ),
    );
    await pass(10);
    const closing = watch(module.close());
    await pass(10);
    expect(call.error).toMatchObject({ type: 'SERVICE_UNAVAILABLE' });
    expect(closing.done).toBe(true);
  });
});

let entered = moment();
@Injectable()
class Adapter {
  @Retryable({ platform: 'meta', backoff: constant(30_000) })
  async waits(): Promise<void> {
    entered.reach();
    throw open();
  }

  @Retryable({ platform: 'meta' })
  hangs() {
    entered.reach();
    return hangs(currentAttempt()?.signal);
  }
}
@Controller()
class Routes {
  constructor(private readonly adapter: Adapter) {}

  @Get('waits')
  waits() {
    return this.adapter.waits();
  }

  @Get('hangs')
  hangs() {
    return this.adapter.hangs();
  }

  @Get('handler')
  @Retryable({ backoff: constant(30_000) })
  async handler(): Promise<void> {
    entered.reach();
    throw open();
  }

  @Get('handler-hangs')
  @Retryable()
  handlerHangs() {
    entered.reach();
    return never();
  }

  @Get('observable')
  @Retryable()
  observable(): Observable<never> {
    entered.reach();
    return new Observable();
  }
}

onBothAdapters('an application that closes', (testCase) => {
  it.each([
    ['waits', 0],
    ['handler', 0],
    ['hangs', 5000],
    ['handler-hangs', 5000],
    ['observable', 5000],
  ])('answers 503 after the grace of what runs: %s', async (path, after) => {
    entered = moment();
    const app = await testCase().options({}).providers(Adapter).controllers(Routes).start();
    stopTime();
    const reply = app.get(`/${path}`, { headers: { connection: 'close' } });
    await entered.reached;
    for (let n = 0; n < 3; n++) await pass(10);
    const closing = app.nest.close();
    await turnEnd();
    await pass(after);
    const { status, body } = await reply;
    expect(status).toBe(503);
    expect(body.error.type).toBe('SERVICE_UNAVAILABLE');
    vi.useRealTimers();
    await closing;
  });
});
