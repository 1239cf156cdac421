import { firstValueFrom, from, of } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import {
  constant,
  retryReport,
  Retryable,
  retryWithBackoff,
  retryWithBackoff$,
  ServiceError,
  type RetryWithBackoffOptions,
} from '../../../lib/index.js';
import { failureOf } from '../../support/calls.js';

const LIMITED = { code: 40100, message: 'App reaches the QPS limit 20', request_id: '2026' };
const DENIED = { code: 40001, message: 'No permission', request_id: '2026', data: {} };
const DONE = { code: 0, message: 'OK', request_id: '2026', data: { campaign_id: '7' } };
const TOOL_FAILED = { isError: true, content: [{ type: 'text', text: 'it broke' }] };
const PARTIAL = {
  partial_failure_error: { errors: [{ error_code: { policy_finding_error: 2 } }] },
  results: [],
};
const BLOCKED = { promptFeedback: { blockReason: 'SAFETY' } };

/** What a call that gets these results in turn ends with, and how often it was made. */
async function ending(results: readonly unknown[], options: RetryWithBackoffOptions) {
  let calls = 0;
  const call = retryWithBackoff(async () => results[Math.min(calls++, results.length - 1)], {
    backoff: constant(0),
    ...options,
  });
  const end = await call.catch((error: unknown) => error);
  return { end, calls };
}

describe('a result that says that the call failed', () => {
  it('is retried like the error that it is', async () => {
    const { end, calls } = await ending([LIMITED, LIMITED, DONE], { platform: 'tiktok' });
    expect(end).toBe(DONE);
    expect(calls).toBe(3);
  });

  it('is in the end the error, with the result as its cause', async () => {
    const { end, calls } = await ending([DENIED], { platform: 'tiktok' });
    expect(end).toMatchObject({ type: 'PERMISSION_DENIED', platform: 'tiktok', cause: DENIED });
    expect(calls).toBe(1);
    expect(retryReport(end)?.gaveUp).toBe('not-retryable');
  });

  it('may be the response of an HTTP client', async () => {
    const response = { status: 200, headers: {}, data: DENIED };
    const { end } = await ending([response], { platform: 'tiktok' });
    expect(end).toMatchObject({ type: 'PERMISSION_DENIED', cause: response });
  });

  it('is a tool of MCP that failed', async () => {
    const { end } = await ending([TOOL_FAILED], { platform: 'mcp' });
    expect(end).toMatchObject({
      type: 'MCP_TOOL_ERROR',
      message: 'it broke',
      mayHaveExecuted: true,
    });
  });

  it('is one of a decorated method too, and of an Observable', async () => {
    const results = vi.fn(() => (results.mock.calls.length < 3 ? LIMITED : DONE));
    class Tiktok {
      @Retryable({ platform: 'tiktok', backoff: constant(0) })
      async create() {
        return results();
      }
      @Retryable({ platform: 'tiktok', backoff: constant(0) })
      create$() {
        return from([results(), DENIED]);
      }
    }
    expect(await new Tiktok().create()).toBe(DONE);
    results.mockClear();
    expect(await firstValueFrom(new Tiktok().create$())).toBe(DONE);
    expect(results).toHaveBeenCalledTimes(3);
  });

  it('is looked for in the first item of a stream: later ones have begun to be served', async () => {
    const seen: unknown[] = [];
    const source = of(DONE, DENIED).pipe(retryWithBackoff$({ platform: 'tiktok' }));
    source.subscribe((item) => seen.push(item));
    expect(seen).toEqual([DONE, DENIED]);
    const failing = of(DENIED, DONE).pipe(retryWithBackoff$({ platform: 'tiktok' }));
    expect(await failureOf(firstValueFrom(failing))).toBeInstanceOf(ServiceError);
  });
});

describe('a quota of a day', () => {
  const daily = { code: 40133, message: 'QPD limit reached', request_id: 'r', data: {} };

  it.each([undefined, ['API_RATE_LIMIT' as const], () => true])(
    'is not tried again, whatever is to be retried',
    async (retryOn) => {
      const { end, calls } = await ending([daily], { platform: 'tiktok', retryOn });
      expect(end).toMatchObject({ type: 'API_RATE_LIMIT', retryable: false });
      expect(calls).toBe(1);
    },
  );
});

