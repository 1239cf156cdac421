import { BadRequestException, Controller, Get, Injectable, Param } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  BudgetInsufficientError,
  constant,
  OperationCancelledError,
  PlatformServiceError,
  RateLimitError,
  Retryable,
} from '../../lib/index.js';
import { onBothAdapters, type RunningApp, type TestCase } from '../support/app.js';
import { failing, rejectWith } from '../support/calls.js';

const down = () => new PlatformServiceError('meta', { statusCode: 503, message: 'upstream 503' });

const ERRORS: Record<string, () => unknown> = {
  down,
  broke: () => new BudgetInsufficientError('meta', { message: 'no funds' }),
  long: () => new RateLimitError('meta', { retryAfter: 600 }),
  bad: () => new BadRequestException('No such objective'),
  cancelled: () => new OperationCancelledError({ platform: 'meta' }),
  mistake: () => new TypeError('undefined is not a function'),
};

@Injectable()
class Adapter {
  private readonly rescued = failing([down(), down()], 'campaign 17');
  private readonly inner = failing([down(), down(), down()], 'campaign 17');

  @Retryable({ context: 'create_campaign', platform: 'meta', maxRetries: 2, backoff: constant(2) })
  create(error: string): Promise<string> {
    return error === 'rescued' ? this.rescued() : rejectWith(ERRORS[error]?.());
  }

  @Retryable({ context: 'outer', backoff: constant(0) })
  outer() {
    return this.within();
  }

  @Retryable({ context: 'inner', maxRetries: 1, backoff: constant(0) })
  within() {
    return this.inner();
  }

  @Retryable({ context: 'fallback', backoff: constant(0) })
  async fallback() {
    return this.create('broke').catch(() => 'plan B');
  }
}

@Controller()
class Campaigns {
  constructor(private readonly adapter: Adapter) {}

  @Get('create/:error')
  create(@Param('error') error: string) {
    return this.adapter.create(error);
  }

  @Get('outer')
  outer() {
    return this.adapter.outer();
  }

  @Get('fallback')
  fallback() {
    return this.adapter.fallback();
  }

  @Get('throw/:error')
  throw(@Param('error') error: string) {
    throw ERRORS[error]?.();
  }
}

const LOGGERS: readonly [string, (testCase: TestCase) => TestCase][] = [
  ['nestjs-pino', (testCase) => testCase.pino()],
  ["Nest's logger", (testCase) => testCase],
];

onBothAdapters('the log', (testCase) => {
  const start = (prepare = (building: TestCase) => building) =>
    prepare(testCase()).controllers(Campaigns).providers(Adapter).start();

  const events = (app: RunningApp) =>
    app.lines.all
      .map(({ msg }) => msg)
      .filter((msg) => /^(retry_(?!conf|undecl)|operation_)/.test(msg));

  describe.each(LOGGERS)('through %s', (_, through) => {
    it('tells the whole way of a call that is given up', async () => {
      const app = await start(through);
      await app.get('/create/down');
      const identity = { context: 'create_campaign', platform: 'meta' };
      const error = {
        error_type: 'PlatformServiceError',
        error_message: 'upstream 503',
        type: 'PLATFORM_SERVICE_ERROR',
        error_code: '4002',
      };
      const elapsed = { elapsed_ms: expect.any(Number) as number };
      const failed = { ...identity, ...error, ...elapsed, level: 'warn', max_attempts: 3 };
      expect(app.lines.of('retry_attempt_failed')).toMatchObject([
        { ...failed, attempt: 1 },
        { ...failed, attempt: 2 },
        { ...failed, attempt: 3 },
      ]);
      expect(app.lines.of('retry_scheduled')).toMatchObject([
        { ...identity, level: 'info', delay_ms: 2, next_attempt: 2 },
        { ...identity, level: 'info', delay_ms: 2, next_attempt: 3 },
      ]);
      const end = { ...identity, ...error, ...elapsed, retry_count: 2 };
      expect(app.lines.only('retry_exhausted')).toMatchObject({ ...end, level: 'warn' });
      expect(app.lines.only('operation_error')).toMatchObject({
        ...end,
        level: 'error',
        gave_up: 'exhausted',
      });
    });

    it('tells of a call that succeeds after retries, and nothing at error level', async () => {
      const app = await start(through);
      expect((await app.get('/create/rescued')).status).toBe(200);
      expect(events(app)).toEqual([
        'retry_attempt_failed',
        'retry_scheduled',
        'retry_attempt_failed',
        'retry_scheduled',
        'retry_succeeded',
      ]);
      expect(app.lines.only('retry_succeeded')).toMatchObject({
        level: 'info',
        context: 'create_campaign',
        platform: 'meta',
        retry_count: 2,
      });
    });
  });

  it.each([
    // [path, level, fields]
    ['/create/broke', 'error', { error_type: 'BudgetInsufficientError', gave_up: 'not-retryable' }],
    ['/create/long', 'error', { type: 'API_RATE_LIMIT', gave_up: 'retry-after-too-long' }],
    ['/create/mistake', 'error', { type: 'UNKNOWN_ERROR', error_type: 'TypeError' }],
    ['/create/bad', 'warn', { type: 'VALIDATION_ERROR', error_type: 'BadRequestException' }],
    ['/create/cancelled', 'warn', { type: 'CANCELLED', gave_up: 'cancelled' }],
    ['/throw/broke', 'error', { context: 'GET /throw/:error', platform: 'meta', retry_count: 0 }],
    ['/throw/mistake', 'error', { context: 'GET /throw/:error', error_type: 'TypeError' }],
    ['/throw/bad', 'warn', { error_message: 'No such objective', error_code: '1001' }],
    ['/throw/cancelled', 'warn', { type: 'CANCELLED' }],
  ])('has one operation_error for %s, at level %s', async (path, level, fields) => {
    const app = await start();
    await app.get(path);
    expect(events(app)).toEqual(['operation_error']);
    expect(app.lines.only('operation_error')).toMatchObject({ level, retry_count: 0, ...fields });
  });

  it('has one for an inner call that has used up its retries and that the outer one does not repeat', async () => {
    const app = await start();
    expect((await app.get('/outer')).body.error.context).toBe('inner');
    expect(app.lines.only('retry_exhausted')).toMatchObject({ context: 'inner' });
    expect(app.lines.only('operation_error')).toMatchObject({
      context: 'inner',
      gave_up: 'exhausted',
    });
  });

  it('has one for an inner call that failed although the outer one had a plan B', async () => {
    const app = await start();
    expect((await app.get('/fallback')).text).toBe('plan B');
    expect(app.lines.only('operation_error')).toMatchObject({
      context: 'create_campaign',
      type: 'BUDGET_INSUFFICIENT',
    });
  });

  it('has one for each request that fails with the very same error object', async () => {
    const error = down();
    ERRORS['shared'] = () => error;
    const app = await start();
    await app.get('/create/shared');
    await app.get('/throw/shared');
    await app.get('/throw/shared');
    expect(app.lines.of('operation_error')).toHaveLength(3);
  });
});
