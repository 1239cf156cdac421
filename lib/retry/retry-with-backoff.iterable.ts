import { readBody, unreadResponseIn } from '../classify/response-body.js';
import { read } from '../errors/safe-read.js';
import type { RunningAttempt } from './attempt.js';
import type { RetryCall } from './retry-call.js';
import type { RetryDriver } from './retry-driver.js';
import { iterateThrough } from './through.js';

type Item<T> = IteratorResult<T, unknown>;
type Source<T> = AsyncIterator<T, unknown, unknown>;

/**
 * An async generator that runs a call until the first item: what comes after it is passed on as it
 * comes, because repeating it would give the items twice.
 */
export function iterateCall<T>(
  openCall: () => RetryCall,
  open: (attempt: RunningAttempt) => AsyncIterable<T>,
): AsyncGenerator<T, unknown, unknown> {
  let driver: IterableDriver<T> | undefined;
  const generator = iterate(() => (driver = new IterableDriver(openCall(), open)));
  const end = generator.return.bind(generator);
  // A generator would hear of it only after the item it waits for, many attempts later.
  generator.return = (value) => {
    driver?.leave();
    return end(value);
  };
  return generator;
}

async function* iterate<T>(begin: () => IterableDriver<T>): AsyncGenerator<T, unknown, unknown> {
  const driver = begin();
  try {
    let item = await driver.first();
    while (item.done !== true) {
      let said: unknown;
      try {
        said = yield item.value;
      } catch (thrown) {
        item = await driver.throw(thrown);
        continue;
      }
      item = await driver.next(said);
    }
    return driver.replacement === undefined ? item.value : yield* driver.replacement;
  } finally {
    await driver.close();
  }
}

/** Opens the iterable anew for each attempt, until it has given an item. */
class IterableDriver<T> implements RetryDriver {
  /** What `recover` has given instead. */
  replacement: AsyncIterable<T> | undefined = undefined;
  private attempt: RunningAttempt | undefined = undefined;
  private source: Source<T> | undefined = undefined;
  /** What the consumer waits for. */
  private awaited: { resolve(item: Item<T>): void; reject(error: unknown): void } | undefined;
  private failure: { readonly error: unknown } | undefined = undefined;

  constructor(
    private readonly call: RetryCall,
    private readonly open: (attempt: RunningAttempt) => AsyncIterable<T>,
  ) {}

  first(): Promise<Item<T>> {
    return this.itemAfter(() => this.call.start(this));
  }

  next(value: unknown): Promise<Item<T>> {
    return this.itemAfter(() => this.move((source) => source.next(value)));
  }

  async throw(thrown: unknown): Promise<Item<T>> {
    if (this.source?.throw === undefined) throw thrown;
    return this.itemAfter(() => this.move((source) => source.throw?.(thrown), { thrown }));
  }

  private itemAfter(action: () => void): Promise<Item<T>> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) return reject(this.failure.error);
      this.awaited = { resolve, reject };
      // Before the first item there is an attempt; a consumer who stays away keeps nothing.
      this.call.joinStreams();
      action();
    });
  }

  runAttempt(attempt: RunningAttempt): void {
    this.attempt = attempt;
    try {
      this.source = attempt.run(() => this.itemsOf(attempt)[Symbol.asyncIterator]());
    } catch (thrown) {
      if (attempt.settle()) this.call.attemptFailed(thrown);
      return;
    }
    this.move((source) => source.next());
  }

  private itemsOf(attempt: RunningAttempt): AsyncIterable<T> {
    const { through } = this.call.policy;
    if (through === undefined || this.call.hasBegun(attempt)) return this.open(attempt);
    return iterateThrough(through, attempt, () => this.open(attempt));
  }

  /** @param own what the consumer has thrown itself: no failure of the operation */
  private move(
    step: (source: Source<T>) => PromiseLike<Item<T>> | undefined,
    own?: { readonly thrown: unknown },
  ): void {
    const { attempt, source, call } = this;
    if (attempt === undefined || source === undefined) return;
    attempt
      .run(async () => step(source))
      .then(
        (item = { done: true, value: undefined }) => {
          const isLate = attempt.ended && call.emitted === 0;
          if (item.done === true) attempt.settle('done');
          if (source !== this.source || isLate) return;
          if (item.done === true) {
            this.source = undefined;
            call.succeeded();
          } else if (attempt.end() || call.emitted > 0) call.emit();
          this.hand((awaited) => awaited.resolve(item));
        },
        async (thrown: unknown) => {
          const response = unreadResponseIn(thrown, attempt);
          if (response !== undefined) await readBody(response, attempt);
          const isLate = attempt.ended && call.emitted === 0;
          attempt.settle();
          if (source !== this.source || isLate) return;
          this.source = undefined;
          if (own !== undefined && own.thrown === thrown) this.reject(thrown);
          else attempt.outside(() => call.attemptFailed(thrown));
        },
      );
  }

  attemptEnded(): void {
    this.abandonSource();
  }

  reject(error: unknown): void {
    this.abandonSource();
    this.failure = { error };
    this.hand((awaited) => awaited.reject(error));
  }

  recovered(result: unknown): void {
    this.abandonSource();
    this.replacement = itemsOf<T>(result);
    this.hand((awaited) => awaited.resolve({ done: true, value: undefined }));
  }

  /** The consumer leaves: what it waits for is not waited for any longer. */
  leave(): void {
    if (this.awaited === undefined) return;
    this.call.release();
    this.abandonSource();
    this.hand((awaited) => awaited.resolve({ done: true, value: undefined }));
  }

  /** The iteration is over: a source that is not is closed. */
  async close(): Promise<void> {
    const { source } = this;
    this.source = undefined;
    this.call.release();
    await source?.return?.();
  }

  private hand(settle: (awaited: NonNullable<typeof this.awaited>) => void): void {
    const { awaited } = this;
    this.awaited = undefined;
    this.call.leaveStreams();
    if (awaited !== undefined) settle(awaited);
  }

  private abandonSource(): void {
    const { source } = this;
    this.source = undefined;
    // Nobody waits for that to end, or hears how it does.
    void (async () => source?.return?.())().catch(() => undefined);
  }
}

/** The items of an async iterable; another value is the only item. */
async function* itemsOf<T>(result: unknown): AsyncGenerator<T> {
  const value = await result;
  if (typeof read(value, Symbol.asyncIterator) === 'function') yield* value as AsyncIterable<T>;
  else yield value as T;
}
