import {
  Controller,
  Get,
  Injectable,
  Post,
  Scope,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
} from '@nestjs/common';
import { Observable, of as just, throwError } from 'rxjs';
import { expect, it, vi } from 'vitest';
import {
  constant,
  currentAttempt,
  notFound,
  PlatformServiceError,
  RequestTimeout,
  Retryable,
} from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { hangs, never } from '../support/calls.js';
import { watch } from '../support/outcomes.js';
import { moment, pass, stopTime } from '../support/time.js';

const open = () => new PlatformServiceError('meta');

const fresh = () => ({
  calls: 0,
  writes: 0,
  reconciled: 0,
  intercepted: 0,
  aborted: moment(),
  entered: moment(),
});
const state = fresh();

@Injectable()
class Adapter {
  @Retryable({ context: 'hang', platform: 'meta' })
  hang() {
    state.calls++;
    const signal = currentAttempt()?.signal;
    signal?.addEventListener('abort', () => state.aborted.reach());
    state.entered.reach();
    return hangs(signal);
  }

  @Retryable({ context: 'deaf', platform: 'meta' })
  deaf() {
    state.calls++;
    state.entered.reach();
    return never();
  }

  @Retryable({ context: 'fails', platform: 'meta', backoff: constant(400) })
  async fails() {
    state.calls++;
    state.entered.reach();
    throw open();
  }

  @Retryable({ context: 'write', platform: 'meta', idempotent: false })
  createCampaign() {
    state.writes++;
    state.entered.reach();
    return hangs(currentAttempt()?.signal);
  }

  @Retryable({ context: 'write', platform: 'meta', reconcile: 'find' })
  createReconciled() {
    state.writes++;
    state.entered.reach();
    return hangs(currentAttempt()?.signal);
  }

  find() {
    state.reconciled++;
    return notFound();
  }

  @Retryable({ context: 'left' })
  async left() {
    return { left: currentAttempt()?.remaining() };
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  @Retryable({ context: 'scoped' })
  hang() {
    state.calls++;
    state.entered.reach();
    return hangs(currentAttempt()?.signal);
  }
}

@Controller()
class Routes {
  constructor(private readonly adapter: Adapter) {}

  @Get('hang')
  @RequestTimeout(1000)
  hang() {
    return this.adapter.hang();
  }

  @Get('deaf')
  @RequestTimeout(1000)
  deaf() {
    return this.adapter.deaf();
  }

  @Get('bare')
  @RequestTimeout(1000)
  bare() {
    state.entered.reach();
    return never();
  }

  @Get('fails')
  @RequestTimeout(1000)
  fails() {
    return this.adapter.fails();
  }

  @Post('write')
  @RequestTimeout(1000)
  write() {
    return this.adapter.createCampaign();
  }

  @Post('reconciled')
  @RequestTimeout(1000)
  reconciled() {
    return this.adapter.createReconciled();
  }

  @Get('left')
  @RequestTimeout(1000)
  left() {
    return this.adapter.left();
  }

  @Get('left-module')
  leftModule() {
    return this.adapter.left();
  }

  @Get('fine')
  @RequestTimeout(1000)
  fine() {
    return { fine: true };
  }

  @Get('stream')
  @RequestTimeout(1000)
  stream() {
    return just({ fine: true });
  }

  @Get('observes')
  @RequestTimeout(1000)
  observes() {
    state.entered.reach();
    return new Observable(() => () => state.aborted.reach());
  }

  @Get('throws')
  @RequestTimeout(1000)
  throws() {
    throw open();
  }

  @Get('handler')
  @RequestTimeout(1000)
  @Retryable({ platform: 'meta', backoff: constant(300) })
  handler() {
    state.calls++;
    state.entered.reach();
    return throwError(open);
  }

  @Get('reconciled-handler')
  @RequestTimeout(1000)
  @Retryable({ platform: 'meta', reconcile: () => notFound() })
  async reconciledHandler() {
    state.calls++;
    state.entered.reach();
    return never();
  }
}

class Counting {
  intercept(_: ExecutionContext, next: CallHandler) {
    state.intercepted++;
    return next.handle();
  }
}

@UseInterceptors(Counting)
class Intercepted {}

@RequestTimeout(1000)
@Controller('subclass')
class Subclass extends Intercepted {
  @Get('fine')
  fine() {
    return { fine: true };
  }
}

@RequestTimeout(2000)
@Controller('c')
class Limited {
  constructor(
    private readonly adapter: Adapter,
    private readonly scoped: PerRequest,
  ) {}

  @Get('left')
  left() {
    return this.adapter.left();
  }

  @Get('own')
  @RequestTimeout(500)
  own() {
    return this.adapter.left();
  }

