import { noop, timeout, TimeoutStrategy, wrap } from 'cockatiel';
import { describe, expect, it, vi } from 'vitest';
import {
  constant,
  found,
  OutcomeUnknownError,
  PlatformServiceError,
  Retryable,
  retryReport,
  retryWithBackoff,
  ServiceUnavailableError,
  type Through,
} from '../../lib/index.js';
import { failureOf, rejectWith, turnEnd } from '../support/calls.js';
import { unhandled, watch } from '../support/outcomes.js';
import { occupiedBulkhead, openCircuit } from '../support/policies.js';
import { failsLater, later, pass, stopTime } from '../support/time.js';

const open = () => new PlatformServiceError('meta');
const now = { backoff: constant(0), platform: 'meta', context: 'c' } as const;

describe('a policy that refuses', () => {
  it.each([
    ['an open circuit', openCircuit],
    ['a full bulkhead', async () => occupiedBulkhead(0).policy],
  ])('has executed nothing: %s', async (_, policy) => {
    stopTime();
    const func = vi.fn(async () => 'ok');
    const options = { ...now, maxRetries: 0, through: await policy() };
    const call = watch(retryWithBackoff(func, options));
    await pass(0);
    expect(call.error).toBeInstanceOf(ServiceUnavailableError);
    expect(call.error).toMatchObject({ type: 'SERVICE_UNAVAILABLE', mayHaveExecuted: false });
    expect(retryReport(call.error)?.gaveUp).toBe('rejected-by-policy');
    expect(func).not.toHaveBeenCalled();
  });

  it('leaves no unknown outcome of a write, of which nobody is asked', async () => {
    stopTime();
    const reconcile = vi.fn(() => found(1));
    const options = { ...now, idempotent: false, reconcile, through: await openCircuit() };
    const call = watch(retryWithBackoff(async () => 1, options));
    await pass(200_000);
    expect(call.error).toBeInstanceOf(ServiceUnavailableError);
    expect(reconcile).not.toHaveBeenCalled();
  });

  it.each([{ through: noop }, {}])(
    'leaves an unknown outcome where it is within the write: %j',
    async (options) => {
      const circuit = await openCircuit();
      const func = vi.fn(() => circuit.execute(async () => 1)); // a lookup after the request
      const call = retryWithBackoff(func, { ...now, idempotent: false, ...options });
      expect(await failureOf(call)).toBeInstanceOf(OutcomeUnknownError);
      expect(func).toHaveBeenCalledTimes(1);
    },
  );

  it('where its time-out is around a queue never runs the operation later', async () => {
    stopTime();
    const { policy, first, release } = occupiedBulkhead(10);
    const through = wrap(timeout(50, TimeoutStrategy.Aggressive), policy);
    const create = vi.fn(async () => 'made');
    const call = watch(
      retryWithBackoff(create, { ...now, through, maxRetries: 0, idempotent: false }),
    );
    await pass(100);
    expect(call.error).toMatchObject({ type: 'SERVICE_UNAVAILABLE', mayHaveExecuted: false });
    release('first');
    await pass(1000);
    expect(first.value).toBe('first');
    expect(create).not.toHaveBeenCalled();
  });

  it('and calls the operation all the same, later, does not run it', async () => {
    stopTime();
    let called = false;
    const through: Through = {
      execute: (func, signal) => {
        void later(200)
          .then(() => {
            called = true;
            return func({ signal: signal! });
          })
          .catch(() => undefined);
        return failsLater(50, new Error('queue time-out'));
      },
    };
    const create = vi.fn(async () => 'made');
    const call = watch(
      retryWithBackoff(create, { ...now, through, maxRetries: 0, idempotent: false }),
    );
    await pass(100);
    expect(call.error).toMatchObject({ mayHaveExecuted: false });
    await pass(1000);
    expect(called).toBe(true);
    expect(create).not.toHaveBeenCalled();
  });

  it('leaves the outcome unknown of a write that runs before it is asked', async () => {
    const reasons = unhandled();
    const create = vi.fn(() => rejectWith(open()));
    @Retryable({ ...now, through: await openCircuit(), idempotent: false })
    class Adapter {
      // Nothing tells that it is asynchronous before it has been called.
      createCampaign(): Promise<string> {
        return create();
      }
    }
    const error = await failureOf(new Adapter().createCampaign());
    await turnEnd();
    await turnEnd();
    expect(create).toHaveBeenCalledTimes(1);
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ mayHaveExecuted: true });
    expect(reasons).toEqual([]);
  });
});