describe('a result that is none', () => {
  it.each([
    DONE,
    { code: 40001, message: 'of the application itself' },
    { code: 40001, request_id: '2026' },
    { code: 200, message: 'OK', request_id: '2026' },
    { code: 90210, message: 'Beverly Hills', request_id: '2026' },
    { data: DENIED },
    [DENIED],
    JSON.stringify(DENIED),
    TOOL_FAILED,
    undefined,
    null,
    0,
    '',
  ])('of TikTok is left alone: %j', async (result) => {
    expect(await ending([result], { platform: 'tiktok' })).toEqual({ end: result, calls: 1 });
  });

  it.each([
    { content: [] },
    { isError: true },
    { isError: 1, content: [] },
    { isError: false, content: [] },
    DENIED,
  ])('of MCP is left alone: %j', async (result) => {
    expect(await ending([result], { platform: 'mcp' })).toEqual({ end: result, calls: 1 });
  });

  it('of a platform that reports failures otherwise is not looked at', async () => {
    const untouchable = new Proxy({}, { get: (_, key) => (key === 'then' ? undefined : refuse()) });
    for (const platform of ['meta', 'google', 'gemini', 'erp', undefined]) {
      expect((await ending([untouchable], { platform })).end).toBe(untouchable);
    }
  });

  it('may be anything: reading it never fails', async () => {
    const hostile = new Proxy({}, { get: (_, key) => (key === 'then' ? undefined : refuse()) });
    for (const platform of ['tiktok', 'mcp']) {
      expect((await ending([hostile], { platform })).end).toBe(hostile);
    }
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    const result = { isError: true, content: proxy };
    expect((await ending([result], { platform: 'mcp' })).end).toBe(result);
  });
});

describe('resultErrors', () => {
  it.each(['tiktok', 'mcp'])('false leaves the results of %s alone', async (platform) => {
    const result = platform === 'tiktok' ? DENIED : TOOL_FAILED;
    expect((await ending([result], { platform, resultErrors: false })).end).toBe(result);
  });

  it.each([
    ['google', PARTIAL, 'CREATIVE_REJECTED'],
    ['gemini', BLOCKED, 'AI_MODEL_FAILED'],
    ['meta', { error: { code: 190, message: 'x', type: 'OAuthException' } }, 'TOKEN_INVALID'],
    ['meta', { _data: { error: { code: 100, message: 'x' } } }, 'VALIDATION_ERROR'],
  ])('true looks at the results of %s too', async (platform, result, type) => {
    expect((await ending([result], { platform })).end).toBe(result);
    const { end } = await ending([result], { platform, resultErrors: true });
    expect(end).toMatchObject({ type, cause: result });
    const fine = { results: [{ resourceName: 'customers/1' }] };
    expect((await ending([fine], { platform, resultErrors: true })).end).toBe(fine);
  });

  it('true does not touch what a result gives only when it is asked', async () => {
    const data = vi.fn();
    const answer = Object.defineProperty({ text: 'x' }, 'data', { get: data });
    await ending([answer], { platform: 'gemini', resultErrors: true });
    expect(data).not.toHaveBeenCalled();
  });

  it('true means nothing without a platform that is known', async () => {
    expect((await ending([DENIED], { resultErrors: true })).end).toBe(DENIED);
    expect((await ending([DENIED], { platform: 'erp', resultErrors: true })).end).toBe(DENIED);
  });

  it('is merged like every option: the method over the class', async () => {
    @Retryable({ platform: 'tiktok', resultErrors: false })
    class Tiktok {
      async raw() {
        return DENIED;
      }
      @Retryable({ resultErrors: true })
      async create() {
        return DENIED;
      }
    }
    expect(await new Tiktok().raw()).toBe(DENIED);
    expect(await failureOf(new Tiktok().create())).toBeInstanceOf(ServiceError);
  });
});

function refuse(): never {
  throw new Error('hostile');
}
