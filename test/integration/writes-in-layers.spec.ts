import { from, lastValueFrom, Observable } from 'rxjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ConnectionFailedError,
  constant,
  createErrorResponse,
  currentAttempt,
  found,
  notFound,
  OutcomeUnknownError,
  PlatformServiceError,
  Retryable,
  retryWithBackoff,
  retryWithBackoff$,
  TokenExpiredError,
  type RetryWithBackoffOptions,
} from '../../lib/index.js';
import { of, startAccounts } from '../support/accounts.js';
import { failing, failureOf, hangs, rejectWith } from '../support/calls.js';
import { watch } from '../support/outcomes.js';
import { failsLater, later, pass, stopTime } from '../support/time.js';

const open = () => new PlatformServiceError('meta');
const closed = (cause?: unknown) => new ConnectionFailedError({ mayHaveExecuted: false, cause });
const now = { backoff: constant(0) };
let writes = 0;

beforeEach(() => {
  writes = 0;
});

/** A write that counts itself and then does what it is told to. */
const write = (
  then: () => unknown = () => undefined,
  options: RetryWithBackoffOptions = { idempotent: false },
) =>
  retryWithBackoff(
    async () => {
      writes++;
      return then();
    },
    { ...now, context: 'write', ...options },
  );

const openWrite = () => write(() => rejectWith(open()));
const hangingWrite = (options?: RetryWithBackoffOptions) =>
  write(() => hangs(currentAttempt()?.signal), { idempotent: false, timeout: 60_000, ...options });
const outer = (func: () => unknown, options: RetryWithBackoffOptions = {}) =>
  retryWithBackoff(async () => func(), { ...now, context: 'outer', ...options });
const fails = (error: unknown) => rejectWith(error);

