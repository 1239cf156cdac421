import { Body, Controller, Get, Injectable, Param, Post, Req, Scope } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Observable, of as just, throwError } from 'rxjs';
import { beforeEach, expect, it } from 'vitest';
import {
  constant,
  currentAttempt,
  found,
  notFound,
  PlatformServiceError,
  RequestTimeout,
  Retryable,
  TokenExpiredError,
  type Attempt,
} from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { hangs, limited, never, rejectWith } from '../support/calls.js';
import { moment, pass, stopTime } from '../support/time.js';

const open = () => new PlatformServiceError('meta');
const now = { backoff: constant(0), platform: 'meta' };
let runs: Record<string, number> = {};
let seen: unknown[] = [];
let entered = moment();
let looked = moment();
let aborted = moment();
const count = (name: string) => (runs[name] = (runs[name] ?? 0) + 1);

@Injectable()
class Adapter {
  @Retryable({ ...now, idempotent: false })
  async create(): Promise<string> {
    count('create');
    throw open();
  }

  @Retryable({ ...now, idempotent: false })
  async createFine(): Promise<string> {
    count('createFine');
    return 'made';
  }
}

@Controller()
class Routes {
  token = 'old';
  constructor(private readonly adapter: Adapter) {}

  @Post('reconciled/:id')
  @Retryable({ ...now, reconcile: 'look', idempotencyKey: (id: string) => `key-${id}` })
  async reconciled(@Param('id') _id: string, @Body() _body: object) {
    count('reconciled');
    seen.push(currentAttempt()?.idempotencyKey);
    throw open();
  }

  async look(error: unknown, attempt: Attempt, id: string) {
    seen.push(
      error instanceof PlatformServiceError,
      attempt.idempotencyKey,
      attempt.number,
      id,
      this instanceof Routes,
    );
    return found({ id, found: true });
  }

  @Post('not-found')
  @Retryable({ ...now, reconcile: () => notFound() })
  async notFound() {
    if (count('notFound') < 3) throw open();
    return { done: true };
  }

  @Post('vague')
  @Retryable({ ...now, reconcile: () => undefined })
  async vague() {
    count('vague');
    throw open();
  }

  @Post('repaired/:account')
  @Retryable({
    ...now,
    idempotent: false,
    key: (account: string) => account,
    repair: { TOKEN_EXPIRED: 'refresh' },
  })
  async repaired(@Param('account') account: string) {
    count('repaired');
    if (this.token === 'old') throw new TokenExpiredError('meta');
    return { account };
  }

  refresh(_: unknown, account: string) {
    count('refresh');
    seen.push(account);
    this.token = 'new';
  }

  @Get('limited/:account')
  @Retryable({ ...now, maxRetries: 0, key: (account: string) => account })
  limited(@Param('account') account: string) {
    count(`limited-${account}`);
    return limited(100);
  }

  @Post('made-up-key')
  @Retryable({ ...now, idempotent: true, idempotencyKey: () => randomUUID() })
  async madeUpKey(@Body() _body: object) {
    seen.push(currentAttempt()?.idempotencyKey);
    if (count('madeUpKey') < 3) throw open();
    return { done: true };
  }

  @Get('limited-once')
  @Retryable({ ...now, key: () => 'once' })
  async limitedOnce() {
    entered.reach();
    if (count('limitedOnce') < 2) return limited(2);
    return { done: true };
  }

  @Get('keyed')
  @Retryable({ ...now, key: () => 'fine' })
  async keyed() {
    return { keyed: true };
  }

  @Get('keyed-observable')
  @Retryable({ ...now, key: () => 'fine' })
  keyedObservable() {
    return just({ keyed: true });
  }

  @Post('layers')
  @Retryable(now)
  async layers() {
    count('layers');
    return this.adapter.create();
  }

  @Post('then-fails')
  @Retryable(now)
  async thenFails() {
    count('thenFails');
    await this.adapter.createFine();
    throw open();
  }

  @Post('then-fails-declared')
  @Retryable({ ...now, idempotent: true })
  async thenFailsDeclared() {
    count('thenFailsDeclared');
    await this.adapter.createFine();
    throw open();
  }

  @Post('observable')
  @Retryable({ ...now, idempotent: false })
  observable(): Observable<never> {
    count('observable');
    return throwError(open);
  }

  @Get('mid-reconcile')
  @Retryable({ ...now, reconcile: 'hang' })
  async midReconcile() {
    count('mid');
    throw open();
  }

  hang(_: unknown, attempt: Attempt) {
    looked.reach();
    attempt.signal.addEventListener('abort', () => aborted.reach());
    return hangs(attempt.signal);
  }

  @Post('limit-on-top')
  @RequestTimeout(60_000)
  @Retryable({ ...now, idempotent: false })
  async limitOnTop() {
    count('limitOnTop');
    throw open();
  }

  @Get('limit-on-top-read')
  @RequestTimeout(60_000)
  @Retryable(now)
  limitOnTopRead() {
    count('limitOnTopRead');
    return rejectWith(open());
  }

  @Get('limit-below-read')
  @Retryable(now)
  @RequestTimeout(60_000)
  limitBelowRead() {
    count('limitBelowRead');
    return rejectWith(open());
  }

  @Get('limit-on-top-hangs')
  @RequestTimeout(1000)
  @Retryable({ ...now, timeout: 30_000 })
  limitOnTopHangs() {
    count('limitOnTopHangs');
    entered.reach();
    return never();
  }

