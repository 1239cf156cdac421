import { Controller, Sse, type CallHandler, type MessageEvent, type Type } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { catchError, map, switchMap, throwError, timer, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { constant, ErrorResponseFilter } from 'nestjs-retryable';
import { adapterNames, startHttp } from './support/http.js';
import { expectNoLeak } from './support/standard-json.js';
import { secret, Upstream } from './support/upstream.js';

/** A class of its own for each test: one that an application has had before is no proof. */
function controller(): Type<object> {
  @Controller()
  class Streams {
    constructor(private readonly upstream: Upstream) {}

    // Nest has sent the headers by then.
    @Sse('late')
    late(): Observable<MessageEvent> {
      return timer(5).pipe(
        switchMap(() => this.upstream.call()),
        map((data) => ({ data })),
      );
    }

    @Sse('bug')
    bug(): Observable<MessageEvent> {
      return timer(5).pipe(switchMap(() => throwError(() => new TypeError(secret))));
    }
  }
  return Streams;
}

/** Type and data of the only event. */
function eventOf(text: string): unknown[] {
  const type = /^event: (.*)$/m.exec(text)?.[1];
  const data = /^data: (.*)$/m.exec(text)?.[1] ?? '';
  return [type, data.startsWith('{') ? (JSON.parse(data) as unknown) : data];
}

const json = (type: string, context: string) => [
  'error',
  expect.objectContaining({
    status: 'error',
    error: expect.objectContaining({ type, context }) as object,
  }) as object,
];
const outageOf = (path: string) => json('PLATFORM_SERVICE_ERROR', `GET /${path}`);

describe.each(adapterNames)('a stream of events that fails after its headers on %s', (adapter) => {
  it('ends by the JSON in the first application that has its controller', async () => {
    const { get, lines } = await startHttp({ controllers: [controller()] }, adapter);
    const { status, text } = await get('/late');
    expect([status, eventOf(text)]).toEqual([200, outageOf('late')]);
    expectNoLeak(text);
    expect(lines.at('error')).toMatchObject([{ msg: 'operation_error', context: 'GET /late' }]);
  });

  it('is no item to the interceptors of the application, but a failure', async () => {
    const seen: unknown[] = [];
    const envelope = {
      intercept: (_: unknown, next: CallHandler<MessageEvent>) =>
        next.handle().pipe(
          map(({ data }) => ({ data: { wrapped: data } })),
          catchError((error: unknown) => {
            seen.push(error);
            return throwError(() => error);
          }),
        ),
    };
    const providers = [{ provide: APP_INTERCEPTOR, useValue: envelope }];
    const { get } = await startHttp({ controllers: [controller()], providers }, adapter);
    expect(eventOf((await get('/late')).text)).toEqual(outageOf('late'));
    expect(seen).toMatchObject([{ type: 'PLATFORM_SERVICE_ERROR' }]);
  });

  it('is retried where every handler is', async () => {
    const options = { interceptor: true, retry: { backoff: constant(1) } };
    const parts = { controllers: [controller()], options, failures: 2 };
    const { get, upstream, lines } = await startHttp(parts, adapter);
    expect((await get('/late')).text).toContain('data: answer 3');
    expect(upstream.calls).toBe(3);
    expect(lines.of('operation_error')).toEqual([]);
  });

  it('is left to Nest where the filter is for other errors', async () => {
    const options = { filter: 'service-errors' as const };
    const { get } = await startHttp({ controllers: [controller()], options }, adapter);
    expect(eventOf((await get('/bug')).text)).toEqual(['error', 'Internal server error']);
    expect(eventOf((await get('/late')).text)).toEqual(outageOf('late'));
  });

  it('is answered by the filter where the application has registered that itself', async () => {
    const providers = [{ provide: APP_FILTER, useExisting: ErrorResponseFilter }];
    const parts = { controllers: [controller()], providers, options: { filter: false as const } };
    const { get } = await startHttp(parts, adapter);
    expect(eventOf((await get('/bug')).text)).toEqual(json('UNKNOWN_ERROR', 'GET /bug'));
  });

  it('is answered by each of two applications that share a controller in its own way', async () => {
    const controllers = [controller()];
    const mine = await startHttp({ controllers, options: { errors: { locale: 'en' } } }, adapter);
    const other = await startHttp({ controllers, options: { filter: false } }, adapter);
    const nests = ['error', 'Internal server error'];
    expect((await mine.get('/late')).text).toContain('The ad platform has a fault');
    expect(eventOf((await other.get('/late')).text)).toEqual(nests);
    await mine.nest.close();
    expect(eventOf((await other.get('/late')).text)).toEqual(nests);
  });
});
