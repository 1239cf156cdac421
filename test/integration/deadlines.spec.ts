import { lastValueFrom, Observable } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import {
  constant,
  currentAttempt,
  found,
  OutcomeUnknownError,
  PlatformServiceError,
  Retryable,
  retryReport,
  retryWithBackoff,
  TokenExpiredError,
} from '../../lib/index.js';
import { failing, hangs, never, rejectWith } from '../support/calls.js';
import { watch } from '../support/outcomes.js';
import { failsLater, later, pass, stopTime } from '../support/time.js';

const open = () => new PlatformServiceError('meta');
const now = { backoff: constant(0) };

describe('the totalTimeout of a call', () => {
  it('is what remains for the calls inside it', async () => {
    stopTime();
    const remaining = () => retryWithBackoff(async () => currentAttempt()?.remaining());
    const func = () => later(400).then(remaining);
    const call = watch(retryWithBackoff(func, { totalTimeout: 1000 }));
    await pass(500);
    expect(call.value).toBe(600);
  });

  it('is what remains unless a limit on the way is shorter', async () => {
    stopTime();
    const remaining = async () => currentAttempt()?.remaining();
    const innermost = () => retryWithBackoff(remaining, { timeout: 9000 });
    const between = () => retryWithBackoff(innermost, { timeout: 5000 });
    const call = watch(retryWithBackoff(between, { totalTimeout: 7000 }));
    await pass(0);
    expect(call.value).toBe(5000);
  });

  it('leaves a call inside it no wait that ends after it', async () => {
    stopTime();
    const func = vi.fn(() => rejectWith(open()));
    const inner = () => retryWithBackoff(func, { backoff: constant(5000) });
    const call = watch(retryWithBackoff(inner, { totalTimeout: 3000, backoff: constant(5000) }));
    await pass(0);
    expect(call.done).toBe(true);
    expect(func).toHaveBeenCalledTimes(1);
    expect(retryReport(call.error)?.gaveUp).toBe('total-timeout');
  });

  it('ends a call inside it that ignores its signal', async () => {
    stopTime();
    const func = vi.fn(() => failsLater(2000, open()));
    const inner = () => retryWithBackoff(func, { backoff: constant(0) });
    const call = watch(retryWithBackoff(inner, { totalTimeout: 3000 }));
    await pass(3000);
    expect(call.done).toBe(true);
    expect(func).toHaveBeenCalledTimes(2);
    await pass(100_000);
    expect(func).toHaveBeenCalledTimes(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends an Observable inside it', async () => {
    stopTime();
    const teardown = vi.fn();
    class Service {
      @Retryable({ timeout: 60_000 })
      inner(): Observable<number> {
        return new Observable(() => teardown);
      }

      @Retryable({ totalTimeout: 1000 })
      outer(): Observable<number> {
        return this.inner();
      }
    }
    const call = watch(lastValueFrom(new Service().outer()));
    await pass(1000);
    expect(call.done).toBe(true);
    await pass(100_000);
    expect(teardown).toHaveBeenCalledTimes(1);
  });

  it('ends a reconcile inside it', async () => {
    stopTime();
    const func = vi.fn(() => rejectWith(open()));
    const begun = Date.now();
    const inner = () => retryWithBackoff(func, { idempotent: false, reconcile: never });
    const call = watch(retryWithBackoff(inner, { totalTimeout: 3000 }));
    await pass(5000);
    expect(call.done).toBe(true);
    expect(call.at).toBeLessThanOrEqual(begun + 4000);
    await pass(100_000);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it.each([{}, { reconcile: () => found('there') }])(
    'leaves the outcome of a write unknown that it cuts: %j',
    async (options) => {
      stopTime();
      const func = vi.fn(({ signal }: { signal: AbortSignal }): Promise<string> => hangs(signal));
      const inner = () => retryWithBackoff(func, { idempotent: false, ...options });
      const call = watch(retryWithBackoff(inner, { totalTimeout: 3000 }));
      await pass(10_000);
      expect(func).toHaveBeenCalledTimes(1);
      // A reconcile may still have the last word; nothing else may.
      if (call.value !== 'there') expect(call.error).toBeInstanceOf(OutcomeUnknownError);
    },
  );

  it('ends its wait for a refresh', async () => {
    stopTime();
    const begun = Date.now();
    const call = watch(
      retryWithBackoff(() => rejectWith(new TokenExpiredError('meta')), {
        platform: 'meta',
        key: 'deadline',
        totalTimeout: 2000,
        repair: { TOKEN_EXPIRED: never },
      }),
    );
    await pass(2000);
    expect(call.error).toBeInstanceOf(TokenExpiredError);
    expect(call.at).toBe(begun + 2000);
  });

  it.each<[string, object, unknown[]]>([
    ['a write', { idempotent: false }, []],
    ['a read that is retried', {}, [open()]],
  ])(
    'does not end what is left running after its call has ended: %s',
    async (_, options, errors) => {
      stopTime();
      const func = failing(errors, 'done');
      const inner = () =>
        retryWithBackoff(() => later(100).then(() => func()), { ...now, ...options });
      let background: Promise<string> = never();
      const begin = async () => {
        background = later(60_000).then(inner);
        return 'ok';
      };
      expect(await retryWithBackoff(begin, { ...now, totalTimeout: 50_000 })).toBe('ok');
      const left = watch(background);
      await pass(70_000);
      expect(left.value).toBe('done');
      expect(func).toHaveBeenCalledTimes(errors.length + 1);
    },
  );

  it('does not hold for the calls inside a stream that has begun', async () => {
    stopTime();
    class Service {
      @Retryable({ ...now, totalTimeout: 50_000 })
      page(number: number): Promise<number> {
        return later(100, number);
      }

      @Retryable({ ...now, totalTimeout: 50_000 })
      async *pages(): AsyncGenerator<number> {
        for (let number = 0; number < 8; number++) {
          yield await this.page(number);
          await later(10_000);
        }
      }
    }
    const pages: number[] = [];
    const iterate = async () => {
      for await (const page of new Service().pages()) pages.push(page);
    };
    const call = watch(iterate());
    await pass(200_000);
    expect(call.done).toBe(true);
    expect(pages).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
