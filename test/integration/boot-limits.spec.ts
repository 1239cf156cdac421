import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { constant, Retryable, type RetryableModuleOptions } from '../../lib/index.js';
import { context } from '../support/context.js';

type Options = Parameters<typeof Retryable>[0];

/** What is said at boot of a method with these options. */
async function saidOf(options: Options, ofModule: RetryableModuleOptions = {}) {
  @Injectable()
  class Adapter {
    @Retryable({ context: 'load', ...options })
    async load(_platform?: string): Promise<void> {}
  }
  const { lines } = await context(ofModule, Adapter);
  return lines.of('retry_limits_do_not_fit').map(({ level, policies }) => ({ level, policies }));
}

describe('limits that do not fit each other', () => {
  it.each<[string, Options, RetryableModuleOptions, object]>([
    [
      '`timeout` is never reached: `totalTimeout` (9000) ends it before',
      { totalTimeout: 9000 },
      {},
      { max_attempts: 4, attempt_limit_ms: 30_000, total_limit_ms: 9000, worst_case_ms: 9000 },
    ],
    [
      'no retry follows an attempt that times out: `totalTimeout` (9000) is over by then',
      { timeout: 9000, totalTimeout: 9000 },
      {},
      { attempt_limit_ms: 9000, total_limit_ms: 9000, worst_case_ms: 9000 },
    ],
    [
      '`totalTimeout` is never reached: `requestTimeout` (5000) ends the request before',
      { timeout: 1000, totalTimeout: 9000 },
      { requestTimeout: 5000 },
      { attempt_limit_ms: 1000, total_limit_ms: 9000, worst_case_ms: 9000 },
    ],
    [
      '`timeout` is never reached: `requestTimeout` (5000) ends it before',
      { backoff: constant(10) },
      { requestTimeout: 5000 },
      { attempt_limit_ms: 30_000, worst_case_ms: 120_030 },
    ],
  ])('are a warning at boot: %s', async (problem, options, ofModule, limits) => {
    expect(await saidOf(options, ofModule)).toEqual([
      {
        level: 'warn',
        policies: [expect.objectContaining({ context: 'load', problem, ...limits })],
      },
    ]);
  });

  it.each<[string, Options, RetryableModuleOptions]>([
    ['nothing limits the whole call', {}, {}],
    ['an attempt ends before the call', { timeout: 1000, totalTimeout: 1001 }, {}],
    ['there is no retry', { timeout: 1000, totalTimeout: 1000, maxRetries: 0 }, {}],
    ['both end with the request', { timeout: 10, totalTimeout: 50 }, { requestTimeout: 50 }],
    [
      'the platform has a limit of its own',
      { platform: 'tiktok', totalTimeout: 9000 },
      { platforms: { tiktok: { timeout: 2000 } } },
    ],
  ])('are none where %s', async (_, options, ofModule) => {
    expect(await saidOf(options, ofModule)).toEqual([]);
  });

  it('are looked for in the platform that is known', async () => {
    const ofModule = { platforms: { tiktok: { timeout: 9001 } } };
    const options = { timeout: undefined, totalTimeout: 9000 };
    expect(await saidOf({ ...options, platform: 'tiktok' }, ofModule)).toMatchObject([
      { policies: [{ attempt_limit_ms: 9001 }] },
    ]);
  });
});
