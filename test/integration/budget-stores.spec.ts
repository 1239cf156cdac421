import { describe, expect, it, vi } from 'vitest';
import {
  PlatformServiceError,
  type RetryBudgetOptions,
  type RetryBudgetStore,
  type TokenAnswer,
} from '../../lib/index.js';
import { of, startAccounts } from '../support/accounts.js';
import { failing, never, rejectWith } from '../support/calls.js';
import { unhandled, watch } from '../support/outcomes.js';
import { later, pass } from '../support/time.js';

const outage = () => new PlatformServiceError('meta');
const taken: TokenAnswer = { isTaken: true, tokens: 5 };
const none: TokenAnswer = { isTaken: false, tokens: 0.5 };

/** An application whose tokens are in that store. */
async function start(take: () => unknown, retryBudget: RetryBudgetOptions = {}) {
  const store = { take: vi.fn(take) as never as RetryBudgetStore['take'], add: vi.fn() };
  const stores = { retryBudget: store };
  const { call, lines, module } = await startAccounts({ retryBudget, stores });
  return {
    store,
    lines,
    module,
    call: (func: () => Promise<unknown>, more = {}) => watch(call(func, of('a', more))),
  };
}

describe('a store of retry budgets', () => {
  it('is asked for the token of each retry, and the retry waits for its answer', async () => {
    const { call, store } = await start(() => later(20, taken));
    const func = vi.fn(failing([outage()], 'ok'));
    const outcome = call(func);
    await pass(19);
    expect(func).toHaveBeenCalledTimes(1);
    await pass(1);
    expect(outcome.value).toBe('ok');
    expect(store.take).toHaveBeenCalledWith('meta:a', { maxTokens: 10, tokensPerMinute: 4 });
  });

  it('may have no token left', async () => {
    const { call, lines } = await start(async () => none);
    const error = outage();
    const outcome = call(() => rejectWith(error));
    await pass(0);
    expect(outcome.error).toBe(error);
    expect(lines.of('operation_error')).toMatchObject([{ gave_up: 'budget' }]);
    expect(lines.of('retry_suppressed')).toHaveLength(1);
  });

  it('is not asked by calls that succeed or are not retried', async () => {
    const { call, store } = await start(async () => taken);
    call(async () => 'ok');
    call(() => rejectWith(outage()), { maxRetries: 0 });
    await pass(0);
    expect(store.take).not.toHaveBeenCalled();
    expect(store.add).not.toHaveBeenCalled();
  });

  it('gets tokens for what succeeds while its bucket is not full', async () => {
    const { call, store } = await start(async () => taken);
    call(failing([outage()], 'ok'));
    await pass(0);
    const amounts = () => store.add.mock.calls.map(([, tokens]) => tokens as number);
    expect(amounts()).toEqual([0.1, 1]);
    call(async () => 'ok');
    await pass(0);
    expect(amounts()).toEqual([0.1, 1, 0.1]);
  });

  it.each<[string, () => unknown, told: number]>([
    ['rejects', () => Promise.reject(new Error('redis')), 3],
    [
      'throws',
      () => {
        throw new Error('redis');
      },
      3,
    ],
    ['does not know', async () => undefined, 0],
    ['answers nonsense', async () => 'yes', 0],
  ])('that %s leaves it to the bucket of the process', async (_, take, told) => {
    const reasons = unhandled();
    const { call, lines } = await start(take, { maxTokens: 2, tokenRatio: 0, tokensPerMinute: 0 });
    const func = vi.fn(() => rejectWith(outage()));
    const outcome = call(func);
    await pass(0);
    expect(func).toHaveBeenCalledTimes(3);
    expect(outcome.error).toBeInstanceOf(PlatformServiceError);
    expect(lines.of('retry_callback_failed')).toHaveLength(told);
    expect(reasons).toEqual([]);
  });

  it('that hangs is not waited for longer than a second', async () => {
    const { call } = await start(never);
    const outcome = call(failing([outage()], 'ok'));
    await pass(999);
    expect(outcome.done).toBe(false);
    await pass(1);
    expect(outcome.value).toBe('ok');
  });

  it('gets a token back that comes too late', async () => {
    const { call, store } = await start(() => later(2000, taken));
    call(failing([outage()], 'ok'));
    await pass(1000);
    store.add.mockClear();
    await pass(1000);
    expect(store.add.mock.calls.map(([, tokens]) => tokens as number)).toEqual([1]);
  });

  it('leaves a call to be cancelled that waits for its answer', async () => {
    const { call } = await start(() => later(500, taken));
    const controller = new AbortController();
    const func = vi.fn(() => rejectWith(outage()));
    const outcome = call(func, { signal: controller.signal });
    await pass(100);
    const reason = new Error('gone');
    controller.abort(reason);
    await pass(0);
    expect(outcome.error).toBe(reason);
    await pass(10_000);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('leaves a call its totalTimeout', async () => {
    const { call } = await start(never);
    const func = vi.fn(() => rejectWith(outage()));
    const outcome = call(func, { totalTimeout: 300 });
    await pass(300);
    expect(outcome.error).toBeInstanceOf(PlatformServiceError);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('holds up no end of the application', async () => {
    const { call, module } = await start(never);
    const outcome = call(() => rejectWith(outage()));
    await pass(10);
    const closing = module.close();
    await pass(0);
    expect(outcome.error).toMatchObject({ type: 'SERVICE_UNAVAILABLE' });
    await pass(10_000);
    await closing;
  });
});