  @Get('scoped')
  hang() {
    return this.scoped.hang();
  }
}

onBothAdapters('a request timeout', (testCase) => {
  const start = async (options: Parameters<ReturnType<typeof testCase>['options']>[0] = {}) => {
    Object.assign(state, fresh());
    const app = await testCase()
      .options(options)
      .providers(Adapter, PerRequest)
      .controllers(Routes, Limited, Subclass)
      .start();
    stopTime();
    return app;
  };

  it.each(['hang', 'deaf', 'bare', 'observes', 'c/scoped'])(
    'answers 504 with the error JSON: %s',
    async (path) => {
      const app = await start();
      const reply = app.get(`/${path}`, { headers: { 'accept-language': 'en' } });
      await state.entered.reached;
      await pass(path === 'c/scoped' ? 2000 : 1000);
      const { status, body } = await reply;
      expect(status).toBe(504);
      expect(body).toMatchObject({ status: 'error' });
      expect(body.error.type).toMatch(/TIMEOUT/);
      expect(body.retry_allowed).toBe(true);
      await pass(200_000);
      expect(state.calls).toBeLessThanOrEqual(1);
    },
  );

  it('ends the waits of the calls below it', async () => {
    const app = await start();
    const reply = app.get('/fails');
    await state.entered.reached;
    await pass(400);
    await pass(400);
    await pass(400);
    expect((await reply).status).toBeGreaterThanOrEqual(500);
    const { calls } = state;
    await pass(100_000);
    expect(state.calls).toBe(calls);
    expect(calls).toBeLessThanOrEqual(3);
  });

  it.each(['write', 'reconciled'])('repeats no write that it cuts: %s', async (path) => {
    const app = await start();
    const reply = app.post(`/${path}`, {});
    await state.entered.reached;
    await pass(1000);
    const { status, body } = await reply;
    expect([504, 424]).toContain(status);
    if (path === 'write') expect(body.retry_allowed).toBe(false);
    await pass(100_000);
    expect(state.writes).toBe(1);
  });

  it('offers no retry of a handler that it cuts before its reconcile', async () => {
    const app = await start();
    const reply = app.get('/reconciled-handler');
    await state.entered.reached;
    await pass(1000);
    const { status, body } = await reply;
    expect(status).toBe(504);
    expect(body.retry_allowed).toBe(false);
    await pass(100_000);
    expect(state.calls).toBe(1);
  });

  it('is what remains for the calls below it', async () => {
    const app = await start({ requestTimeout: 700 });
    expect((await app.get<{ left: number }>('/left')).body.left).toBeLessThanOrEqual(1000);
    expect((await app.get<{ left: number }>('/left-module')).body.left).toBeLessThanOrEqual(700);
    expect((await app.get<{ left: number }>('/c/left')).body.left).toBeLessThanOrEqual(2000);
    expect((await app.get<{ left: number }>('/c/left')).body.left).toBeGreaterThan(700);
    expect((await app.get<{ left: number }>('/c/own')).body.left).toBeLessThanOrEqual(500);
  });

  it('changes no result and no failure', async () => {
    const app = await start({ requestTimeout: 700 });
    expect((await app.get('/fine')).text).toBe('{"fine":true}');
    expect((await app.get('/stream')).text).toBe('{"fine":true}');
    expect((await app.get('/throws')).status).toBe(502);
  });

  it('leaves a controller the interceptors of its parent class', async () => {
    const app = await start();
    expect((await app.get('/subclass/fine')).text).toBe('{"fine":true}');
    expect(state.intercepted).toBe(1);
  });

  it('ends the retries of a decorated handler', async () => {
    const app = await start();
    const reply = app.get('/handler');
    await state.entered.reached;
    for (let n = 0; n < 10; n++) await pass(300);
    expect((await reply).status).toBeGreaterThanOrEqual(502);
    const { calls } = state;
    await pass(100_000);
    expect(state.calls).toBe(calls);
    expect(calls).toBeLessThanOrEqual(4);
  });

  it('is cancelled by a client that leaves', async () => {
    const app = await start();
    const request = app.open('/hang');
    await state.entered.reached;
    request.destroy();
    await state.aborted.reached;
    await pass(100_000);
    expect(state.calls).toBe(1);
  });

  it('is that of its own request where two run at the same time', async () => {
    const app = await start();
    const one = app.get('/hang');
    await state.entered.reached;
    await pass(600);
    state.entered = moment();
    const two = watch(app.get('/hang'));
    await state.entered.reached;
    await pass(400);
    expect((await one).status).toBe(504);
    expect(two.done).toBe(false);
    await pass(600);
    await vi.waitFor(() => expect(two.done).toBe(true));
    expect(two.value?.status).toBe(504);
  });
});
