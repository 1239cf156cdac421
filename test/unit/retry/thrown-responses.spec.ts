import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defer, firstValueFrom, Subject, throwError } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { constant, Retryable, retryWithBackoff, retryWithBackoff$ } from '../../../lib/index.js';
import { failureOf, rejectWith, turnEnd } from '../../support/calls.js';
import { moment, stopTime } from '../../support/time.js';

const META = { platform: 'meta', backoff: constant(0), maxRetries: 1 };
const LIMITED = JSON.stringify({ error: { code: 613, message: 'x', type: 'OAuthException' } });
const DENIED = JSON.stringify({ error: { code: 10, message: 'x', type: 'OAuthException' } });

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What an application without a client of its own does. */
async function ask(url: string, signal?: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { signal: signal ?? null });
  if (!response.ok) throw response;
  return response.json();
}

describe('a Response that was thrown', () => {
  it('is understood by its body', async () => {
    const bodies = [LIMITED, DENIED];
    const listener = vi.fn<RequestListener>((_, response) => {
      response.writeHead(400).end(bodies.shift());
    });
    const url = await serve(listener);
    const error = await failureOf(retryWithBackoff(() => ask(url), META));
    expect(error).toMatchObject({ type: 'PERMISSION_DENIED', details: { platform_code: '10' } });
    expect(listener).toHaveBeenCalledTimes(2);
  });

  it('is understood in an Observable too', async () => {
    const url = await serve((_, response) => response.writeHead(400).end(DENIED));
    const source = defer(() => ask(url)).pipe(retryWithBackoff$(META));
    expect(await failureOf(firstValueFrom(source))).toMatchObject({ type: 'PERMISSION_DENIED' });
  });

  it('is understood where it is the response of an error, or of its cause', async () => {
    const url = await serve((_, response) => response.writeHead(400).end(DENIED));
    const asKy = async () => {
      throw Object.assign(new Error('HTTPError'), { response: await fetch(url) });
    };
    const wrapped = () =>
      asKy().catch((cause: unknown) => Promise.reject(new Error('x', { cause })));
    for (const call of [asKy, wrapped]) {
      expect(await failureOf(retryWithBackoff(call, META))).toMatchObject({
        type: 'PERMISSION_DENIED',
      });
    }
  });

  it('is understood in an async iterable too', async () => {
    const url = await serve((_, response) => response.writeHead(400).end(DENIED));
    class Campaigns {
      @Retryable(META)
      async *list() {
        yield await ask(url);
      }
    }
    expect(await failureOf(new Campaigns().list().next())).toMatchObject({
      type: 'PERMISSION_DENIED',
    });
  });

  it('may begin with a byte order mark', async () => {
    const url = await serve((_, response) => response.writeHead(400).end(`\uFEFF${DENIED}`));
    const error = await failureOf(retryWithBackoff(() => ask(url), META));
    expect(error).toMatchObject({ type: 'PERMISSION_DENIED' });
  });

  it('can still be read by others', async () => {
    const url = await serve((_, response) => response.writeHead(400).end(DENIED));
    const error = await failureOf(retryWithBackoff(() => ask(url), META));
    expect(await ((error as Error).cause as Response).text()).toBe(DENIED);
  });

  it('is what its status says where there is no platform to understand', async () => {
    const url = await serve((_, response) => response.writeHead(400).end(LIMITED));
    const { backoff } = META;
    const error = await failureOf(retryWithBackoff(() => ask(url), { backoff }));
    expect(error).toMatchObject({ type: 'VALIDATION_ERROR' });
  });

  it('is what its status says where the body breaks off or was read before', async () => {
    const broken = await serve((_, response) => {
      response.writeHead(503, { 'content-length': '99' }).write('{', () => response.destroy());
    });
    const error = await failureOf(retryWithBackoff(() => ask(broken), META));
    expect(error).toMatchObject({ type: 'PLATFORM_SERVICE_ERROR' });
    const url = await serve((_, response) => response.writeHead(400).end(LIMITED));
    const readBefore = async () => {
      const response = await fetch(url);
      await response.text();
      throw response;
    };
    expect(await failureOf(retryWithBackoff(readBefore, META))).toMatchObject({
      type: 'VALIDATION_ERROR',
    });
  });

  it('is read for half of the time that is left, and then is what its status says', async () => {
    stopTime();
    const headersSent = moment();
    const url = await serve((_, response) => {
      response.writeHead(400).write('{', () => headersSent.reach());
    });
    const response = moment();
    const call = retryWithBackoff(
      async ({ signal }) => {
        const answer = await fetch(url, { signal });
        response.reach();
        throw answer;
      },
      { ...META, maxRetries: 0, timeout: 1000 },
    );
    const failure = failureOf(call);
    await Promise.all([headersSent.reached, response.reached]);
    await turnEnd();
    vi.advanceTimersByTime(500);
    expect(await failure).toMatchObject({ type: 'VALIDATION_ERROR' });
  });

  it('of an attempt that has reached its limit does not end the stream of the next', async () => {
    stopTime();
    let attempts = 0;
    const items = new Subject<number>();
    const late = moment();
    const reader = { read: () => late.reached.then(() => ({})), cancel: () => Promise.resolve() };
    const body = { getReader: () => reader };
    const stubborn = { status: 400, headers: {}, bodyUsed: false, body, clone: () => ({ body }) };
    const source = defer(() => (++attempts === 1 ? throwError(() => stubborn) : items));
    const seen: unknown[] = [];
    source.pipe(retryWithBackoff$({ ...META, timeout: 1000 })).subscribe({
      next: (item) => seen.push(item),
      error: () => seen.push('ended'),
    });
    vi.advanceTimersByTime(1000);
    await turnEnd();
    items.next(1);
    late.reach();
    await turnEnd();
    items.next(2);
    expect([attempts, seen]).toEqual([2, [1, 2]]);
  });

  it('that nobody would understand is not read', async () => {
    const stalled = new Response(new ReadableStream({}), { status: 400 });
    const clone = vi.spyOn(stalled, 'clone');
    const call = retryWithBackoff(() => rejectWith(stalled), { ...META, platform: 'ledger' });
    expect(await failureOf(call)).toMatchObject({ type: 'VALIDATION_ERROR' });
    expect(clone).not.toHaveBeenCalled();
  });

  it('is read in part where it is endless', async () => {
    const url = await serve((_, response) => {
      response.writeHead(503);
      const fill = () => {
        while (!response.destroyed && response.write('x'.repeat(2 ** 16)));
      };
      response.on('drain', fill);
      fill();
    });
    const error = await failureOf(retryWithBackoff(() => ask(url), { ...META, maxRetries: 0 }));
    expect(error).toMatchObject({ type: 'PLATFORM_SERVICE_ERROR' });
  });
});
