import { describe, expect, it, vi } from 'vitest';
import {
  ConnectionFailedError,
  constant,
  found,
  notFound,
  OutcomeUnknownError,
  PlatformServiceError,
  retryReport,
  RetryStrategy,
  retryWithBackoff,
  type RetryBudgetOptions,
  type RetryWithBackoffOptions,
} from '../../lib/index.js';
import { failing, failureOf, hangs, limited, rejectWith } from '../support/calls.js';
import { context } from '../support/context.js';
import { watch } from '../support/outcomes.js';
import { pass, stopTime } from '../support/time.js';

const open = () => new PlatformServiceError('meta');
const down = () => rejectWith(open());
const of = (more: RetryWithBackoffOptions = {}): RetryWithBackoffOptions => ({
  platform: 'meta',
  backoff: constant(0),
  context: 'c',
  ...more,
});

async function start(retryBudget?: RetryBudgetOptions | false) {
  const { module, lines } = await context(retryBudget === undefined ? {} : { retryBudget });
  stopTime();
  const strategy = module.get(RetryStrategy);
  /** The number of requests that so many calls make while the platform is down. */
  const requests = async (calls: number, more?: RetryWithBackoffOptions) => {
    const func = vi.fn(down);
    for (let n = 0; n < calls; n++) await failureOf(strategy.retryWithBackoff(func, of(more)));
    return func.mock.calls.length;
  };
  return { strategy, lines, requests };
}

/** A budget that nothing refills. */
const fixed = (maxTokens: number) => ({ maxTokens, tokenRatio: 0, tokensPerMinute: 0 });

describe('the retry budget', () => {
  it('is ten retries by default, after which each call fails at its first error', async () => {
    const { strategy, requests, lines } = await start();
    expect(await requests(19)).toBe(19 + 10);
    const error = await failureOf(strategy.retryWithBackoff(down, of()));
    expect(error).toBeInstanceOf(PlatformServiceError);
    expect(retryReport(error)).toMatchObject({ gaveUp: 'budget', attempts: 1, retries: 0 });
    expect(lines.of('retry_suppressed')).toHaveLength(1);
  });

  it('refills by the minute', async () => {
    const { requests } = await start();
    await requests(20);
    await pass(60_000);
    expect(await requests(5)).toBe(5 + 4);
  });

  it('never holds more than maxTokens, however long it rests', async () => {
    const { requests } = await start({ maxTokens: 3, tokensPerMinute: 60 });
    await pass(3_600_000);
    expect(await requests(5)).toBe(5 + 3);
  });

  it('refills by successes', async () => {
    const { strategy, requests } = await start({
      maxTokens: 3,
      tokenRatio: 0.5,
      tokensPerMinute: 0,
    });
    await requests(5);
    for (let n = 0; n < 4; n++) await strategy.retryWithBackoff(async () => 1, of());
    expect(await requests(5)).toBe(5 + 2);
  });

  it('loses nothing for ever by a clock that goes back', async () => {
    const { strategy, requests } = await start({
      maxTokens: 2,
      tokenRatio: 0,
      tokensPerMinute: 60,
    });
    await requests(1);
    vi.setSystemTime(Date.now() - 3_600_000);
    await pass(60_000);
    expect(await strategy.retryWithBackoff(failing([open()], 'ok'), of())).toBe('ok');
  });

  it('is one for each platform and key', async () => {
    const { requests } = await start(fixed(1));
    expect(await requests(1, { key: 'a' })).toBe(2);
    expect(await requests(1, { key: 'a', context: 'other' })).toBe(1);
    expect(await requests(1, { key: 'b' })).toBe(2);
    expect(await requests(1)).toBe(2);
    expect(await requests(1, { context: 'other' })).toBe(1);
    expect(await requests(1, { platform: 'tiktok' })).toBe(2);
    expect(await requests(1, { platform: undefined, context: 'x' })).toBe(2);
    expect(await requests(1, { platform: undefined, context: 'x' })).toBe(1);
    expect(await requests(1, { platform: undefined, context: 'y' })).toBe(2);
  });

  it('may be switched off', async () => {
    const { requests } = await start(false);
    expect(await requests(20)).toBe(80);
  });

  it('is that of an application: without one there is none', async () => {
    const func = vi.fn(down);
    for (let n = 0; n < 20; n++) await failureOf(retryWithBackoff(func, of()));
    expect(func).toHaveBeenCalledTimes(80);
  });

  it('is logged at once and then at most once a minute, with how many it stopped', async () => {
    const { requests, lines } = await start(fixed(0));
    await requests(1);
    expect(lines.of('retry_suppressed')).toHaveLength(1);
    await requests(5);
    await pass(59_000);
    expect(lines.of('retry_suppressed')).toHaveLength(1);
    await pass(1001);
    await requests(1);
    await pass(0);
    const suppressed = lines.of('retry_suppressed').map((line) => Number(line['suppressed']));
    expect(suppressed).toHaveLength(2);
    expect(suppressed.reduce((sum, count) => sum + count)).toBe(7);
  });

  it.each([
    { maxTokens: -1 },
    { maxTokens: Number.NaN },
    { tokenRatio: '1' },
    { tokensPerMinute: Infinity },
    { tokens: 1 },
    true,
    null,
    5,
  ])('is not %j, which is refused at boot', async (retryBudget) => {
    await expect(context({ retryBudget: retryBudget as never })).rejects.toThrow(
      /retryBudget|maxTokens|tokenRatio|tokensPerMinute|tokens/,
    );
  });
});

