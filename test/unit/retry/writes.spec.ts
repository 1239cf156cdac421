import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ConnectionFailedError,
  constant,
  currentAttempt,
  found,
  notFound,
  OperationCancelledError,
  OutcomeUnknownError,
  PlatformServiceError,
  PlatformTimeoutError,
  RateLimitError,
  Retryable,
  retryReport,
  retryWithBackoff,
  ValidationError,
  type Attempt,
  type RetryWithBackoffOptions,
} from '../../../lib/index.js';
import { failing, failureOf, never, rejectWith } from '../../support/calls.js';

const reset = () => new PlatformServiceError('meta', { statusCode: 502 });
const refused = () => new ConnectionFailedError({ mayHaveExecuted: false });

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

async function settle<T>(promise: Promise<T>): Promise<T> {
  await vi.runAllTimersAsync();
  return promise;
}

describe('a call that is not idempotent', () => {
  const create = (func: (attempt: Attempt) => Promise<unknown>, options = {}) =>
    settle(retryWithBackoff(func, { platform: 'meta', idempotent: false, ...options }));
  const failureAfter = (func: (attempt: Attempt) => Promise<unknown>, options = {}) =>
    settle(failureOf(retryWithBackoff(func, { platform: 'meta', idempotent: false, ...options })));

  it('is repeated after what proves that nothing has happened', async () => {
    const func = failing([refused(), new RateLimitError('meta')], 'campaign 17');
    expect(await create(func)).toBe('campaign 17');
    expect(func).toHaveBeenCalledTimes(3);
  });

  it.each([
    ['a failure of the platform', reset()],
    ['a time-out', new PlatformTimeoutError('meta')],
    ['what nobody recognises', new TypeError('x is undefined')],
    ['no error at all', undefined],
  ])('is not repeated after %s, whose outcome is open', async (_, thrown) => {
    const func = failing([thrown], 'campaign 17');
    const error = await failureAfter(func);
    expect(func).toHaveBeenCalledTimes(1);
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ type: 'OUTCOME_UNKNOWN', platform: 'meta', retryable: false });
    expect((error as Error).cause).toBe(thrown);
    expect(retryReport(error)).toMatchObject({ gaveUp: 'may-have-executed', attempts: 1 });
  });

  it.each([
    [reset(), `Nobody knows whether it has happened: ${reset().message}`],
    [undefined, 'Nobody knows whether it has happened: an error without a message'],
  ])('says what it knows of it: %s', async (thrown, message) => {
    expect(await failureAfter(failing([thrown], ''))).toMatchObject({ message });
  });

  it('is not repeated after its limit', async () => {
    const func = vi.fn(() => never());
    const error = await failureAfter(func, { timeout: 50 });
    expect(func).toHaveBeenCalledTimes(1);
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect((error as Error).cause).toMatchObject({ type: 'PLATFORM_TIMEOUT' });
  });

  it('has an open outcome in its last attempt too', async () => {
    const error = await failureAfter(failing([refused(), reset()], ''), { maxRetries: 1 });
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(retryReport(error)).toMatchObject({ attempts: 2, gaveUp: 'may-have-executed' });
  });

  it('fails with the error itself where nothing can have happened', async () => {
    const error = new ValidationError();
    expect(await failureAfter(failing([error], ''))).toBe(error);
    const reconcile = vi.fn(() => notFound());
    expect(await failureAfter(failing([error], ''), { reconcile })).toBe(error);
    expect(reconcile).not.toHaveBeenCalled();
  });

  it('is never repeated by way of retryOn', async () => {
    const func = failing([reset()], '');
    await failureAfter(func, { retryOn: () => true });
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('is not said to be open where its caller has cancelled it', async () => {
    const error = new OperationCancelledError();
    expect(await failureAfter(failing([error], ''))).toBe(error);
    const reconcile = vi.fn(() => notFound());
    expect(await failureAfter(failing([error], ''), { reconcile })).toBe(error);
    expect(reconcile).not.toHaveBeenCalled();
  });

  it('is not recovered from where nobody knows what happened', async () => {
    const recover = vi.fn(() => 'plan B');
    class Adapter {
      @Retryable({ platform: 'meta', idempotent: false, recover })
      create(error: Error): Promise<string> {
        return rejectWith(error);
      }
    }
    const adapter = new Adapter();
    expect(await settle(failureOf(adapter.create(reset())))).toBeInstanceOf(OutcomeUnknownError);
    expect(recover).not.toHaveBeenCalled();
    expect(await settle(adapter.create(new ValidationError()))).toBe('plan B');
  });
});

