import { lastValueFrom, Observable, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import {
  classifyError,
  constant,
  currentAttempt,
  found,
  notFound,
  OutcomeUnknownError,
  PlatformServiceError,
  Retryable,
  retryReport,
  retryWithBackoff,
  type Attempt,
} from '../../lib/index.js';
import {
  failing,
  failureOf,
  hangs,
  hostile,
  never,
  rejectWith,
  turnEnd,
} from '../support/calls.js';
import { unhandled, watch } from '../support/outcomes.js';
import { failsLater, later, pass, stopTime } from '../support/time.js';

const open = () => new PlatformServiceError('meta');
const now = { backoff: constant(0), platform: 'meta' } as const;

describe('reconcile', () => {
  it.each<[string, () => unknown]>([
    ['null', () => null],
    ['false', () => false],
    ['what looks like notFound()', () => ({})],
    ['a promise of nothing', async () => undefined],
    ['a function', () => notFound],
    ['an answer in an array', () => [found('x')]],
    ['an object that nobody can look at', () => hostile({})],
    [
      'nothing but throws undefined',
      () => {
        throw undefined;
      },
    ],
    [
      'a thenable that throws',
      () => ({
        then() {
          throw new Error('then');
        },
      }),
    ],
    [
      'an object whose getter of then throws',
      () => ({
        get then(): never {
          throw new Error('then');
        },
      }),
    ],
  ])('leaves the outcome unknown where it answers %s', async (_, reconcile) => {
    const rejections = unhandled();
    const func = failing([open()], 'again');
    const error = await failureOf(retryWithBackoff(func, { ...now, reconcile }));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(retryReport(error)?.gaveUp).toBe('reconcile-failed');
    expect(func).toHaveBeenCalledTimes(1);
    await turnEnd();
    expect(rejections).toEqual([]);
  });

  it.each<[string, () => unknown, unknown]>([
    [
      'a thenable',
      () => ({ then: (done: (value: unknown) => void) => done(found('late')) }),
      'late',
    ],
    ['found(undefined)', () => found(undefined), undefined],
  ])('may answer %s', async (_, reconcile, result) => {
    const func = failing<unknown>([open()], 'again');
    expect(await retryWithBackoff(func, { ...now, reconcile })).toBe(result);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['undefined', undefined],
    ['a text', 'text'],
    ['a frozen error', Object.freeze(new Error('x'))],
    ['an error that nobody can look at', hostile(new Error('x'))],
    ['an error that is not retryable', new PlatformServiceError('meta', { retryable: false })],
  ])('is asked about %s, as it was thrown', async (_, thrown) => {
    let asked: unknown = 'nothing';
    const reconcile = (error: unknown) => ((asked = error), found('there'));
    const func = (): Promise<string> => rejectWith(thrown);
    expect(await retryWithBackoff(func, { ...now, reconcile })).toBe('there');
    expect(asked === thrown).toBe(true);
  });

  it('is asked about a time-out in its classified form', async () => {
    stopTime();
    const reconcile = vi.fn((_error: unknown) => found('there'));
    const options = { ...now, timeout: 100, reconcile };
    const call = watch(retryWithBackoff(({ signal }): Promise<string> => hangs(signal), options));
    await pass(100);
    expect(call.value).toBe('there');
    const asked = reconcile.mock.calls[0]?.[0];
    expect(asked).toMatchObject({ type: 'PLATFORM_TIMEOUT' });
    expect(classifyError(asked)).toBe(asked);
  });

  it('has no part in what succeeds', async () => {
    const reconcile = vi.fn(() => notFound());
    expect(await retryWithBackoff(async () => 1, { ...now, reconcile })).toBe(1);
    expect(reconcile).not.toHaveBeenCalled();
  });

  it.each([true, false])('has the last word where idempotent is %s', async (idempotent) => {
    const repeated = failing([open()], 'done');
    const options = { ...now, idempotent };
    await retryWithBackoff(repeated, { ...options, reconcile: () => notFound() });
    expect(repeated).toHaveBeenCalledTimes(2);
    const given = failing([open()], 'done');
    expect(await retryWithBackoff(given, { ...options, reconcile: () => found('it') })).toBe('it');
    expect(given).toHaveBeenCalledTimes(1);
  });

  it('may call a decorated method, which has its retries', async () => {
    const lookups = failing([open(), open()], 'there');
    class Service {
      creates = 0;

      @Retryable(now)
      async lookup(): Promise<string> {
        return lookups();
      }

      @Retryable({ ...now, reconcile: 'look' })
      async create(): Promise<string> {
        this.creates++;
        throw open();
      }

      async look() {
        return found(await this.lookup());
      }
    }
    const service = new Service();
    expect(await service.create()).toBe('there');
    expect(service.creates).toBe(1);
    expect(lookups).toHaveBeenCalledTimes(3);
  });
});

describe('reconcile and time', () => {
  it('repeats an attempt that was over its limit only once that has stopped', async () => {
    stopTime();
    const func = vi
      .fn<() => Promise<string>>()
      .mockImplementationOnce(() => failsLater(1900, new Error('socket closed')))
      .mockResolvedValue('second');
    const reconcile = vi.fn(() => notFound());
    const call = watch(retryWithBackoff(func, { ...now, timeout: 1000, reconcile }));
    await pass(1899);
    expect(reconcile).not.toHaveBeenCalled();
    expect(call.done).toBe(false);
    await pass(11);
    expect(reconcile).toHaveBeenCalledTimes(1);
    expect(call.value).toBe('second');
  });

  it('never repeats an attempt that succeeds soon after its limit', async () => {
    stopTime();
    const reconcile = vi.fn(() => notFound()); // a search that does not know yet
    const func = vi.fn(() => later(1500, 'late but there'));
    const call = watch(retryWithBackoff(func, { ...now, timeout: 1000, reconcile }));
    await pass(60_000);
    expect(call.done).toBe(true);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('changes nothing by an answer after its limit', async () => {
    stopTime();
    const func = failing([open()], 'x');
    const reconcile = () => later(1500, notFound());
    const call = watch(retryWithBackoff(func, { ...now, timeout: 1000, reconcile }));
    await pass(5000);
    expect(call.error).toBeInstanceOf(OutcomeUnknownError);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('leaves the time-out where it finds nothing when the time is up', async () => {
    stopTime();
    const reconcile = vi.fn(() => notFound());
    const func = vi.fn(({ signal }: Attempt) => hangs(signal));
    const call = watch(retryWithBackoff(func, { ...now, totalTimeout: 500, reconcile }));
    await pass(500);
    expect(reconcile).toHaveBeenCalledTimes(1);
    expect(call.error).toMatchObject({ type: 'PLATFORM_TIMEOUT' });
    expect(retryReport(call.error)?.gaveUp).toBe('total-timeout');
    await pass(100_000);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('lets no second call begin where totalTimeout ends meanwhile', async () => {
    stopTime();
    const func = failing([open()], 'x');
    const reconcile = () => later(10_000, notFound());
    const options = { ...now, totalTimeout: 500, timeout: 400, reconcile };
    const call = watch(retryWithBackoff(func, options));
    await pass(20_000);
    expect(call.error).toBeInstanceOf(OutcomeUnknownError);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('has its word where no wait would fit into totalTimeout', async () => {
    stopTime();
    const options = {
      backoff: constant(5000),
      totalTimeout: 1000,
      reconcile: () => found('there'),
    };
    const call = watch(retryWithBackoff(failing([open()], 'x'), options));
    await pass(0);
    expect(call.value).toBe('there');
  });

  it('has a live signal as the current attempt where that of the attempt is aborted', async () => {
    stopTime();
    const reconcile = () => found(currentAttempt()?.signal.aborted);
    const options = { ...now, timeout: 100, maxRetries: 0, reconcile };
    const call = watch(retryWithBackoff(({ signal }): Promise<unknown> => hangs(signal), options));
    await pass(200);
    expect(call).toMatchObject({ done: true, value: false });
  });
});

describe('reconcile and a call that is cancelled', () => {
  const reason = new Error('stop');

  it('repeats nothing where it cancels the call itself', async () => {
    const controller = new AbortController();
    const func = failing([open()], 'x');
    const reconcile = () => (controller.abort(reason), notFound());
    const options = { ...now, signal: controller.signal, reconcile };
    expect(await failureOf(retryWithBackoff(func, options))).toBe(reason);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('is not asked where that happens before the attempt has stopped', async () => {
    stopTime();
    const controller = new AbortController();
    const reconcile = vi.fn(() => notFound());
    const func = vi.fn(() => never());
    const options = { ...now, timeout: 100, signal: controller.signal, reconcile };
    const call = watch(retryWithBackoff(func, options));
    await pass(600);
    controller.abort(reason);
    await pass(0);
    expect(call.error).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
    await pass(10_000);
    expect(func).toHaveBeenCalledTimes(1);
    expect(reconcile).not.toHaveBeenCalled();
  });

  it('ends with the subscription of an Observable', async () => {
    stopTime();
    let [signal, runs]: [AbortSignal | undefined, number] = [undefined, 0];
    class Service {
      @Retryable({
        ...now,
        reconcile: (_: unknown, attempt: Attempt) => ((signal = attempt.signal), never()),
      })
      create(): Observable<string> {
        runs++;
        return throwError(open);
      }
    }
    const subscription = new Service().create().subscribe();
    await pass(10);
    subscription.unsubscribe();
    await pass(100_000);
    expect((signal as AbortSignal | undefined)?.aborted).toBe(true);
    expect(runs).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('reconcile of a stream', () => {
  class Service {
    runs = 0;

    @Retryable({ ...now, reconcile: () => found('there') })
    observable(): Observable<string> {
      this.runs++;
      return throwError(open);
    }

    @Retryable({ ...now, reconcile: () => found('there') })
    async *iterable(): AsyncGenerator<string> {
      this.runs++;
      yield rejectWith(open());
    }

    @Retryable({ ...now, reconcile: () => notFound() })
    repeated(): Observable<string> {
      return new Observable((subscriber) => {
        if (++this.runs < 3) return subscriber.error(open());
        subscriber.next('ok');
        subscriber.complete();
      });
    }

    @Retryable({ ...now, reconcile: () => notFound() })
    started(): Observable<string> {
      return new Observable((subscriber) => {
        this.runs++;
        subscriber.next('one');
        subscriber.error(open());
      });
    }
  }

  it('emits what it has found', async () => {
    const service = new Service();
    expect(await lastValueFrom(service.observable())).toBe('there');
    expect(service.runs).toBe(1);
  });

  it('yields what it has found', async () => {
    const service = new Service();
    const items: string[] = [];
    for await (const item of service.iterable()) items.push(item);
    expect(items).toEqual(['there']);
    expect(service.runs).toBe(1);
  });

  it('lets it run anew where it has found nothing', async () => {
    const service = new Service();
    expect(await lastValueFrom(service.repeated())).toBe('ok');
    expect(service.runs).toBe(3);
  });

  it('lets nothing run anew that has emitted', async () => {
    const service = new Service();
    await failureOf(lastValueFrom(service.started()));
    expect(service.runs).toBe(1);
  });
});
