import type { RunningAttempt } from './attempt.js';
import type { RetryCall } from './retry-call.js';
import { runCall } from './retry-with-backoff.js';

/**
 * An async generator that runs a call until the first item: what comes after it is passed on as it
 * comes, because repeating it would give the items twice.
 */
export async function* iterateCall<T>(
  openCall: () => RetryCall,
  open: (attempt: RunningAttempt) => AsyncIterable<T>,
): AsyncGenerator<T, unknown, undefined> {
  const { iterator, first } = await runCall(openCall(), async (attempt) => {
    const iterator = open(attempt)[Symbol.asyncIterator]();
    const first = await iterator.next();
    if (attempt.ended) await iterator.return?.();
    return { iterator, first };
  });
  let item = first;
  try {
    while (item.done !== true) {
      yield item.value;
      item = await iterator.next();
    }
    return item.value;
  } finally {
    if (item.done !== true) await iterator.return?.();
  }
}
