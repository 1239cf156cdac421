// A small application as it is deployed many times: each of its processes does what it is told by the
// test, calls a platform over HTTP and keeps what it shares in Redis.
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  constant,
  RateLimitError,
  Retryable,
  RetryableModule,
  PlatformServiceError,
  TokenExpiredError,
} from 'nestjs-retryable';
import { redisStores } from 'nestjs-retryable/redis';

const { REDIS = '', PREFIX = '', PLATFORM = '', SETTINGS = '{}' } = process.env;
const settings = JSON.parse(SETTINGS) as { timeout?: number; maxRetryAfter?: number };

const request = (path: string, method = 'GET', authorization = '') =>
  fetch(PLATFORM + path, { method, headers: { process: String(process.pid), authorization } });

@Injectable()
class Adapter {
  @Retryable({
    context: 'ads',
    platform: 'meta',
    backoff: constant(0),
    key: (account: string) => account,
    repair: { TOKEN_EXPIRED: 'renew' },
  })
  async ads(account: string): Promise<string> {
    // Where all processes find it.
    const authorization = await (await request('/token')).text();
    const answer = await request(`/ads?account=${account}`, 'GET', authorization);
    if (answer.status === 401) throw new TokenExpiredError('meta');
    if (answer.status === 429) {
      throw new RateLimitError('meta', { retryAfter: Number(answer.headers.get('retry-after')) });
    }
    if (!answer.ok) throw new PlatformServiceError('meta');
    return answer.text();
  }

  async renew(): Promise<void> {
    const answer = await request('/token', 'POST');
    if (!answer.ok) throw new Error('The token cannot be renewed');
  }
}

@Module({
  imports: [
    RetryableModule.forRoot({
      stores: redisStores(REDIS, { prefix: PREFIX }),
      retry: { maxRetryAfter: settings.maxRetryAfter },
      timeouts: { default: settings.timeout, api_call: settings.timeout },
    }),
  ],
  providers: [Adapter],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'log'] });
const adapter = app.get(Adapter);

process.on('message', ({ id, account }: { id: number; account: string }) => {
  adapter.ads(account).then(
    (value) => process.send?.({ id, value }),
    (error: Error & { type?: string }) => {
      process.send?.({ id, type: error.type ?? error.name, message: error.message });
    },
  );
});
process.on('disconnect', () => void app.close());
process.send?.('ready');
