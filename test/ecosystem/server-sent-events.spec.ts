import { Controller, Sse, type MessageEvent } from '@nestjs/common';
import { concat, defer, map, of, throwError, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { constant, Retryable, TokenExpiredError } from 'nestjs-retryable';
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
    'tells nothing of the upstream where it fails after long waits: %s',
    async (way) => {
      const { get, upstream, lines } = await startWaiting(adapter);
      const { text } = await get(`/${way}`);
      expect(upstream.calls).toBe(4);
      expectNoLeak(text);
      expect(lines.of('operation_error')).toHaveLength(1);
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

  it('ends when it fails after it has begun, and is not begun again', async () => {
    const rejections = unhandled();
    streams = 0;
    const { get, lines } = await start(adapter);
    const { status, text } = await get('/broken');
    expect(status).toBe(200);
    expect(text.match(/data: first/g)).toHaveLength(1);
    expectNoLeak(text);
    expect(streams).toBe(1);
    expect(rejections).toEqual([]);
    expect(lines.of('operation_error')).toHaveLength(1);
  });
});
