import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { RateLimitError, Retryable, RetryableModule } from 'nestjs-retryable';
import { RedisCooldownStore } from 'nestjs-retryable/redis';
import { failureOf } from '../support/calls.js';
import { keepingLogger, LogLines } from '../support/log-lines.js';
import { redisIsAbsent as isAbsent, RedisServer } from './support/redis-server.js';

let server: RedisServer;
let lines: LogLines;

beforeEach(async () => {
  lines = new LogLines();
  Logger.overrideLogger(keepingLogger(lines));
  if (!isAbsent) server = await RedisServer.start();
});
afterEach(() => Logger.overrideLogger(undefined as never));

async function process(): Promise<RedisCooldownStore> {
  const store = new RedisCooldownStore(server.url);
  onTestFinished(() => store.close());
  await vi.waitFor(() => expect(Reflect.get(store, 'isLive')).toBe(true));
  return store;
}

const inAMinute = () => Date.now() + 60_000;

describe.skipIf(isAbsent)('while Redis is away', () => {
  it('each process goes by what it knows, and nobody waits', async () => {
    const [first, second] = [await process(), await process()];
    await first.extend('meta:known', inAMinute());
    await vi.waitFor(() => expect(second.get('meta:known')).toBeDefined());
    await server.stop();
    await vi.waitFor(() => expect(Reflect.get(first, 'isLive')).toBe(false));
    await first.extend('meta:learned', inAMinute());
    for (let call = 0; call < 100; call++) {
      expect(await first.get('meta:learned')).toBeDefined();
      expect(await second.get('meta:known')).toBeDefined();
    }
  });

  it('one line says so, and another one that it is back, with all that was learned meanwhile', async () => {
    const [first, second] = [await process(), await process()];
    await server.stop();
    await vi.waitFor(() => expect(lines.of('retry_redis_lost')).toHaveLength(2));
    await first.extend('meta:learned', inAMinute());
    await second.extend('meta:other', inAMinute());
    await server.start();
    for (const [store, account] of [
      [second, 'meta:learned'],
      [first, 'meta:other'],
    ] as const) {
      await vi.waitFor(() => expect(store.get(account)).toBeTypeOf('number'), 1000);
    }
    expect(lines.of('retry_redis_lost')).toHaveLength(2); // one of each process
    expect(lines.of('retry_redis_found')).toHaveLength(2);
  });

  it('what was forgotten meanwhile stays forgotten', async () => {
    const first = await process();
    await first.extend('meta:act_1', inAMinute());
    await server.stop();
    await first.delete('meta:act_1');
    await server.start();
    await vi.waitFor(() => expect(Reflect.get(first, 'isLive')).toBe(true));
    expect(first.get('meta:act_1')).toBeUndefined();
  });

  it('that hangs holds nobody up for longer than a moment', async () => {
    const first = await process();
    server.freeze();
    const began = performance.now();
    await first.extend('meta:act_1', inAMinute());
    expect(performance.now() - began).toBeLessThan(500);
    expect(first.get('meta:act_1')).toBeDefined();
    expect(lines.of('retry_redis_lost')).toHaveLength(1);
    server.goOn();
    const second = await process();
    await vi.waitFor(() => expect(second.get('meta:act_1')).toBeDefined());
  });

  it('an application starts, its calls are made, and it ends', async () => {
    await server.stop();
    class Meta {
      @Retryable({ platform: 'meta', key: () => 'act_1' })
      async read(): Promise<string> {
        throw new RateLimitError('meta', { retryAfter: 600 });
      }
    }
    const store = new RedisCooldownStore(server.url);
    class AppModule {}
    const imports = [RetryableModule.forRoot({ cooldown: { store } })];
    const module = { module: AppModule, imports, providers: [Meta] };
    const app = await NestFactory.createApplicationContext(module, {
      abortOnError: false,
      logger: false,
    });
    expect(await failureOf(app.get(Meta).read())).toBeInstanceOf(RateLimitError);
    expect(await failureOf(app.get(Meta).read())).toMatchObject({ message: /cools down/ });
    await app.close();
    const ended = () =>
      expect(Reflect.get(Reflect.get(store, 'link'), 'commands').status).toBe('end');
    await vi.waitFor(ended);
  });
});