describe('reconcile', () => {
  type Reconcile = RetryWithBackoffOptions['reconcile'];
  const within = (options: RetryWithBackoffOptions, errors: readonly unknown[]) => {
    const func = failing(errors, 'created');
    const call = retryWithBackoff(func, { platform: 'meta', ...options });
    return { func, call };
  };

  it('gives the result of an attempt whose answer was lost', async () => {
    const error = reset();
    const reconcile = vi.fn((_error: unknown, _attempt: Attempt) => found('campaign 17'));
    const { func, call } = within({ reconcile }, [error]);
    expect(await settle(call)).toBe('campaign 17');
    expect(func).toHaveBeenCalledTimes(1);
    expect(reconcile).toHaveBeenCalledTimes(1);
    expect(reconcile.mock.calls[0]?.[0]).toBe(error);
    expect(reconcile.mock.calls[0]?.[1]).toMatchObject({ number: 1, platform: 'meta' });
  });

  it('lets the call be repeated where it has found nothing', async () => {
    const { func, call } = within({ reconcile: async () => notFound() }, [reset(), reset()]);
    expect(await settle(call)).toBe('created');
    expect(func).toHaveBeenCalledTimes(3);
  });

  it('is asked after the last attempt too: the error is the platform’s where nothing is there', async () => {
    const errors = [reset(), reset()];
    const { call } = within({ reconcile: () => notFound(), maxRetries: 1 }, errors);
    const error = await settle(failureOf(call));
    expect(error).toBe(errors[1]);
    expect(retryReport(error)?.gaveUp).toBe('exhausted');
    const last = within({ reconcile: () => found('there'), maxRetries: 0 }, [reset()]);
    expect(await settle(last.call)).toBe('there');
  });

  it('is asked about what nobody recognised, which is not repeated all the same', async () => {
    const mistake = new TypeError('x is undefined');
    const { func, call } = within({ reconcile: () => notFound() }, [mistake]);
    expect(await settle(failureOf(call))).toBe(mistake);
    expect(func).toHaveBeenCalledTimes(1);
    expect(await settle(within({ reconcile: () => found(1) }, [mistake]).call)).toBe(1);
  });

  it('is asked when the whole call is out of time', async () => {
    const reconcile = vi.fn(() => found('campaign 17'));
    const call = retryWithBackoff(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
      { platform: 'meta', reconcile, totalTimeout: 100 },
    );
    expect(await settle(call)).toBe('campaign 17');
    expect(reconcile).toHaveBeenCalledTimes(1);
  });

  it('is not asked where nothing can have happened', async () => {
    const reconcile = vi.fn(() => found('wrong'));
    const { call } = within({ reconcile }, [refused()]);
    expect(await settle(call)).toBe('created');
    expect(reconcile).not.toHaveBeenCalled();
  });

  it.each<[string, Reconcile]>([
    ['returns nothing', () => undefined],
    ['returns a value of its own', () => 'campaign 17'],
    ['returns what looks like an answer', () => ({ value: 'campaign 17' })],
    ['throws', () => rejectWith(new Error('down too'))],
    [
      'throws at once',
      () => {
        throw new Error('down too');
      },
    ],
    ['never answers', () => never()],
  ])('that %s leaves the outcome unknown', async (_, reconcile) => {
    const { func, call } = within({ reconcile }, [reset()]);
    const error = await settle(failureOf(call));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(retryReport(error)?.gaveUp).toBe('reconcile-failed');
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('has the limit of an attempt, and a signal of its own', async () => {
    let given: Attempt | undefined;
    let current: Attempt | undefined;
    let aborted: boolean | undefined;
    const reconcile = (_: unknown, attempt: Attempt) => {
      [given, current, aborted] = [attempt, currentAttempt(), attempt.signal.aborted];
      return never();
    };
    const started = Date.now();
    const { call } = within({ reconcile, timeout: 5000, idempotencyKey: 'key 1' }, [reset()]);
    await settle(failureOf(call));
    expect(Date.now() - started).toBe(5000);
    expect(given).toBe(current);
    expect([given?.number, given?.idempotencyKey, aborted]).toEqual([1, 'key 1', false]);
    expect(given?.signal.aborted).toBe(true);
  });

  it('is asked only once the attempt has stopped after its limit', async () => {
    const asked: number[] = [];
    const started = Date.now();
    const call = retryWithBackoff(
      ({ signal }) =>
        new Promise((_, reject) => {
          const stop = () => setTimeout(() => reject(new Error('aborted')), 700);
          signal.addEventListener('abort', stop);
        }),
      {
        timeout: 100,
        maxRetries: 0,
        reconcile: () => (asked.push(Date.now() - started), found('there')),
      },
    );
    expect(await settle(call)).toBe('there');
    expect(asked).toEqual([800]);
  });

  it('is not asked about an attempt that goes on for a second after its limit', async () => {
    const reconcile = vi.fn(() => notFound());
    const started = Date.now();
    const func = vi.fn(() => never());
    const error = await settle(failureOf(retryWithBackoff(func, { timeout: 100, reconcile })));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(Date.now() - started).toBe(1100);
    expect(reconcile).not.toHaveBeenCalled();
    expect(func).toHaveBeenCalledTimes(1);
    expect(retryReport(error)).toMatchObject({ gaveUp: 'reconcile-failed', abandoned: 1 });
  });

  it('ends with the call that is cancelled meanwhile', async () => {
    const controller = new AbortController();
    let signal: AbortSignal | undefined;
    const reconcile = (_: unknown, attempt: Attempt) => ((signal = attempt.signal), never());
    const { call } = within({ reconcile, signal: controller.signal }, [reset()]);
    const failed = failureOf(call);
    await vi.advanceTimersByTimeAsync(10);
    const gone = new Error('gone');
    controller.abort(gone);
    expect(await failed).toBe(gone);
    expect(signal?.aborted).toBe(true);
  });

  it('is a method of the instance, with the arguments of the call', async () => {
    const seen: unknown[] = [];
    class Adapter {
      readonly calls = failing([reset(), reset()], 'created');

      @Retryable({
        platform: 'meta',
        backoff: constant(0),
        idempotencyKey: (name: string) => `key of ${name}`,
        reconcile: 'find',
      })
      async create(name: string): Promise<string> {
        seen.push(currentAttempt()?.idempotencyKey);
        return `${await this.calls()} ${name}`;
      }

      async find(_error: unknown, { number, idempotencyKey }: Attempt, name: string) {
        seen.push([this.calls.mock.calls.length, number, idempotencyKey, name]);
        return number === 1 ? notFound() : found('it was there');
      }
    }
    expect(await settle(new Adapter().create('Summer'))).toBe('it was there');
    expect(seen).toEqual([
      'key of Summer',
      [1, 1, 'key of Summer', 'Summer'],
      'key of Summer',
      [2, 2, 'key of Summer', 'Summer'],
    ]);
  });
});
