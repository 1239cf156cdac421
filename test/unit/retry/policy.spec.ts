import { noop } from 'cockatiel';
import { describe, expect, it } from 'vitest';
import { constant, exponential, RateLimitError, retryWithBackoff } from '../../../lib/index.js';
import { mergePolicy, worstCaseMs } from '../../../lib/retry/policy.js';
import { RetryRuntime } from '../../../lib/retry/retry-runtime.js';
import { DEFAULTS } from '../../../lib/retry/retry-options.js';
import { failing, failureOf } from '../../support/calls.js';

const identity = (platform?: string) => ({ context: 'Service.method', platform });

describe('the merged policy', () => {
  it('has the defaults where nothing is said', () => {
    expect(new RetryRuntime().policyFor(identity())).toMatchObject({
      ...DEFAULTS,
      context: 'Service.method',
      operation: 'default',
      timeout: 30_000,
      totalTimeout: Infinity,
    });
  });

  it('puts module over defaults, platform over module, class over platform, method over class', () => {
    const runtime = new RetryRuntime({
      retry: { maxRetries: 1, maxRetryAfter: 1, totalTimeout: 1, jitter: 'full' },
      platforms: { meta: { maxRetries: 2, maxRetryAfter: 2, totalTimeout: 2 } },
    });
    const policy = runtime.policyFor(
      identity('meta'),
      { maxRetries: 3, maxRetryAfter: 3 },
      { maxRetries: 4 },
    );
    expect(policy).toMatchObject({
      maxRetries: 4,
      maxRetryAfter: 3,
      totalTimeout: 2,
      jitter: 'full',
    });
    expect(runtime.policyFor(identity('tiktok')).maxRetries).toBe(1);
  });

  it('takes undefined for "not given"', () => {
    const policy = mergePolicy(
      [{ maxRetries: 1 }, { maxRetries: undefined, timeout: undefined }],
      identity(),
      () => 5,
    );
    expect(policy).toMatchObject({ maxRetries: 1, timeout: 5 });
  });

  it('is left as it was by a later layer that says nothing', () => {
    const said = {
      context: 'said',
      operation: 'reporting',
      maxRetries: 1,
      backoff: constant(1),
      jitter: 'full',
      timeout: 1,
      totalTimeout: 2,
      maxRetryAfter: 3,
      retryOn: () => true,
      idempotent: false,
      through: noop,
      cooldown: false,
    } as const;
    const silent = Object.fromEntries(Object.keys(said).map((name) => [name, undefined]));
    const runtime = new RetryRuntime();
    expect(runtime.policyFor(identity(), said, silent)).toMatchObject(said);
  });

  it.each([
    ['meta', undefined, 'api_call', 100],
    ['mcp', undefined, 'mcp_call', 200],
    ['gemini', undefined, 'ai_generation', 300],
    [undefined, undefined, 'default', 400],
    ['meta', 'reporting', 'reporting', 500],
    ['meta', 'unheard_of', 'unheard_of', 400],
    ['meta', 'toString', 'toString', 400],
  ])('picks the limit of platform %s and operation %s', (platform, operation, picked, timeout) => {
    const runtime = new RetryRuntime({
      timeouts: { api_call: 100, mcp_call: 200, ai_generation: 300, default: 400, reporting: 500 },
    });
    const policy = runtime.policyFor(identity(platform), { operation });
    expect(policy).toMatchObject({ operation: picked, timeout });
  });

  it('lets a limit of its own win over that of the operation', () => {
    const policy = new RetryRuntime().policyFor(identity('meta'), { timeout: 5 });
    expect(policy.timeout).toBe(5);
  });

  it('cannot be changed by a callback', () => {
    expect(Object.isFrozen(new RetryRuntime().policyFor(identity()))).toBe(true);
  });

  it('knows the worst case: four attempts of 30 s and 7 s of waits', () => {
    const error = new RateLimitError();
    const runtime = new RetryRuntime();
    expect(worstCaseMs(runtime.policyFor(identity()), error)).toBe(127_000);
    expect(worstCaseMs(runtime.policyFor(identity(), { totalTimeout: 20_000 }), error)).toBe(
      20_000,
    );
  });
});

describe('a wrong option', () => {
  it.each([
    [{ maxRetries: -1 }, 'Expected `maxRetries` to be a non-negative integer, got -1'],
    [{ maxRetries: 1.5 }, 'Expected `maxRetries` to be a non-negative integer, got 1.5'],
    [{ maxRetries: null }, 'Expected `maxRetries` to be a non-negative integer, got null'],
    [
      { timeout: 0 },
      'Expected `timeout` to be a number of milliseconds from 1 to 2147483647, got 0',
    ],
    [
      { timeout: '30s' },
      "Expected `timeout` to be a number of milliseconds from 1 to 2147483647, got '30s'",
    ],
    [
      { totalTimeout: Infinity },
      'Expected `totalTimeout` to be a number of milliseconds from 1 to 2147483647, got Infinity',
    ],
    [
      { maxRetryAfter: -5 },
      'Expected `maxRetryAfter` to be a number of milliseconds from 0 to 2147483647, got -5',
    ],
    [
      { backoff: 1000 },
      'Expected `backoff` to be exponential(…), constant(ms) or a function of the retry and its error, got 1000',
    ],
    [{ jitter: 'some' }, "Expected `jitter` to be 'none', 'full', 'equal', got 'some'"],
    [
      { retryOn: 'API_RATE_LIMIT' },
      'Expected `retryOn` to be a list of error types and error classes, or a function of the error',
    ],
    [
      { retryOn: ['API_RATE_LIMIT', () => true] },
      'Expected `retryOn` to be a list of error types and error classes, or a function of the error',
    ],
    [
      { retryOn: ['A', 1, ['B'], 2, 3, 4] },
      "got a list of 'A', 1, a list, 2, 3, … (in retryWithBackoff)",
    ],
    [{ retryOn: [5] }, 'got a list of 5 (in retryWithBackoff)'],
    [{ backoff: [] }, 'got a list of nothing (in retryWithBackoff)'],
    [{ retryOn: [{ prototype: {} }] }, 'Expected `retryOn` to be a list of error types'],
    [{ context: '' }, "Expected `context` to be a non-empty string, got ''"],
    [{ platform: 5 }, 'Expected `platform` to be a non-empty string, got 5'],
    [{ signal: {} }, 'Expected `signal` to be an AbortSignal or a function, got an object'],
    [{ retries: 3 }, 'Unknown option `retries` (in retryWithBackoff). Known are: maxRetries,'],
  ])('%o is refused in one sentence before anything is called', async (options, sentence) => {
    const func = failing([], 'done');
    const error = await failureOf(retryWithBackoff(func, options as object));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(sentence);
    expect(func).not.toHaveBeenCalled();
  });

  it('is not a list of classes in retryOn', async () => {
    class Flaky extends Error {}
    const options = { retryOn: [Flaky, RateLimitError] };
    expect(await retryWithBackoff(async () => 'done', options)).toBe('done');
  });

  it('takes no options but an object', async () => {
    const error = await failureOf(retryWithBackoff(failing([], 1), null as unknown as object));
    expect((error as Error).message).toContain('Expected the options to be an object, got null');
  });

  it('leaves frozen options alone', async () => {
    const options = Object.freeze({ backoff: constant(0), maxRetries: 1 });
    await expect(retryWithBackoff(failing([new RateLimitError()], 'done'), options)).resolves.toBe(
      'done',
    );
    expect(exponential()(1, new RateLimitError())).toBe(1000);
  });
});
