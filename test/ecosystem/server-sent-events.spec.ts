import { Controller, Sse, type MessageEvent } from '@nestjs/common';
import { concat, defer, map, NEVER, of, switchMap, throwError, timer, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { constant, RequestTimeout, Retryable, TokenExpiredError } from 'nestjs-retryable';
import { adapterNames, startHttp, type AdapterName } from './support/http.js';
import { unhandled } from '../support/outcomes.js';
import { exhausted, expectNoLeak } from './support/standard-json.js';
import { outage, secret, Upstream } from './support/upstream.js';

const operation = { context: 'operation', platform: 'meta' };
let streams = 0;

@Controller()
class Streams {
  constructor(private readonly upstream: Upstream) {}

  @Sse('observable')
  @Retryable(operation)
  observable(): Observable<MessageEvent> {
    return this.upstream.call$().pipe(map((data) => ({ data })));
  }

  @Sse('promise')
  @Retryable(operation)
  async promise(): Promise<Observable<MessageEvent>> {
    return of({ data: await this.upstream.call() });
  }

  @Sse('refused')
  @Retryable(operation)
  refused(): Observable<MessageEvent> {
    return throwError(() => new TokenExpiredError('meta', { message: secret }));
  }

  @Sse('undecorated')
  undecorated(): Observable<MessageEvent> {
    return throwError(() => outage());
  }

  @Sse('undecorated-later')
  undecoratedLater(): Observable<MessageEvent> {
    return timer(20).pipe(switchMap(() => throwError(outage)));
  }

  @RequestTimeout(20)
  @Sse('limited')
  limited(): Observable<MessageEvent> {
    return NEVER;
  }

  @Sse('broken')
  @Retryable(operation)
  broken(): Observable<MessageEvent> {
    const started = defer(() => {
      streams += 1;
      return of({ data: 'first' });
    });
    return concat(started, throwError(outage));
  }
}

const start = (adapter: AdapterName, failures = Infinity, wait = 0) => {
  const options = { retry: { backoff: constant(wait) } };
  return startHttp({ controllers: [Streams], failures, options }, adapter);
};

/** Type and data of the last event. */
function lastEventOf(text: string): [string | undefined, unknown] | undefined {
  const [, type, data = ''] = /event: (.*)\n(?:.*\n)*?data: (.*)\n/.exec(text) ?? [];
  return type === undefined ? undefined : [type, JSON.parse(data)];
}

/** The waits are longer than a turn: that is when Nest sends the headers of a stream. */
const startWaiting = (adapter: AdapterName, failures = Infinity) => start(adapter, failures, 20);

describe.each(adapterNames)('a stream of events on %s', (adapter) => {
  it.each(['observable', 'promise'])('is retried until its first event: %s', async (way) => {
    const { get, upstream } = await startWaiting(adapter, 2);
    const { status, headers, text } = await get(`/${way}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/event-stream');
    expect(text).toContain('data: answer 3');
    expect(upstream.calls).toBe(3);
  });

  it.each(['observable', 'promise'])('answers JSON after its last retry: %s', async (way) => {
    const { get, upstream } = await start(adapter);
    const { status, json, text } = await get(`/${way}`);
    expect(upstream.calls).toBe(4);
    expectNoLeak(text);
    expect(status).toBe(502);
    expect(json).toEqual(exhausted());
  });

  it.each(['observable', 'promise'])(
    'ends by the JSON where it fails after its headers are sent: %s',
    async (way) => {
      const { get, upstream, lines } = await startWaiting(adapter);
      const { status, text } = await get(`/${way}`);
      expect(upstream.calls).toBe(4);
      expectNoLeak(text);
      expect([status, lastEventOf(text)]).toEqual([200, ['error', exhausted()]]);
      expect(lines.of('operation_error')).toHaveLength(1);
      expect(lines.at('error')).toHaveLength(1);
    },
  );

  it.each([
    ['refused', 401, 'TOKEN_EXPIRED'],
    ['undecorated', 502, 'PLATFORM_SERVICE_ERROR'],
  ])('answers JSON when it fails at once: %s', async (way, expected, type) => {
    const { get, lines } = await start(adapter);
    const { status, json, text } = await get(`/${way}`);
    expectNoLeak(text);
    expect(status).toBe(expected);
    expect(json).toMatchObject({ status: 'error', error: { type } });
    expect(lines.of('operation_error')).toHaveLength(1);
  });

  it.each(['undecorated-later', 'limited'])(
    'ends by the JSON where nothing is retried: %s',
    async (way) => {
      const { get, lines } = await start(adapter);
      const { status, text } = await get(`/${way}`);
      expectNoLeak(text);
      expect(status).toBe(200);
      const type = way === 'limited' ? 'TIMEOUT' : 'PLATFORM_SERVICE_ERROR';
      expect(lastEventOf(text)).toMatchObject(['error', { status: 'error', error: { type } }]);
      expect(lines.of('operation_error')).toHaveLength(1);
      expect(lines.at('error')).toHaveLength(1);
    },
  );

  it('is left to Nest where the module has no filter', async () => {
    const options = { filter: false as const };
    const { get } = await startHttp({ controllers: [Streams], options }, adapter);
    const { text } = await get('/undecorated-later');
    expect(text).toContain('data: Internal server error');
  });

  it('ends when it fails after it has begun, and is not begun again', async () => {
    const rejections = unhandled();
    streams = 0;
    const { get, lines } = await start(adapter);
    const { status, text } = await get('/broken');
    expect(status).toBe(200);
    expect(text.match(/data: first/g)).toHaveLength(1);
    expectNoLeak(text);
    expect(lastEventOf(text)).toMatchObject([
      'error',
      { error: { type: 'PLATFORM_SERVICE_ERROR', context: 'operation' } },
    ]);
    expect(streams).toBe(1);
    expect(rejections).toEqual([]);
    expect(lines.of('operation_error')).toHaveLength(1);
  });
});
