import { Controller, Get, Injectable, Logger } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { describe, expect, it } from 'vitest';
import { constant, PlatformServiceError, Retryable } from '../../lib/index.js';
import { onBothAdapters, type RunningApp } from '../support/app.js';
import { failing, rejectWith } from '../support/calls.js';
import type { LogLine } from '../support/log-lines.js';

const down = () => new PlatformServiceError('meta', { statusCode: 503 });

@Injectable()
class Adapter {
  private readonly logger = new Logger('Adapter');
  private readonly upstream = failing([down(), down()], 'campaign 17');

  @Retryable({ maxRetries: 1, backoff: constant(1) })
  create(): Promise<string> {
    this.logger.log('calling the platform');
    return rejectWith(down());
  }

  @Retryable({ backoff: constant(1) })
  recovers() {
    return this.upstream();
  }
}

@Controller()
class Campaigns {
  constructor(
    private readonly adapter: Adapter,
    private readonly pino: PinoLogger,
  ) {}

  @Get('service')
  create() {
    this.pino.info('handler entered');
    return this.adapter.create();
  }

  @Get('handler')
  @Retryable({ maxRetries: 1, backoff: constant(1) })
  handler() {
    this.pino.info('handler entered');
    return rejectWith(down());
  }

  @Get('recovers')
  recovers() {
    return this.adapter.recovers();
  }

  @Get('throws')
  throws() {
    throw new Error('a mistake');
  }
}

/** The lines that belong to a request: all but those of the start. */
function ofRequests(app: RunningApp): LogLine[] {
  const started = app.lines.all.findIndex(({ msg }) => msg.includes('successfully started'));
  return app.lines.all.slice(started + 1);
}

const idOf = (line: LogLine) => (line['req'] as { id?: unknown } | undefined)?.id;

onBothAdapters('with nestjs-pino', (testCase, adapter) => {
  const start = () => testCase().pino().controllers(Campaigns).providers(Adapter).start();

  it.each([
    [
      '/service',
      [
        'handler entered',
        'calling the platform',
        'retry_attempt_failed',
        'retry_scheduled',
        'calling the platform',
        'retry_attempt_failed',
        'retry_exhausted',
        'operation_error',
        'request errored',
      ],
    ],
    [
      '/handler',
      [
        'handler entered',
        'retry_attempt_failed',
        'retry_scheduled',
        'handler entered',
        'retry_attempt_failed',
        'retry_exhausted',
        'operation_error',
        'request errored',
      ],
    ],
    ['/throws', ['operation_error', 'request errored']],
    ['/nowhere', ['operation_error', 'request completed']],
  ])('every line of a request to %s carries its id, the JSON too', async (path, events) => {
    const app = await start();
    const { body } = await app.get(path);
    await app.lines.until(events.at(-1) ?? '');
    const lines = ofRequests(app);
    expect(lines.map(({ msg }) => msg)).toEqual(events);
    const [id] = new Set(lines.map(idOf));
    expect(new Set(lines.map(idOf)).size).toBe(1);
    expect(id).toEqual(adapter === 'express' ? expect.any(Number) : expect.any(String));
    expect(body.error.request_id).toBe(String(id));
  });

  it('a call that succeeds after retries says so under the id of its request', async () => {
    const app = await start();
    expect((await app.get('/recovers')).status).toBe(200);
    await app.lines.until('request completed');
    const { level, retry_count: retries, ...line } = app.lines.only('retry_succeeded');
    expect([level, retries]).toEqual(['info', 2]);
    expect(idOf(line as LogLine)).toBe(idOf(app.lines.only('request completed')));
  });

  it('concurrent requests keep their ids apart', async () => {
    const app = await start();
    const replies = await Promise.all(Array.from({ length: 20 }, () => app.get('/service')));
    const answered = replies.map(({ body }) => body.error.request_id);
    expect(new Set(answered).size).toBe(20);
    const logged = app.lines.of('operation_error').map((line) => String(idOf(line)));
    expect(new Set(logged)).toEqual(new Set(answered));
    expect(logged).toHaveLength(20);
  });

  it('a path that no route matches has no route, though a middleware matches it', async () => {
    const app = await start();
    const { body } = await app.get('/nowhere');
    expect(body.error.context).toBe('GET (no route)');
  });

  it('a line outside of requests is written without an id', async () => {
    const app = await start();
    await app.nest
      .get(Adapter)
      .create()
      .catch(() => undefined);
    expect(idOf(app.lines.only('operation_error'))).toBeUndefined();
  });

  describe('an id that a client sends', () => {
    it('is not taken over', async () => {
      const app = await start();
      const { body } = await app.get('/throws', { headers: { 'x-request-id': 'of-the-client' } });
      expect(body.error.request_id).not.toBe('of-the-client');
    });
  });
});

onBothAdapters('without nestjs-pino', (testCase) => {
  it('each error has a UUID of its own, whatever the client sends', async () => {
    const app = await testCase().start();
    const headers = { 'x-request-id': 'of-the-client' };
    const ids = [
      (await app.get('/nowhere', { headers })).body.error.request_id,
      (await app.get('/nowhere', { headers })).body.error.request_id,
    ];
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-/);
    expect(ids[1]).toMatch(/^[0-9a-f]{8}-/);
    expect(ids[0]).not.toBe(ids[1]);
  });
});
