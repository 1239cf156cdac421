import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { RateLimitError } from '../../../lib/index.js';
import { SILENT } from '../../../lib/retry/events.js';
import { RetryRuntime } from '../../../lib/retry/retry-runtime.js';
import { RetryStrategy } from '../../../lib/retry-strategy.js';
import { failing, failureOf, never, turnEnd } from '../../support/calls.js';

const request = new AsyncLocalStorage<string>();

/** A runtime that notes for which request it was told of each failed call. */
function runtimeThatNotes() {
  const requests: (string | undefined)[] = [];
  const runtime = new RetryRuntime(
    {},
    {
      ...SILENT,
      operationFailed: () => requests.push(request.getStore()),
    },
  );
  return { runtime, requests };
}

describe('the failure of a call that was ended from elsewhere', () => {
  it.each([
    ['during an attempt', () => never()],
    ['during a wait', failing([new RateLimitError()], 'done')],
  ])('is reported for its own request where a signal ends it %s', async (_, func) => {
    const { runtime, requests } = runtimeThatNotes();
    const controller = new AbortController();
    const { signal } = controller;
    const call = request.run('its own', () =>
      failureOf(new RetryStrategy(runtime).retryWithBackoff(func, { signal })),
    );
    await turnEnd();
    request.run('another', () => controller.abort(new Error('gone')));
    await call;
    expect(requests).toEqual(['its own']);
  });

  it('is reported for its own request where the application closes', async () => {
    const { runtime, requests } = runtimeThatNotes();
    const func = failing([new RateLimitError()], 'done');
    const call = request.run('its own', () =>
      failureOf(new RetryStrategy(runtime).retryWithBackoff(func)),
    );
    await turnEnd();
    request.run('another', () => runtime.close());
    await call;
    expect(requests).toEqual(['its own']);
  });
});
