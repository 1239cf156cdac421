import {
  bulkhead,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleAll,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import { NEVER, Observable, of, throwError } from 'rxjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  PlatformServiceError,
  Retryable,
  retryWithBackoff,
  retryWithBackoff$,
  type Through,
} from '../../lib/index.js';
import { failureOf, never, rejectWith } from '../support/calls.js';
import { watch } from '../support/outcomes.js';
import { occupiedBulkhead, openCircuit } from '../support/policies.js';
import { failsLater, later, pass, stopTime } from '../support/time.js';

const open = () => new PlatformServiceError('meta');
const once = { backoff: constant(0), platform: 'meta', context: 'c', maxRetries: 0 } as const;

/** A circuit that opens with the first failure it hears of. */
const circuit = () =>
  circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(1) });

beforeEach(stopTime);

describe('the wait of a refusal', () => {
  const refusal = (through: Through) =>
    failureOf(retryWithBackoff(async () => 1, { ...once, through }));

  it.each<[string, () => Promise<Through>]>([
    ['alone', openCircuit],
    ['in a wrap', async () => wrap(bulkhead(5), await openCircuit())],
  ])('is the rest until an open circuit lets a call through: %s', async (_, policy) => {
    const through = await policy();
    await pass(20_500);
    expect(await refusal(through)).toMatchObject({ retryAfter: 40 });
    await pass(39_499);
    expect(await refusal(through)).toMatchObject({ retryAfter: 1 });
  });

  it('is what the policy says itself', async () => {
    const error = Object.assign(new Error('busy'), { retryAfter: 7 });
    expect(await refusal({ execute: () => rejectWith(error) })).toMatchObject({
      retryAfter: 7,
      message: 'The policy did not let the attempt through: busy',
      cause: error,
    });
  });

  it('is not known of a full bulkhead', async () => {
    expect(await refusal(occupiedBulkhead(0).policy)).toMatchObject({ retryAfter: undefined });
  });
});

describe('a policy hears', () => {
  it('of a limit, although the operation goes on', async () => {
    const through = circuit();
    const call = watch(retryWithBackoff(never, { ...once, timeout: 1000, through }));
    await pass(1000);
    expect(call.error).toMatchObject({ type: 'PLATFORM_TIMEOUT' });
    expect(through.state).toBe(CircuitState.Open);
  });

  it('of the failure of an Observable before its first item', async () => {
    const through = circuit();
    const error = vi.fn();
    throwError(open)
      .pipe(retryWithBackoff$({ ...once, through }))
      .subscribe({ error });
    await pass(0);
    expect(error).toHaveBeenCalledExactlyOnceWith(expect.any(PlatformServiceError));
    expect(through.state).toBe(CircuitState.Open);
  });

  it('of the first item of an Observable, or of its end', async () => {
    const one = bulkhead(1);
    const [next, complete] = [vi.fn(), vi.fn()];
    const item = new Observable<string>((subscriber) => subscriber.next('item'));
    item.pipe(retryWithBackoff$({ ...once, through: one })).subscribe({ next });
    await pass(0);
    expect(next).toHaveBeenCalledExactlyOnceWith('item');
    expect(one.executionSlots).toBe(1);
    of()
      .pipe(retryWithBackoff$({ ...once, through: one }))
      .subscribe({ complete });
    await pass(0);
    expect(complete).toHaveBeenCalledTimes(1);
    expect(one.executionSlots).toBe(1);
  });

  it('of the failure of an async iterable before its first item', async () => {
    const through = circuit();
    class Feed {
      @Retryable({ ...once, through })
      // oxlint-disable-next-line require-yield -- that is what is tested
      async *items(): AsyncGenerator<string> {
        throw open();
      }
    }
    const first = new Feed().items()[Symbol.asyncIterator]().next();
    expect(await failureOf(first)).toBeInstanceOf(PlatformServiceError);
    expect(through.state).toBe(CircuitState.Open);
  });
});

describe('a stream through a policy', () => {
  it('is refused like a call', async () => {
    const through = await openCircuit();
    const error = vi.fn();
    NEVER.pipe(retryWithBackoff$({ ...once, through })).subscribe({ error });
    await pass(0);
    expect(error).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ type: 'SERVICE_UNAVAILABLE' }),
    );
  });

  it('is left where its subscriber leaves, once it is subscribed to or before', async () => {
    const left = vi.fn();
    const source = new Observable<never>(() => left);
    const subscribe = (through: Through) =>
      source.pipe(retryWithBackoff$({ ...once, through })).subscribe();
    const running = subscribe(bulkhead(1));
    await pass(0);
    running.unsubscribe();
    expect(left).toHaveBeenCalledTimes(1);
    subscribe({ execute: never }).unsubscribe();
    expect(left).toHaveBeenCalledTimes(1);
  });

  it('is closed where its consumer stops', async () => {
    const closed = vi.fn();
    class Feed {
      @Retryable({ ...once, through: bulkhead(1) })
      async *items(): AsyncGenerator<string> {
        try {
          yield 'a';
          yield 'b';
        } finally {
          closed();
        }
      }
    }
    for await (const item of new Feed().items()) {
      expect(item).toBe('a');
      break;
    }
    expect(closed).toHaveBeenCalledTimes(1);
  });
});

describe('a policy that gives up while the operation goes on', () => {
  const through = timeout(50, TimeoutStrategy.Aggressive);
  const operation = () => later(1000, 'ok');

  it('ends the attempt of a read', async () => {
    const call = watch(retryWithBackoff(operation, { ...once, through }));
    await pass(50);
    expect(call.error).toBeInstanceOf(Error);
  });

  it('is waited for in a write, whose own result counts', async () => {
    const call = watch(retryWithBackoff(operation, { ...once, through, idempotent: false }));
    await pass(51);
    expect(call.done).toBe(false);
    await pass(1000);
    expect(call.value).toBe('ok');
  });
});

describe('a policy that breaks the rules', () => {
  it('calls an attempt twice, and is told so', async () => {
    const through: Through = {
      execute: async (func, signal) => {
        await func({ signal: signal! });
        return func({ signal: signal! });
      },
    };
    const func = vi.fn(async () => 'ok');
    expect(await failureOf(retryWithBackoff(func, { ...once, through }))).toMatchObject({
      message: 'A policy calls an attempt once: retries belong to @Retryable',
    });
    expect(func).toHaveBeenCalledTimes(1);
  });

  it('calls an attempt after it has told how that ended, and is told so', async () => {
    let told: unknown;
    const through: Through = {
      execute: (func, signal) => {
        later(100)
          .then(() => func({ signal: signal! }))
          .catch((error: unknown) => (told = error));
        return failsLater(10, new Error('busy'));
      },
    };
    const call = watch(retryWithBackoff(async () => 'no', { ...once, through }));
    await pass(200);
    expect(call.error).toMatchObject({ type: 'SERVICE_UNAVAILABLE' });
    expect(told).toMatchObject({
      message: 'A policy calls an attempt before it tells how that has ended',
    });
  });
});
