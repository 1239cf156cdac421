import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RedisCooldownStore } from '../../../dist/esm/redis/index.js';
import { Retryable, RetryableModule, type RetryableModuleOptions } from '../nestjs-retryable.js';
import { WINDOW_MS } from './settings.js';

/** Sends a request about a unit of an account; rejects where it is given up. */
export type Send = (account: string, unit: string) => Promise<void>;

/** How a process calls the platform. */
export interface Caller {
  readonly title: string;
  /** @param run what the processes of a run have in common */
  readonly boot: (send: Send, run: string) => Promise<Send>;
}

export const REDIS_URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

export const CALLERS = {
  naive: { title: 'no library, 3 retries', boot: async (send) => retried(send) },
  memory: { title: 'nestjs-retryable', boot: (send) => application(send, {}) },
  redis: {
    title: 'nestjs-retryable with Redis',
    boot: async (send, run) => application(send, { cooldown: { store: await sharedStore(run) } }),
  },
} as const satisfies Record<string, Caller>;

export type CallerName = keyof typeof CALLERS;

/** Longer than a store trusts a copy that no messages keep right. */
const AGE_MS = 1500;

/** A store of one run, whose copy is kept right by messages. */
export async function sharedStore(run: string): Promise<RedisCooldownStore> {
  const store = new RedisCooldownStore(REDIS_URL, { prefix: `nestjs-retryable-bench-${run}` });
  await sleep(AGE_MS);
  if (store.get('') !== undefined) throw new Error(`There is no Redis at ${REDIS_URL}.`);
  return store;
}

/** 1 s, 2 s and 4 s of a minute. */
const WAITS_MS = [1000, 2000, 4000].map((ms) => (ms * WINDOW_MS) / 60_000);

/** The loop that is in every code base. */
function retried(send: Send): Send {
  return async (account, unit) => {
    for (const waitMs of WAITS_MS) {
      try {
        return await send(account, unit);
      } catch {
        await sleep(waitMs);
      }
    }
    return send(account, unit);
  };
}

export async function application(send: Send, options: RetryableModuleOptions): Promise<Send> {
  @Injectable()
  class PlatformClient {
    @Retryable({ platform: 'meta', key: (account: string) => account, idempotent: true })
    async send(account: string, unit: string): Promise<void> {
      return send(account, unit);
    }
  }
  class ApplicationModule {}
  const module = {
    module: ApplicationModule,
    imports: [RetryableModule.forRoot(options)],
    providers: [PlatformClient],
  };
  const context = await NestFactory.createApplicationContext(module, { logger: false });
  const client = context.get(PlatformClient);
  return (account, unit) => client.send(account, unit);
}
