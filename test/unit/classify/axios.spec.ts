import axios, { isCancel, type AxiosRequestConfig } from 'axios';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifyError } from '../../../lib/index.js';
import { failureOf } from '../../support/calls.js';
import { closedPort, failingLookup, startFaultyServer, type FaultyServer } from './loopback.js';
import { BROKEN, CANCELLED, REFUSED, TIMED_OUT, verdictOn, type Verdict } from './verdict.js';

let server: FaultyServer;
let refused: string;

beforeAll(async () => {
  const [started, port] = await Promise.all([startFaultyServer(), closedPort()]);
  server = started;
  refused = `http://127.0.0.1:${port}`;
});

afterAll(() => server.close());

function failed(url: string, config: AxiosRequestConfig = {}): Promise<unknown> {
  return failureOf(axios.get(url, config));
}

describe.each(['http', 'fetch'] as const)('an error of axios over %s', (adapter) => {
  it('says that nothing was sent where nobody listens', async () => {
    expect(verdictOn(await failed(refused, { adapter }))).toEqual(REFUSED);
  });

  it.each(['reset', 'closed', 'half'])(
    'leaves open what happened where the connection was %s',
    async (fault) => {
      expect(verdictOn(await failed(server.url(fault), { adapter }))).toEqual(BROKEN);
    },
  );

  it('is a time-out after its `timeout`', async () => {
    expect(verdictOn(await failed(server.url('hang'), { adapter, timeout: 5 }))).toEqual(TIMED_OUT);
  });

  it('is a cancellation where the caller aborted', async () => {
    const { signal, abort } = abortable();
    const failure = failed(server.url('hang'), { adapter, signal });
    setImmediate(abort);
    expect(isCancel(await failure)).toBe(true);
    expect(verdictOn(await failure)).toEqual(CANCELLED);
  });

  it('is a time-out where the signal was a time limit', async () => {
    const signal = AbortSignal.timeout(5);
    expect(verdictOn(await failed(server.url('hang'), { adapter, signal }))).toEqual(TIMED_OUT);
  });

  const upstream: readonly (readonly [number, Verdict])[] = [
    [400, ['VALIDATION_ERROR', 'final', 'not executed']],
    [401, ['TOKEN_INVALID', 'final', 'not executed']],
    [403, ['PERMISSION_DENIED', 'final', 'not executed']],
    [404, ['VALIDATION_ERROR', 'final', 'not executed']],
    [408, ['PLATFORM_TIMEOUT', 'again', 'may have executed']],
    [409, ['AD_PLATFORM_ERROR', 'final', 'not executed']],
    [418, ['AD_PLATFORM_ERROR', 'final', 'not executed']],
    [429, ['API_RATE_LIMIT', 'again', 'not executed']],
    [500, ['PLATFORM_SERVICE_ERROR', 'again', 'may have executed']],
    [503, ['PLATFORM_SERVICE_ERROR', 'again', 'may have executed']],
  ];

  it.each(upstream)(
    'of the status %i says what a platform means by it',
    async (status, verdict) => {
      const error = await failed(server.url(String(status)), { adapter });
      expect(verdictOn(error, { platform: 'meta' })).toEqual(verdict);
      expect(classifyError(error, { platform: 'meta' })).toMatchObject({
        retryAfter: 7,
        cause: error,
        message: `Request failed with status code ${status}`,
      });
    },
  );

  it('of a 5xx keeps its status for the response', async () => {
    const error = await failed(server.url('503'), { adapter });
    expect(classifyError(error, { platform: 'meta' })?.details).toEqual({ status_code: 503 });
  });
});

describe('an error of axios', () => {
  it('is a time-out under either of the two codes that it has for one', async () => {
    const codes = [];
    for (const clarifyTimeoutError of [false, true]) {
      const transitional = { clarifyTimeoutError };
      const error = await failed(server.url('hang'), { timeout: 5, transitional });
      expect(verdictOn(error)).toEqual(TIMED_OUT);
      codes.push((error as { code?: string }).code);
    }
    expect(codes).toEqual(['ECONNABORTED', 'ETIMEDOUT']);
  });

  it.each(['ENOTFOUND', 'EAI_AGAIN'] as const)('says that nothing was sent: %s', async (code) => {
    const lookup = failingLookup(code) as unknown as NonNullable<AxiosRequestConfig['lookup']>;
    expect(verdictOn(await failed('http://nowhere.test', { lookup }))).toEqual(REFUSED);
  });

  it('about an answer that is too long is not recognised: the next one will be as long', async () => {
    const error = await failed(server.url('200'), { maxContentLength: 1 });
    expect(verdictOn(error)).toBeUndefined();
  });
});

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
