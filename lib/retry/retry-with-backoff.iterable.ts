import { read } from '../errors/safe-read.js';
import type { RunningAttempt } from './attempt.js';
import type { RetryCall, RetryDriver } from './retry-call.js';

/** What one attempt reads from. */
export type Opener<T> = (attempt: RunningAttempt) => AsyncIterable<T>;

/** An async generator that runs a call: the driver for AsyncIterables. */
export async function* iterateCall<T>(
  openCall: () => RetryCall,
  open: Opener<T>,
): AsyncGenerator<T, unknown, undefined> {
  const driver = new IterableDriver(openCall(), open);
  try {
    let item = await driver.next();
    while (item.done !== true) {
      yield item.value;
      item = await driver.next();
    }
    return item.value;
  } finally {
    await driver.leave();
  }
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof read(value, Symbol.asyncIterator) === 'function';
}

/** Opens an iterator for each attempt, until one has given its first item. */
class IterableDriver<T> implements RetryDriver {
  private attempt: RunningAttempt | undefined = undefined;
  private iterator: AsyncIterator<T> | undefined = undefined;
  private substitute: AsyncIterator<T> | undefined = undefined;
  private failure: { readonly error: unknown } | undefined = undefined;
  private resolve: (item: IteratorResult<T>) => void = () => undefined;
  private rejectItem: (error: unknown) => void = () => undefined;

  constructor(
    private readonly call: RetryCall,
    private readonly open: Opener<T>,
  ) {}

  next(): Promise<IteratorResult<T>> {
    if (this.substitute !== undefined) return this.substitute.next();
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.rejectItem = reject;
      // Cancelled while nobody asked for an item.
      if (this.failure !== undefined) return reject(this.failure.error);
      if (this.attempt === undefined) this.call.start(this);
      else this.pull(this.attempt);
    });
  }

  runAttempt(attempt: RunningAttempt): void {
    this.attempt = attempt;
    this.pull(attempt, () => (this.iterator = this.open(attempt)[Symbol.asyncIterator]()));
  }

  /** Asks for one item; what asks and what answers belong to the attempt. */
  private pull(attempt: RunningAttempt, iteratorOf = () => this.iterator): void {
    attempt
      .run(async () => iteratorOf()?.next() ?? END)
      .then(
        (item) => this.receive(attempt, item),
        (thrown: unknown) => {
          if (attempt.settle() || this.call.emitted) this.call.attemptFailed(thrown);
        },
      );
  }

  private receive(attempt: RunningAttempt, item: IteratorResult<T>): void {
    const { call } = this;
    if (item.done === true) {
      if (!attempt.settle() && !call.emitted) return;
      call.succeeded();
    } else if (!call.emitted) {
      if (!attempt.end()) return;
      call.emitted = true;
    }
    this.resolve(item);
  }

  attemptEnded(): void {
    closeQuietly(this.iterator);
  }

  reject(error: unknown): void {
    closeQuietly(this.iterator);
    this.iterator = undefined;
    this.failure = { error };
    this.rejectItem(error);
  }

  recovered(result: unknown): void {
    closeQuietly(this.iterator);
    this.iterator = undefined;
    this.substitute = (isAsyncIterable(result) ? result : single(result))[
      Symbol.asyncIterator
    ]() as AsyncIterator<T>;
    this.substitute.next().then(this.resolve, this.rejectItem);
  }

  /** The consumer has left or has been served. */
  async leave(): Promise<void> {
    this.call.release();
    await (this.substitute ?? this.iterator)?.return?.();
  }
}

const END = { done: true, value: undefined } as const;

async function* single(result: unknown): AsyncGenerator {
  yield await result;
}

// An iterator that nobody reads any more: how it ends is of no interest.
function closeQuietly(iterator: AsyncIterator<unknown> | undefined): void {
  try {
    iterator?.return?.().catch(() => undefined);
  } catch {
    // a `return` that throws
  }
}
