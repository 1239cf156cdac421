import {
  BadRequestException,
  ConflictException,
  ServiceUnavailableException,
} from '@nestjs/common';
import { lastValueFrom, Observable } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import {
  ConnectionFailedError,
  constant,
  createErrorResponse,
  currentAttempt,
  OutcomeUnknownError,
  PlatformServiceError,
  RateLimitError,
  Retryable,
  retryWithBackoff,
  retryWithBackoff$,
  type Attempt,
  type RetryWithBackoffOptions,
} from '../../lib/index.js';
import { failing, failureOf, hangs, hostile, rejectWith } from '../support/calls.js';
import { watch } from '../support/outcomes.js';
import { pass, stopTime } from '../support/time.js';

const open = () => new PlatformServiceError('meta');
const closed = () => new ConnectionFailedError({ mayHaveExecuted: false });
const once = { backoff: constant(0), platform: 'meta', idempotent: false } as const;

const failureAfter = (
  func: (attempt: Attempt) => Promise<unknown>,
  options: RetryWithBackoffOptions = {},
) => failureOf(retryWithBackoff(func, { ...once, ...options }));

describe('a write', () => {
  it('offers its client no retry where its outcome is open', async () => {
    const error = await failureAfter(failing([open()], 'twice'));
    const response = createErrorResponse({ error });
    expect(response).toMatchObject({
      retry_allowed: false,
      error: { type: 'OUTCOME_UNKNOWN', code: '5001' },
    });
    expect(response.retry_after).toBeUndefined();
  });

  it('stops at the first open outcome among closed ones', async () => {
    const func = failing([closed(), open(), closed()], 'done');
    expect(await failureAfter(func)).toBeInstanceOf(OutcomeUnknownError);
    expect(func).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['null', null],
    ['a string', 'boom'],
    ['a number', 0],
    ['a frozen error', Object.freeze(new Error('frozen'))],
    ['an exception of Nest that may be retried', new ServiceUnavailableException()],
    ['an error that is not retryable', new PlatformServiceError('meta', { retryable: false })],
    ['a rate limit that may have executed', new RateLimitError('meta', { mayHaveExecuted: true })],
  ])('keeps %s as the cause of its open outcome', async (_, thrown) => {
    const func = vi.fn(() => rejectWith(thrown));
    const error = await failureAfter(func);
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect((error as Error).cause).toBe(thrown);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('survives an error that nobody can look at', async () => {
    const thrown = hostile(new Error('x'));
    const error = await failureAfter(() => rejectWith(thrown));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect((error as Error).cause === thrown).toBe(true);
  });

  it.each([new BadRequestException('no'), new ConflictException()])(
    'fails with what says that nothing happened: %s',
    async (thrown) => {
      expect(await failureAfter(() => rejectWith(thrown))).toBe(thrown);
    },
  );

  it.each<[string, PropertyDescriptor]>([
    ['zero', { value: 0 }],
    ['null', { value: null }],
    ['a text', { value: 'false' }],
    [
      'a getter that throws',
      {
        get() {
          throw new Error('x');
        },
      },
    ],
  ])('takes a mayHaveExecuted that is %s for no proof', async (_, descriptor) => {
    const func = failing([Object.defineProperty(open(), 'mayHaveExecuted', descriptor)], 'twice');
    await failureAfter(func);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('has an open outcome when it throws at once', async () => {
    const func = vi.fn(() => {
      throw open();
    });
    expect(await failureAfter(func)).toBeInstanceOf(OutcomeUnknownError);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('has an open outcome where it has no retries anyway', async () => {
    const error = await failureAfter(failing([open()], ''), { maxRetries: 0 });
    expect(error).toBeInstanceOf(OutcomeUnknownError);
  });

  it('has an open outcome where it returns an error that may have executed', async () => {
    const answer = { code: 50000, message: 'Internal error', request_id: '2024', data: {} };
    const func = vi.fn(async () => answer);
    expect(await failureAfter(func, { platform: 'tiktok' })).toBeInstanceOf(OutcomeUnknownError);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('has an open outcome where totalTimeout ends its attempt', async () => {
    stopTime();
    const func = vi.fn(({ signal }: Attempt) => hangs(signal));
    const call = watch(retryWithBackoff(func, { ...once, totalTimeout: 100 }));
    await pass(100);
    expect(call.error).toBeInstanceOf(OutcomeUnknownError);
    await pass(60_000);
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('fails with the reason of the caller that cancels it', async () => {
    const controller = new AbortController();
    const reason = new Error('gone');
    const call = failureAfter(({ signal }) => hangs(signal), { signal: controller.signal });
    controller.abort(reason);
    expect(await call).toBe(reason);
  });
});

describe('a write that is a stream', () => {
  let runs = 0;
  const failingAfter = (...items: string[]) =>
    new Observable<string>((subscriber) => {
      runs++;
      items.forEach((item) => subscriber.next(item));
      subscriber.error(open());
    });

  class Adapter {
    @Retryable(once)
    observable(): Observable<string> {
      return failingAfter();
    }

    @Retryable(once)
    startedObservable(): Observable<string> {
      return failingAfter('one');
    }

    @Retryable(once)
    async *iterable(): AsyncGenerator<string> {
      runs++;
      yield rejectWith(open());
    }

    @Retryable(once)
    async *startedIterable(): AsyncGenerator<string> {
      runs++;
      yield 'one';
      throw open();
    }
  }

  const consume = async (items: AsyncIterable<string>) => {
    const seen: string[] = [];
    for await (const item of items) seen.push(item);
  };

  it.each([
    ['an Observable', () => lastValueFrom(new Adapter().observable())],
    ['an Observable that has emitted', () => lastValueFrom(new Adapter().startedObservable())],
    ['an async iterable', () => consume(new Adapter().iterable())],
    ['an async iterable that has yielded', () => consume(new Adapter().startedIterable())],
    [
      'the source of the operator',
      () => lastValueFrom(failingAfter().pipe(retryWithBackoff$(once))),
    ],
  ])('has an open outcome and runs once as %s', async (_, call) => {
    runs = 0;
    const error = await failureOf(call());
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(createErrorResponse({ error }).retry_allowed).toBe(false);
    expect(runs).toBe(1);
  });
});

describe('a class of writes', () => {
  it('may have a method that is none', async () => {
    let runs = 0;
    @Retryable(once)
    class Service {
      async create(): Promise<void> {
        runs++;
        throw open();
      }

      @Retryable({ idempotent: true })
      async update(): Promise<void> {
        runs++;
        throw open();
      }
    }
    expect(await failureOf(new Service().create())).toBeInstanceOf(OutcomeUnknownError);
    expect(runs).toBe(1);
    expect(await failureOf(new Service().update())).toBeInstanceOf(PlatformServiceError);
    expect(runs).toBe(5);
  });
});

describe('the idempotency key', () => {
  it('is a UUID, the same in every attempt, where the function gives none', async () => {
    const keys: (string | undefined)[] = [];
    class Service {
      @Retryable({ backoff: constant(0), idempotencyKey: () => undefined })
      async create(): Promise<void> {
        keys.push(currentAttempt()?.idempotencyKey);
        if (keys.length < 3) throw open();
      }
    }
    await new Service().create();
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is never missing: where the function throws the call fails when it asks for it', async () => {
    const request = vi.fn(async (key: unknown) => key);
    const refusal = new Error('no key');
    class Service {
      @Retryable({
        idempotencyKey: () => {
          throw refusal;
        },
      })
      async create() {
        return request(currentAttempt()?.idempotencyKey);
      }
    }
    expect(await failureOf(new Service().create())).toBe(refusal);
    expect(request).not.toHaveBeenCalled();
  });

  it('is that of its own call where two run at the same time', async () => {
    const keys = { a: new Set(), b: new Set() };
    class Service {
      @Retryable({ backoff: constant(0), idempotencyKey: (name: string) => `key of ${name}` })
      async create(name: 'a' | 'b'): Promise<void> {
        keys[name].add(currentAttempt()?.idempotencyKey);
        await Promise.resolve();
        if ((currentAttempt()?.number ?? 0) < 3) throw open();
      }
    }
    const service = new Service();
    await Promise.all([service.create('a'), service.create('b')]);
    expect(keys).toEqual({ a: new Set(['key of a']), b: new Set(['key of b']) });
  });
});
