import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  RateLimitError,
  Retryable,
  RetryableModule,
  retryReport,
  retryWithBackoff,
} from 'nestjs-retryable';
import { fail, hang, startVirtualTime, type VirtualTime } from 'nestjs-retryable/testing';
import { run } from '../package/support/run.js';

let time: VirtualTime;
beforeEach(() => {
  time = startVirtualTime();
});
afterEach(() => time.restore());

describe('the testing kit with Vitest', () => {
  it('tests a service of an application in no time', async () => {
    const upstream = fail(2, new RateLimitError('meta')).then({ id: 'c1' });

    @Injectable()
    class Campaigns {
      @Retryable({ context: 'create_campaign', platform: 'meta' })
      async create(name: string): Promise<{ id: string }> {
        return upstream(name);
      }
    }
    const module = await Test.createTestingModule({
      imports: [RetryableModule.forRoot()],
      providers: [Campaigns],
    })
      .setLogger({ log() {}, error() {}, warn() {} })
      .compile();
    await module.init();
    expect(await module.get(Campaigns).create('Spring')).toEqual({ id: 'c1' });
    time.expectWaits(1000, 2000);
    upstream.expectCalls(3);
    await module.close();
  });

  it('goes by its own time where the timers of Vitest are faked', async () => {
    vi.useFakeTimers();
    try {
      const error = await retryWithBackoff(hang(), { platform: 'meta' }).catch((e: unknown) => e);
      expect(retryReport(error)).toMatchObject({ attempts: 4, elapsedMs: 127_000 });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the testing kit with Jest', () => {
  it('does the same', { timeout: 60_000 }, async () => {
    const here = import.meta.dirname;
    const jest = join(here, 'node_modules/jest/bin/jest.js');
    const config = join(here, 'jest/jest.config.json');
    // Nest 12 is ES modules, which Jest loads only so.
    const node = [process.execPath, '--experimental-vm-modules'] as const;
    const printed = await run(here, ...node, jest, '--config', config, '--json');
    const report = printed.split('\n').find((line) => line.startsWith('{')) ?? '';
    expect(JSON.parse(report)).toMatchObject({ success: true, numPassedTests: 4 });
  });
});
