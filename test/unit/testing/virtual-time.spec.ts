import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  Cooldowns,
  currentAttempt,
  PlatformTimeoutError,
  RateLimitError,
  Retryable,
  retryReport,
  retryWithBackoff,
  RetryableModule,
} from '../../../lib/index.js';
import {
  fail,
  hang,
  startVirtualTime,
  succeed,
  type VirtualTime,
} from '../../../lib/testing/index.js';
import { failureOf, never } from '../../support/calls.js';
import { TestCase } from '../../support/app.js';

let time: VirtualTime;
beforeEach(() => {
  time = startVirtualTime();
});
afterEach(() => time.restore());

const limited = new RateLimitError('meta');

describe('virtual time', () => {
  it('lets 1 s, 2 s and 4 s take no time', async () => {
    const began = performance.now();
    const upstream = fail(3, limited).then('created');
    expect(await retryWithBackoff(upstream, { platform: 'meta' })).toBe('created');
    time.expectWaits(1000, 2000, 4000);
    expect(time.now()).toBe(7000);
    expect(performance.now() - began).toBeLessThan(900);
  });

  it('is what the report and the attempts go by', async () => {
    const remaining: (number | undefined)[] = [];
    const upstream = () => {
      remaining.push(currentAttempt()?.remaining());
      return Promise.reject(limited);
    };
    const error = await failureOf(retryWithBackoff(upstream, { totalTimeout: 5000 }));
    expect(retryReport(error)).toMatchObject({ elapsedMs: 3000, gaveUp: 'total-timeout' });
    expect(remaining).toEqual([5000, 4000, 2000]);
  });

  it('runs into the limit of an attempt that hangs', async () => {
    const upstream = hang(2).then('late');
    const call = retryWithBackoff(upstream, { platform: 'meta', timeout: 30_000 });
    expect(await call).toBe('late');
    time.expectWaits(1000, 2000);
    expect(time.now()).toBe(63_000);
  });

  it('stands still while a real request is under way', async () => {
    const server = createServer((_, response) => {
      setTimeout(() => response.end('real'), 50);
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as { port: number };
    const request = async () => (await fetch(`http://127.0.0.1:${port}`)).text();
    const other = retryWithBackoff(fail(1, limited).then('other'));
    expect(await retryWithBackoff(request, { timeout: 500 })).toBe('real');
    expect(await other).toBe('other');
    expect(time.now()).toBe(1000);
  });

  it('passes where the attempt around only waits for the one inside', async () => {
    const upstream = fail(2, limited).then('inner');
    const inner = () => retryWithBackoff(upstream, { platform: 'meta' });
    expect(await retryWithBackoff(inner, { totalTimeout: 20_000 })).toBe('inner');
    time.expectWaits(1000, 2000);
  });

  it('moves by hand over limits and waits in their order', async () => {
    const call = retryWithBackoff(never, { platform: 'meta', timeout: 3000, maxRetries: 1 });
    const failed = failureOf(call);
    await time.advance(2999);
    time.expectWaits();
    await time.advance(1);
    time.expectWaits(1000); // by itself, since then nothing was under way
    await time.advance(3000);
    expect(await failed).toBeInstanceOf(PlatformTimeoutError);
    expect(time.now()).toBe(7000);
  });

  it('is what cooldowns of an account go by', async () => {
    class Meta {
      @Retryable({ platform: 'meta', key: (account: string) => account })
      async read(_account: string): Promise<string> {
        return upstream();
      }
    }
    const upstream = fail(
      1,
      Object.assign(new Error('slow down'), {
        status: 429,
        headers: { 'retry-after': '20' },
      }),
    ).then('read');
    const app = await new TestCase('express').providers(Meta).start();
    const meta = app.nest.get(Meta);
    const cooldowns = app.nest.get(Cooldowns);
    expect(await Promise.all([meta.read('act_1'), meta.read('act_1')])).toEqual(['read', 'read']);
    expect(time.now()).toBeGreaterThanOrEqual(20_000);
    expect(time.now()).toBeLessThan(21_000);
    expect(cooldowns.list()).toEqual([]);
  });

  it('passes during a request that has a limit of its own', async () => {
    const upstream = fail(2, limited).then('created');
    class Campaigns {
      @Retryable({ platform: 'meta' })
      async create(): Promise<string> {
        return upstream();
      }
    }
    const app = await new TestCase('express')
      .register(RetryableModule.forRoot({ requestTimeout: 60_000 }))
      .providers(Campaigns)
      .start();
    expect(await app.nest.get(Campaigns).create()).toBe('created');
    time.expectWaits(1000, 2000);
  });

  it('ends several waits in the order of their ends, whichever was begun first', async () => {
    const ends: string[] = [];
    const wait = (name: string, ms: number) =>
      retryWithBackoff(fail(1, limited).then(name), { backoff: () => ms }).then((end) =>
        ends.push(end),
      );
    await Promise.all([wait('long', 3000), wait('short', 1000), wait('middle', 2000)]);
    expect(ends).toEqual(['short', 'middle', 'long']);
    time.expectWaits(1000, 2000, 3000);
    const call = Promise.all([wait('later', 500), wait('sooner', 100)]);
    await time.advance(500);
    await call;
    expect(ends.slice(3)).toEqual(['sooner', 'later']);
  });

  it('says which waits there were instead', async () => {
    await retryWithBackoff(fail(1, limited).then('created'));
    expect(() => time.expectWaits(1000, 2000)).toThrow(
      'Expected the waits to be [1000, 2000] ms, got [1000]',
    );
  });

  it('is started once and ends', async () => {
    expect(startVirtualTime).toThrow('already');
    time.restore();
    const real = await retryWithBackoff(succeed('real'));
    expect(real).toBe('real');
    time = startVirtualTime();
  });

  it.each([-1, Number.NaN, undefined])('does not advance by what is no time: %s', async (ms) => {
    const advanced = time.advance(ms as number);
    await expect(advanced).rejects.toThrow('Expected `ms` to be a number of milliseconds');
    expect(time.now()).toBe(0);
  });

  it('advances by all that it is told at the same time', async () => {
    await Promise.all([time.advance(2000), time.advance(1000)]);
    expect(time.now()).toBe(3000);
  });
});
