import { Controller, Get, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import type { Observable } from 'rxjs';
import { constant, Retryable } from 'nestjs-retryable';
import { adapterNames, startHttp } from './support/http.js';
import { exhausted, expectNoLeak, unknown } from './support/standard-json.js';
import { Adapter, secret, Upstream } from './support/upstream.js';

const operation = { context: 'operation', platform: 'meta' };

@Controller()
class Routes {
  constructor(
    private readonly upstream: Upstream,
    private readonly adapter: Adapter,
  ) {}

  @Retryable(operation)
  @Get('promise-above')
  promiseAbove(): Promise<string> {
    return this.upstream.call();
  }

  @Get('promise-below')
  @Retryable(operation)
  promiseBelow(): Promise<string> {
    return this.upstream.call();
  }

  @Get('observable')
  @Retryable(operation)
  observable(): Observable<string> {
    return this.upstream.call$();
  }

  @Get('service')
  service(): Promise<string> {
    return this.adapter.call();
  }

  @Get('bug')
  bug(): never {
    throw new TypeError(secret);
  }

  @Get('missing')
  missing(): never {
    throw new NotFoundException('no such campaign');
  }
}

const ways = ['promise-above', 'promise-below', 'observable', 'service'];

describe.each(adapterNames)('a route on %s', (adapter) => {
  it.each(ways)('recovers when the upstream does: %s', async (way) => {
    const { get, upstream } = await startHttp({ controllers: [Routes], failures: 2 }, adapter);
    expect(await get(`/${way}`)).toMatchObject({ status: 200, text: 'answer 3' });
    expect(upstream.calls).toBe(3);
  });

  it.each(ways)('answers the standard JSON when it does not: %s', async (way) => {
    const { get, upstream, lines } = await startHttp({ controllers: [Routes] }, adapter);
    const { status, json, text, headers } = await get(`/${way}`);
    expect(status).toBe(502);
    expect(json).toEqual(exhausted());
    expect(headers.get('cache-control')).toBe('no-store');
    expectNoLeak(text);
    expect(upstream.calls).toBe(4);
    expect(lines.of('operation_error')).toHaveLength(1);
    expect(lines.at('error')).toHaveLength(1);
  });

  it('answers a mistake of ours in the same shape', async () => {
    const { get } = await startHttp({ controllers: [Routes] }, adapter);
    const { status, json, text } = await get('/bug');
    expect(status).toBe(500);
    expect(json).toEqual(unknown());
    expectNoLeak(text);
  });

  it.each(['/missing', '/no-such-route'])('and what is not there: %s', async (path) => {
    const { get } = await startHttp({ controllers: [Routes] }, adapter);
    const { status, json } = await get(path);
    expect(status).toBe(404);
    expect(json).toMatchObject({
      status: 'error',
      error: { type: 'NOT_FOUND', code: '5000' },
      retry_allowed: false,
    });
  });

  it('begins no wait that could not end within the limit of its request', async () => {
    const options = { requestTimeout: 100, retry: { backoff: constant(300), maxRetries: 1 } };
    const { get, upstream } = await startHttp({ controllers: [Routes], options }, adapter);
    expect((await get('/service')).status).toBeGreaterThanOrEqual(500);
    expect(upstream.calls).toBe(1);
  });
});
