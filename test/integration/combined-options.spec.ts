import { Controller, Get } from '@nestjs/common';
import { createRequire } from 'node:module';
import * as imported from 'nestjs-retryable';
import { beforeEach, describe, expect, it } from 'vitest';
import { constant, PlatformServiceError, RequestTimeout, Retryable } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { failureOf, rejectWith } from '../support/calls.js';

describe('two copies of the package', () => {
  const required = createRequire(import.meta.url)('nestjs-retryable') as typeof imported;

  describe.each([
    ['ESM around CommonJS', imported, required],
    ['CommonJS around ESM', required, imported],
  ])('%s', (_, outer, inner) => {
    const options = { backoff: outer.constant(0) };
    const fail = () => rejectWith(new inner.PlatformServiceError('meta'));

    it('know each other’s answers', async () => {
      const reconcile = () => inner.found('x');
      expect(await outer.retryWithBackoff(fail, { ...options, reconcile })).toBe('x');
    });

    it('do not repeat each other’s writes and retries', async () => {
      const runs = { done: 0, open: 0, read: 0 };
      const write = (func: () => Promise<unknown>) =>
        inner.retryWithBackoff(func, { idempotent: false });
      await failureOf(
        outer.retryWithBackoff(async () => {
          await write(async () => runs.done++);
          throw new outer.PlatformServiceError('meta');
        }, options),
      );
      await failureOf(outer.retryWithBackoff(() => write(() => (runs.open++, fail())), options));
      const read = () => inner.retryWithBackoff(() => (runs.read++, fail()), options);
      await failureOf(outer.retryWithBackoff(read, options));
      expect(runs).toEqual({ done: 1, open: 1, read: 4 });
    });
  });
});

let runs = 0;

@RequestTimeout(60_000)
@Controller('limited')
class Limited {
  @Get('bare')
  bare() {
    runs++;
    return rejectWith(new PlatformServiceError('meta'));
  }

  @Get('decorated')
  @Retryable({ backoff: constant(0) })
  decorated() {
    runs++;
    return rejectWith(new PlatformServiceError('meta'));
  }
}

onBothAdapters('RetryInterceptor below a limited controller', (testCase) => {
  beforeEach(() => {
    runs = 0;
  });

  it.each(['bare', 'decorated'])('retries a handler once: %s', async (path) => {
    const app = await testCase()
      .options({ retryBudget: false, interceptor: true, retry: { backoff: constant(0) } })
      .controllers(Limited)
      .start();
    await app.get(`/limited/${path}`);
    expect(runs).toBe(4);
  });
});