describe('a write is not repeated by the layer around it', () => {
  it.each<[string, () => unknown]>([
    ['that failed open', openWrite],
    [
      'that failed open, as the cause of an error that may be retried',
      () => openWrite().catch((cause: unknown) => fails(closed(cause))),
    ],
    [
      'that failed open, which nobody was told',
      () =>
        openWrite()
          .catch(() => undefined)
          .then(() => fails(open())),
    ],
    ['that failed open, three layers down', () => retryWithBackoff(openWrite, now)],
    ['that succeeded before a failure', () => write().then(() => fails(open()))],
    ['that succeeded before a failure that did nothing', () => write().then(() => fails(closed()))],
    [
      'that succeeded before a read that failed',
      () => write().then(() => retryWithBackoff(() => fails(open()), { maxRetries: 0 })),
    ],
    [
      'that succeeded three layers down',
      () => retryWithBackoff(() => write(), now).then(() => fails(open())),
    ],
    [
      'that was found before a failure',
      () =>
        write(() => rejectWith(open()), { idempotent: false, reconcile: () => found(1) }).then(() =>
          fails(open()),
        ),
    ],
    [
      'that says only by its reconcile that it is one, and was found',
      () =>
        write(() => rejectWith(open()), { reconcile: () => found(1) }).then(() => fails(open())),
    ],
    [
      'that says only by its reconcile that it is one, and succeeded',
      () => write(undefined, { reconcile: () => notFound() }).then(() => fails(open())),
    ],
    [
      'whose reconcile did not know',
      () => write(() => rejectWith(open()), { reconcile: () => undefined }),
    ],
  ])('%s', async (_, func) => {
    await failureOf(outer(func));
    expect(writes).toBe(1);
  });

  it.each<[string, RetryWithBackoffOptions]>([
    ['that says nothing', {}],
    ['that is declared idempotent', { idempotent: true, retryOn: () => true }],
    ['whose own reconcile finds nothing', { reconcile: () => notFound() }],
  ])('that failed open, and leaves it unknown: a layer %s', async (_, options) => {
    expect(await failureOf(outer(openWrite, options))).toBeInstanceOf(OutcomeUnknownError);
    expect(writes).toBe(1);
  });

  it.each<[string, () => unknown]>([
    ['is cut by its limit', () => hangingWrite()],
    [
      'is left behind by its limit',
      () => write(() => later(5000), { idempotent: false, timeout: 60_000 }),
    ],
    ['was before what its limit cuts', () => write().then(() => hangs(currentAttempt()?.signal))],
    [
      'was begun and not awaited',
      () => {
        void write(() => later(5000)).catch(() => undefined);
        return Promise.resolve().then(() => fails(open()));
      },
    ],
    [
      'is under way when something beside it fails',
      () => Promise.all([write(() => later(500)), failsLater(100, open())]),
    ],
    [
      'is under way when a decorated call beside it fails',
      () =>
        Promise.all([
          write(() => later(500)),
          retryWithBackoff(() => failsLater(100, open()), { maxRetries: 0 }),
        ]),
    ],
    [
      'begins only after something beside it has failed',
      () => Promise.all([later(500).then(() => write()), failsLater(100, open())]),
    ],
  ])('that %s', async (_, func) => {
    stopTime();
    const call = watch(outer(func, { timeout: 1000 }));
    await pass(300_000);
    expect(call.done).toBe(true);
    expect(writes).toBe(1);
  });

  it('that waits for a retry of its own when something beside it fails', async () => {
    stopTime();
    const func = failing([closed()], 'done');
    const waiting = () =>
      Promise.all([
        retryWithBackoff(func, { idempotent: false, backoff: constant(1000) }),
        failsLater(100, open()),
      ]);
    const call = watch(outer(waiting, { maxRetries: 1, backoff: constant(5000) }));
    await pass(300_000);
    expect(call.done).toBe(true);
    // The first attempt provably did nothing; one more may have done something.
    expect(func.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it('that waits for its account when something beside it fails', async () => {
    const { call, limit } = await startAccounts();
    await limit('a', 5);
    const create = vi.fn(async () => 'made');
    const beside = failing([open()], undefined);
    const waiting = async () => {
      const [made] = await Promise.all([call(create, of('a', { idempotent: false })), beside()]);
      return made;
    };
    const around = watch(call(waiting, now));
    await pass(60_000);
    expect(around.value).toBe('made');
    expect(create).toHaveBeenCalledTimes(1);
  });

  it('that runs when the call is cancelled', async () => {
    const controller = new AbortController();
    const call = failureOf(outer(() => hangingWrite(), { signal: controller.signal }));
    await Promise.resolve();
    controller.abort(new Error('x'));
    await call;
    expect(writes).toBe(1);
  });

  it('that succeeded before a failure that a refresh would repair', async () => {
    const repair = { TOKEN_EXPIRED: vi.fn() };
    const options = { platform: 'meta', key: 'after a write', repair };
    await failureOf(outer(() => write().then(() => fails(new TokenExpiredError('meta'))), options));
    expect(writes).toBe(1);
  });

  it.each([{ idempotent: false }, { reconcile: () => undefined }])(
    'nor by its client where totalTimeout cuts it: %j',
    async (options) => {
      stopTime();
      const call = watch(outer(() => hangingWrite(options), { totalTimeout: 3000 }));
      await pass(100_000);
      expect(createErrorResponse({ error: call.error }).retry_allowed).toBe(false);
      expect(writes).toBe(1);
    },
  );
});

describe('a write may be repeated by the layer around it', () => {
  it('where it proved that nothing happened', async () => {
    const answer = () => (writes < 2 ? rejectWith(closed()) : 'done');
    const call = outer(() => write(answer, { idempotent: false, maxRetries: 0 }));
    expect(await call).toBe('done');
    expect(writes).toBe(2);
  });

  it('where its own reconcile has found that nothing happened', async () => {
    const reconcile = () => notFound();
    const answer = () => (writes < 2 ? rejectWith(open()) : 'done');
    const call = outer(() => write(answer, { reconcile, maxRetries: 0 }));
    expect(await call).toBe('done');
    expect(writes).toBe(2);
  });
});

describe('a write among streams is not repeated', () => {
  class Service {
    @Retryable({ ...now, idempotent: false })
    observableWrite(): Observable<number> {
      writes++;
      return from([1]);
    }

    @Retryable({ ...now, idempotent: false })
    async *iterableWrite(): AsyncGenerator<number> {
      writes++;
      yield 1;
    }

    @Retryable({ ...now, idempotent: false, timeout: 60_000 })
    hangingWrite(): Observable<number> {
      writes++;
      return new Observable();
    }

    @Retryable(now)
    async afterObservable(): Promise<void> {
      await lastValueFrom(this.observableWrite());
      throw open();
    }

    @Retryable(now)
    async afterIterable(): Promise<void> {
      await this.iterableWrite().next();
      throw open();
    }

    @Retryable(now)
    observable(): Observable<number> {
      return from(write().then(() => rejectWith(open())));
    }

    @Retryable(now)
    async *iterable(): AsyncGenerator<number> {
      await write();
      yield rejectWith(open());
    }

    @Retryable({ ...now, timeout: 1000 })
    aroundHanging(): Observable<number> {
      return this.hangingWrite();
    }
  }

  const source = new Observable((subscriber) => {
    void write().then(() => subscriber.error(open()));
  });

  it.each<[string, () => Promise<unknown>]>([
    ['as an Observable that succeeded', () => new Service().afterObservable()],
    ['as an async iterable that yielded', () => new Service().afterIterable()],
    ['in an Observable that fails later', () => lastValueFrom(new Service().observable())],
    ['in an async iterable that fails later', () => new Service().iterable().next()],
    ['in the source of the operator', () => lastValueFrom(source.pipe(retryWithBackoff$(now)))],
  ])('%s', async (_, call) => {
    await failureOf(call());
    expect(writes).toBe(1);
  });

  it('as an Observable that is cut by the limit around it', async () => {
    stopTime();
    const call = watch(lastValueFrom(new Service().aroundHanging()));
    await pass(100_000);
    expect(call.done).toBe(true);
    expect(writes).toBe(1);
  });
});
