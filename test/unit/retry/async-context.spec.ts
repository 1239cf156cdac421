import { AsyncLocalStorage } from 'node:async_hooks';
import { defer, lastValueFrom, NEVER, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  constant,
  currentAttempt,
  retryReport,
  retryWithBackoff,
  retryWithBackoff$,
} from '../../../lib/index.js';
import { failureOf, never, turnEnd } from '../../support/calls.js';

const storage = new AsyncLocalStorage<number>();

/** Runs fifty calls, each in a context of its own, at once. */
async function inFiftyContexts<T>(call: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: 50 }, (_, index) => storage.run(index, call)));
}

const ownContexts = Array.from({ length: 50 }, (_, index) => [index, index, index]);

describe('after a limit, whose timer belongs to all calls', () => {
  it('the next attempt and the callbacks have the context of their own caller', async () => {
    const seen = await inFiftyContexts(async () => {
      const stores: (number | undefined)[] = [];
      const look = () => stores.push(storage.getStore());
      await retryWithBackoff(({ number }) => (number === 1 ? never() : look()), {
        timeout: 1,
        retryOn: () => look() > 0,
        backoff: () => Math.min(0, look()),
      });
      return stores;
    });
    expect(seen).toEqual(ownContexts);
  });

  it('an Observable is subscribed to again in the context of its own subscriber', async () => {
    const seen = await inFiftyContexts(async () => {
      const stores: (number | undefined)[] = [];
      const look = () => stores.push(storage.getStore());
      const source = defer(() => (look() === 3 ? of('done') : NEVER));
      await lastValueFrom(source.pipe(retryWithBackoff$({ timeout: 1, backoff: constant(0) })));
      return stores;
    });
    expect(seen).toEqual(ownContexts);
  });

  it('what happened is told by the error, where the context of the call is gone', async () => {
    const failed = storage.run(5, () =>
      failureOf(retryWithBackoff(never, { timeout: 1, maxRetries: 0, context: 'create' })),
    );
    const error = await failed;
    expect(currentAttempt()).toBeUndefined();
    expect(storage.getStore()).toBeUndefined();
    await turnEnd();
    expect(retryReport(error)).toMatchObject({ context: 'create', attempts: 1 });
  });
});