  @Get('limit-on-top-fine')
  @RequestTimeout(1000)
  @Retryable(now)
  async limitOnTopFine() {
    return { fine: true };
  }
}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
class Scoped {
  constructor(private readonly adapter: Adapter) {}
  @Post()
  @Retryable({ ...now, reconcile: 'look' })
  async create(@Req() _request: unknown) {
    count('scoped');
    throw open();
  }

  look() {
    return found({ self: this.adapter instanceof Adapter });
  }
}

onBothAdapters('a decorated handler', (testCase) => {
  beforeEach(() => {
    [runs, seen] = [{}, []];
    [entered, looked, aborted] = [moment(), moment(), moment()];
  });
  const start = () =>
    testCase()
      .options({ retryBudget: false })
      .providers(Adapter)
      .controllers(Routes, Scoped)
      .start();

  it('answers what its reconcile finds, which has its arguments', async () => {
    const app = await start();
    const reply = await app.post('/reconciled/7', { a: 1 });
    expect(reply.text).toBe('{"id":"7","found":true}');
    expect(runs['reconciled']).toBe(1);
    expect(seen).toEqual(['key-7', true, 'key-7', 1, '7', true]);
  });

  it('is repeated where its reconcile finds nothing', async () => {
    const app = await start();
    expect((await app.post('/not-found', {})).text).toBe('{"done":true}');
    expect(runs['notFound']).toBe(3);
  });

  it('answers 424 where its reconcile does not know', async () => {
    const app = await start();
    const reply = await app.post('/vague', {});
    expect(reply.status).toBe(424);
    expect(reply.body.retry_allowed).toBe(false);
    expect(runs['vague']).toBe(1);
  });

  it('may be reconciled in a request-scoped controller', async () => {
    const app = await start();
    expect((await app.post('/scoped', {})).text).toBe('{"self":true}');
    expect(runs['scoped']).toBe(1);
  });

  it('is repaired by a method of its controller', async () => {
    const app = await start();
    expect((await app.post('/repaired/act_1', {})).text).toBe('{"account":"act_1"}');
    expect(runs).toEqual({ repaired: 2, refresh: 1 });
    expect(seen).toEqual(['act_1']);
  });

  it('is refused while its account cools down', async () => {
    const app = await start();
    expect((await app.get('/limited/a')).status).toBe(429);
    const refused = await app.get('/limited/a');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(90);
    expect((await app.get('/limited/b')).status).toBe(429);
    expect(runs).toEqual({ 'limited-a': 1, 'limited-b': 1 });
  });

  it('goes on after the cooldown that it has begun itself', async () => {
    const app = await start();
    stopTime();
    const reply = app.get('/limited-once');
    await entered.reached;
    await app.lines.until('retry_scheduled');
    await pass(1900);
    expect(runs).toEqual({ limitedOnce: 1 });
    await pass(200);
    expect((await reply).text).toBe('{"done":true}');
    expect(runs).toEqual({ limitedOnce: 2 });
  });

  it('has one idempotency key in all its attempts where it makes one up', async () => {
    const app = await start();
    expect((await app.post('/made-up-key', {})).text).toBe('{"done":true}');
    expect(seen).toEqual([expect.any(String), seen[0], seen[0]]);
  });

  it('has the same results with a key', async () => {
    const app = await start();
    expect((await app.get('/keyed')).text).toBe('{"keyed":true}');
    expect((await app.get('/keyed-observable')).text).toBe('{"keyed":true}');
  });

  it('runs once and answers 424 where a write below it failed open', async () => {
    const app = await start();
    const reply = await app.post('/layers', {});
    expect(reply.status).toBe(424);
    expect(runs).toEqual({ layers: 1, create: 1 });
  });

  it('is not repeated, nor offered to be, after a write below it that succeeded', async () => {
    const app = await start();
    const reply = await app.post('/then-fails', {});
    expect(runs).toEqual({ thenFails: 1, createFine: 1 });
    expect(reply.body.retry_allowed).toBe(false);
  });

  it('is repeated with the write below it where it is declared idempotent', async () => {
    const app = await start();
    await app.post('/then-fails-declared', {});
    expect(runs).toEqual({ thenFailsDeclared: 4, createFine: 4 });
  });

  it('runs once and answers 424 as an Observable that writes', async () => {
    const app = await start();
    expect((await app.post('/observable', {})).status).toBe(424);
    expect(runs).toEqual({ observable: 1 });
  });

  it('ends its reconcile when the client leaves', async () => {
    const app = await start();
    stopTime();
    const request = app.open('/mid-reconcile');
    await looked.reached;
    request.destroy();
    await aborted.reached;
    await pass(100_000);
    expect(runs).toEqual({ mid: 1 });
  });

  it.each([
    ['above', 'limit-on-top-read', 'limitOnTopRead'],
    ['below', 'limit-below-read', 'limitBelowRead'],
  ])('is retried once with @RequestTimeout %s @Retryable', async (_, path, name) => {
    const app = await start();
    expect((await app.get(`/${path}`)).status).toBe(502);
    expect(runs).toEqual({ [name]: 4 });
  });

  it('runs once as a write under @RequestTimeout', async () => {
    const app = await start();
    expect((await app.post('/limit-on-top', {})).status).toBe(424);
    expect(runs).toEqual({ limitOnTop: 1 });
  });

  it('has its result under @RequestTimeout', async () => {
    const app = await start();
    expect((await app.get('/limit-on-top-fine')).text).toBe('{"fine":true}');
  });

  it('answers 504 once where it hangs under @RequestTimeout', async () => {
    const app = await start();
    stopTime();
    const reply = app.get('/limit-on-top-hangs');
    await entered.reached;
    await pass(1000);
    expect((await reply).status).toBe(504);
    await pass(100_000);
    expect(runs).toEqual({ limitOnTopHangs: 1 });
  });
});
