import {
  defer,
  EMPTY,
  fromEvent,
  merge,
  mergeMap,
  NEVER,
  of,
  take,
  throwError,
  type Observable,
} from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import {
  currentAttempt,
  OperationCancelledError,
  retryWithBackoff$,
  type ServiceError,
} from '../../../lib/index.js';
import { RetryCall } from '../../../lib/retry/retry-call.js';
import { SILENT } from '../../../lib/retry/events.js';
import { RetryRuntime } from '../../../lib/retry/retry-runtime.js';
import { observeCall } from '../../../lib/retry/retry-with-backoff.operator.js';
import { runCall } from '../../../lib/retry/retry-with-backoff.js';

/** Gives an item, and this once its attempt's signal aborts. */
function untilAborted(then: Observable<never>): Observable<string> {
  return defer(() => {
    const signal = currentAttempt()?.signal;
    if (signal === undefined) return NEVER;
    const aborted = fromEvent(signal, 'abort').pipe(
      take(1),
      mergeMap(() => then),
    );
    return merge(of('item'), aborted);
  });
}

describe('a stream that is cancelled after its first item', () => {
  it.each([
    ['fails', throwError(() => new Error('aborted'))],
    ['completes', EMPTY],
  ])('ends with the reason, also where its source %s by itself then', (_, then) => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const [next, error, complete] = [vi.fn(), vi.fn(), vi.fn()];
    untilAborted(then)
      .pipe(retryWithBackoff$({ signal: controller.signal }))
      .subscribe({ next, error, complete });
    controller.abort(reason);
    expect(next.mock.calls).toEqual([['item']]);
    expect(error.mock.calls).toEqual([[reason]]);
    expect(complete).not.toHaveBeenCalled();
  });
});

describe('a call whose subscriber has left', () => {
  it('tells its attempt why it is stopped', () => {
    let signal: AbortSignal | undefined;
    const source = defer(() => {
      signal = currentAttempt()?.signal;
      return NEVER;
    });
    source.pipe(retryWithBackoff$()).subscribe().unsubscribe();
    expect(signal?.reason).toBeInstanceOf(OperationCancelledError);
    expect(signal?.reason).toMatchObject({ message: 'Nobody waits for the result any more' });
  });
});

describe('a failure inside a stream that has begun', () => {
  it('is told at once, and once only', async () => {
    const operationFailed = vi.fn();
    const runtime = new RetryRuntime({}, { ...SILENT, operationFailed });
    const open = (context: string) =>
      new RetryCall(runtime.policyFor({ context, platform: undefined }), runtime);
    const failing = new Error('inside');
    const stream = observeCall(
      () => open('outer'),
      () =>
        merge(
          of('item'),
          defer(() => runCall(open('inner'), () => Promise.reject(failing))),
        ),
    );
    const ended = new Promise<ServiceError>((resolve) => {
      stream.subscribe({ error: resolve });
    });
    expect(await ended).toBe(failing);
    expect(operationFailed.mock.calls).toEqual([
      [expect.objectContaining({ context: 'inner' }), failing],
    ]);
  });
});
