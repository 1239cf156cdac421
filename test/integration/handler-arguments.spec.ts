import { Controller, Get, Param, Query, Scope } from '@nestjs/common';
import { beforeEach, expect, it } from 'vitest';
import {
  constant,
  currentAttempt,
  PlatformServiceError,
  retryReport,
  Retryable,
  type Attempt,
} from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { never, rejectWith } from '../support/calls.js';

let attempts: (Attempt | undefined)[] = [];
let received: unknown[] = [];

function fail(argument?: string) {
  attempts.push(currentAttempt());
  received.push(argument);
  return rejectWith(new PlatformServiceError(undefined, { statusCode: 500 }));
}

@Controller()
class Campaigns {
  readonly name = 'the controller';
  readonly known = ['meta', 'tiktok'];

  @Get('platform/:platform')
  @Retryable({
    context: 'read_campaign',
    backoff: constant(0),
    platform(this: Campaigns, platform: string) {
      return this.known.find((name) => name === platform);
    },
  })
  byPlatform(@Param('platform') platform: string) {
    return fail(platform);
  }

  @Get('recover')
  @Retryable({ maxRetries: 1, backoff: constant(0), recover: 'fallback' })
  recovering(@Query('id') id: string) {
    return fail(id);
  }

  fallback(error: unknown, id: string) {
    return { by: this.name, id, attempts: retryReport(error)?.attempts };
  }

  @Get('signal')
  @Retryable({ signal: () => AbortSignal.abort(new PlatformServiceError('google')) })
  withSignal() {
    attempts.push(currentAttempt());
    return never();
  }
}

@Controller('cancelled')
class Cancelled {
  @Get()
  @Retryable({ signal: () => AbortSignal.abort() })
  read() {
    return never();
  }
}

@Controller({ path: 'request', scope: Scope.REQUEST })
class PerRequest {
  private runs = 0;

  @Get('runs')
  @Retryable({ backoff: constant(0) })
  async count() {
    return ++this.runs < 3 ? fail() : { runs: this.runs };
  }
}

onBothAdapters('a decorated handler', (testCase) => {
  beforeEach(() => {
    [attempts, received] = [[], []];
  });

  const start = () =>
    testCase()
      .options({ platforms: { tiktok: { maxRetries: 1 } } })
      .controllers(Campaigns, Cancelled, PerRequest)
      .start();

  it('may pick its platform, and so its policy, by its arguments', async () => {
    const app = await start();
    const ofTiktok = await app.get('/platform/tiktok');
    expect(attempts.map((attempt) => attempt?.platform)).toEqual(['tiktok', 'tiktok']);
    expect(received).toEqual(['tiktok', 'tiktok']);
    expect(ofTiktok.body.error).toMatchObject({ context: 'read_campaign', platform: 'tiktok' });
    await app.get('/platform/meta');
    expect(attempts).toHaveLength(2 + 4);
  });

  it('knows its attempt: number, context, a signal of its own, one key for the call', async () => {
    const app = await start();
    await app.get('/platform/tiktok');
    const [first, second] = attempts;
    expect(attempts.map((attempt) => [attempt?.number, attempt?.context])).toEqual([
      [1, 'read_campaign'],
      [2, 'read_campaign'],
    ]);
    expect(first?.signal).not.toBe(second?.signal);
    expect(first?.idempotencyKey).toBe(second?.idempotencyKey);
  });

  it('may recover by a method of its controller', async () => {
    const app = await start();
    const { status, body } = await app.get('/recover?id=17');
    expect(status).toBe(200);
    expect(body).toEqual({ by: 'the controller', id: '17', attempts: 2 });
    expect(app.lines.only('operation_error')).toMatchObject({ context: 'Campaigns.recovering' });
  });

  it('may be cancelled by a signal, whose reason is the error', async () => {
    const app = await start();
    const { status, body } = await app.get('/signal');
    expect(status).toBe(502);
    expect(body.error.platform).toBe('google');
    expect(attempts).toEqual([]);
  });

  it('that is cancelled without a reason is no mistake', async () => {
    const app = await start();
    const { status, body } = await app.get('/cancelled');
    expect(status).toBe(499);
    expect(body).toMatchObject({
      error: { type: 'CANCELLED', code: '5005' },
      retry_allowed: false,
    });
    expect(app.lines.only('operation_error')).toMatchObject({
      level: 'warn',
      type: 'CANCELLED',
      gave_up: 'cancelled',
    });
  });

  it('of a request-scoped controller keeps its instance in all attempts', async () => {
    const app = await start();
    expect((await app.get('/request/runs')).body).toEqual({ runs: 3 });
    expect((await app.get('/request/runs')).body).toEqual({ runs: 3 });
  });
});