describe('a token of the budget', () => {
  it('is given back by a retry that succeeds', async () => {
    const { strategy } = await start(fixed(1));
    for (let n = 0; n < 10; n++) {
      expect(await strategy.retryWithBackoff(failing([open()], 'ok'), of())).toBe('ok');
    }
  });

  it.each<[string, Parameters<RetryStrategy['retryWithBackoff']>[0], number]>([
    ['in its wait', down, 1000],
    ['while it runs', ({ number, signal }) => (number === 1 ? down() : hangs(signal)), 0],
  ])('is given back by a retry that is cancelled %s', async (_, func, wait) => {
    const { strategy } = await start(fixed(1));
    for (let n = 0; n < 3; n++) {
      const { signal, abort } = abortable();
      const call = watch(strategy.retryWithBackoff(func, of({ signal, backoff: constant(wait) })));
      await pass(10);
      expect(call.done).toBe(false);
      abort();
      await pass(0);
    }
    expect(await strategy.retryWithBackoff(failing([open()], 'ok'), of())).toBe('ok');
  });

  it('is given back once only', async () => {
    const { strategy, requests } = await start(fixed(4));
    expect(await requests(1)).toBe(4);
    await strategy.retryWithBackoff(failing([open()], 'ok'), of());
    expect(await requests(5)).toBe(5 + 1);
  });

  it('is not needed where the platform has stated the wait', async () => {
    const { strategy } = await start(fixed(0));
    let calls = 0;
    const func = () => (++calls < 3 ? limited(1) : Promise.resolve('ok'));
    const call = watch<unknown>(strategy.retryWithBackoff(func, of()));
    await pass(5000);
    expect(call.value).toBe('ok');
  });
});

describe('nested calls and the budget', () => {
  const nested = async (
    strategy: RetryStrategy,
    outer: RetryWithBackoffOptions = {},
  ): Promise<{ requests: number; error: unknown }> => {
    const func = vi.fn(down);
    const inner = () => strategy.retryWithBackoff(func, of({ context: 'inner' }));
    const call = strategy.retryWithBackoff(inner, of({ context: 'outer', ...outer }));
    const error = await failureOf(call);
    return { requests: func.mock.calls.length, error };
  };

  it('take one token for each retry of the inner one', async () => {
    const { strategy } = await start(fixed(3));
    const { requests, error } = await nested(strategy);
    expect(requests).toBe(4);
    expect(retryReport(error)?.context).toBe('inner');
  });

  it('are not repeated by the outer one where it stopped the inner one', async () => {
    const { strategy } = await start(fixed(1));
    const { requests, error } = await nested(strategy, { platform: undefined });
    expect(requests).toBe(2);
    expect(retryReport(error)).toMatchObject({ context: 'inner', gaveUp: 'budget' });
  });

  it('are not repeated from the budget of the outer one where the inner one had none', async () => {
    const { strategy, requests } = await start(fixed(3));
    await requests(4);
    expect((await nested(strategy, { platform: undefined })).requests).toBe(1);
  });
});

describe('a write that the budget stops', () => {
  it('is judged as ever', async () => {
    const { strategy } = await start(fixed(0));
    const closed = new ConnectionFailedError({ mayHaveExecuted: false });
    const failure = (error: Error) =>
      failureOf(strategy.retryWithBackoff(failing([error], 1), of({ idempotent: false })));
    expect(await failure(closed)).toBe(closed);
    expect(await failure(open())).toBeInstanceOf(OutcomeUnknownError);
  });

  it('is looked for by its reconcile', async () => {
    const { strategy } = await start(fixed(0));
    const create = (reconcile: () => unknown) =>
      strategy.retryWithBackoff(failing<unknown>([open()], 1), of({ reconcile }));
    expect(await create(() => found('there'))).toBe('there');
    const error = await failureOf(create(() => notFound()));
    expect(error).toBeInstanceOf(PlatformServiceError);
    expect(retryReport(error)?.gaveUp).toBe('budget');
  });
});

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error('gone')) };
}
