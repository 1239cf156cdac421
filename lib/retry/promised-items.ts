import { read } from '../errors/safe-read.js';
import type { RunningAttempt } from './attempt.js';
import type { RetryCall } from './retry-call.js';
import { iterateCall } from './retry-with-backoff.iterable.js';

// Streams of Node and of the web can be iterated too, but those who use them pipe and read them.
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  if (typeof read(value, Symbol.asyncIterator) !== 'function') return false;
  return ['pipe', 'getReader'].every((method) => typeof read(value, method) !== 'function');
}

/**
 * What a promise has given, where that is to be iterated: the attempt goes on until the first item,
 * and where it fails before, the operation is called anew. An iterator is replaced by another; an
 * object that is more than its items stays itself.
 *
 * @param again calls the operation for a further attempt
 */
export function promisedItems(
  call: RetryCall,
  first: RunningAttempt,
  items: AsyncIterable<unknown>,
  again: (attempt: RunningAttempt) => PromiseLike<unknown>,
): unknown {
  const iterator = items[Symbol.asyncIterator].bind(items);
  const open = (attempt: RunningAttempt) =>
    attempt === first ? { [Symbol.asyncIterator]: iterator } : itemsLater(again(attempt));
  call.suspend();
  let isUsed = false;
  const iterate = () => {
    if (isUsed) return iterator();
    isUsed = true;
    return iterateCall(() => call.resume(), open);
  };
  if (typeof read(items, 'next') === 'function') return iterate();
  Reflect.defineProperty(items, Symbol.asyncIterator, { value: iterate, configurable: true });
  return items;
}

async function* itemsLater(result: PromiseLike<unknown>): AsyncGenerator {
  return yield* (await result) as AsyncIterable<unknown>;
}
