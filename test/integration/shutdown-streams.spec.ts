import { Injectable } from '@nestjs/common';
import { concat, NEVER, Observable, of } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { currentAttempt, Retryable } from '../../lib/index.js';
import { never } from '../support/calls.js';
import { context } from '../support/context.js';
import { watch } from '../support/outcomes.js';
import { pass, stopTime } from '../support/time.js';

@Injectable()
class Feed {
  ended: unknown;

  @Retryable({ platform: 'meta' })
  observable(): Observable<string> {
    this.listen();
    return concat(of('item'), NEVER);
  }

  @Retryable({ platform: 'meta' })
  async *iterable(): AsyncGenerator<string> {
    this.listen();
    yield 'item';
    await never();
  }

  @Retryable({ platform: 'meta' })
  finite(): Observable<string> {
    return of('item');
  }

  private listen(): void {
    const signal = currentAttempt()?.signal;
    signal?.addEventListener('abort', () => (this.ended = signal.reason));
  }
}

async function start() {
  const { module } = await context({}, Feed);
  stopTime();
  return { module, feed: module.get(Feed) };
}

const closing = { type: 'SERVICE_UNAVAILABLE', message: 'The application is closing' };

describe('a stream that has begun, when its application closes', () => {
  it('ends after the grace, as an Observable', async () => {
    const { module, feed } = await start();
    const [next, error] = [vi.fn(), vi.fn()];
    feed.observable().subscribe({ next, error });
    const closed = watch(module.close());
    await pass(4999);
    expect([closed.done, error.mock.calls.length]).toEqual([false, 0]);
    await pass(1);
    expect(next).toHaveBeenCalledExactlyOnceWith('item');
    expect(error).toHaveBeenCalledExactlyOnceWith(expect.objectContaining(closing));
    expect(feed.ended).toMatchObject(closing);
    await pass(10);
    expect(closed.done).toBe(true);
  });

  it('ends after the grace, as an async iterable', async () => {
    const { module, feed } = await start();
    const items = feed.iterable()[Symbol.asyncIterator]();
    expect(await items.next()).toEqual({ done: false, value: 'item' });
    const second = watch(items.next());
    const closed = watch(module.close());
    await pass(4999);
    expect([closed.done, second.done]).toEqual([false, false]);
    await pass(10);
    expect(second.error).toMatchObject(closing);
    expect(feed.ended).toMatchObject(closing);
    expect(closed.done).toBe(true);
  });

  it('does not hold up the end while its consumer is busy with an item', async () => {
    const { module, feed } = await start();
    const items = feed.iterable()[Symbol.asyncIterator]();
    await items.next();
    const closed = watch(module.close());
    await pass(1);
    expect(closed.done).toBe(true);
  });

  it('does not hold up the end where it is over, or where its subscriber has left', async () => {
    const { module, feed } = await start();
    feed.finite().subscribe();
    feed.observable().subscribe().unsubscribe();
    const closed = watch(module.close());
    await pass(1);
    expect(closed.done).toBe(true);
  });
});
