import { Controller, Get, Injectable, type LoggerService } from '@nestjs/common';
import { AxiosError, AxiosHeaders } from 'axios';
import { describe, expect, it } from 'vitest';
import {
  constant,
  PlatformServiceError,
  RetryableModule,
  Retryable,
  type RetryOptions,
} from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { rejectWith } from '../support/calls.js';
import { failingRoute } from '../support/failing-route.js';
import { LogLines } from '../support/log-lines.js';
import { loggerModule } from '../support/pino.js';

const TOKEN = 'EAABsbCS1iHgBAKZCq8vZBtoken';

/** What axios throws: the whole request is in it. */
function axiosError(): AxiosError {
  const config = {
    url: `https://graph.test/act_1/campaigns?access_token=${TOKEN}`,
    headers: new AxiosHeaders({ Authorization: `Bearer ${TOKEN}`, Cookie: `sid=${TOKEN}` }),
    data: JSON.stringify({ password: TOKEN }),
  };
  const response = {
    status: 503,
    statusText: TOKEN,
    config,
    headers: { 'set-cookie': [`sid=${TOKEN}`] },
    data: { error: { message: `token ${TOKEN} is not valid` } },
  };
  return new AxiosError(`GET ${config.url} failed`, 'ERR_BAD_RESPONSE', config, {}, response);
}

const LEAKING: readonly [string, () => unknown][] = [
  ['an error of axios', axiosError],
  ['its message', () => new Error(`Authorization: Bearer ${TOKEN}`)],
  ['a URL in it', () => new Error(`GET https://u:${TOKEN}@x.test/?access_token=${TOKEN} failed`)],
  ['a cookie in it', () => new Error(`Set-Cookie: session=${TOKEN}; Path=/`)],
  ['its cause', () => new PlatformServiceError('meta', { cause: new Error(`api_key=${TOKEN}`) })],
  ['its details', () => new PlatformServiceError('meta', { details: { token: TOKEN } })],
  ['a public detail', () => new PlatformServiceError('meta', { details: { reason: TOKEN } })],
  ['its platform', () => new PlatformServiceError(`token=${TOKEN}`)],
  ['its name', () => Object.assign(new Error('x'), { name: TOKEN })],
  ['a text', () => `password: ${TOKEN}`],
];

@Injectable()
class Adapter {
  thrown: () => unknown = () => undefined;

  @Retryable({ maxRetries: 1, backoff: constant(0) })
  create(): Promise<never> {
    return rejectWith(this.thrown());
  }
}

@Controller()
class Campaigns {
  constructor(private readonly adapter: Adapter) {}

  @Get('campaigns')
  create() {
    return this.adapter.create();
  }
}

onBothAdapters('secrets', (testCase) => {
  it.each(LEAKING)('in %s reach neither a line nor the client', async (_, thrown) => {
    const app = await testCase().pino().controllers(Campaigns).providers(Adapter).start();
    app.nest.get(Adapter).thrown = thrown;
    const { text, headers } = await app.get('/campaigns');
    await app.lines.until('request errored');
    expect(app.lines.of('operation_error')).not.toEqual([]);
    expect(app.lines.text).not.toContain(TOKEN);
    expect(text + JSON.stringify([...headers])).not.toContain(TOKEN);
  });
});

onBothAdapters('a logger that throws', (testCase) => {
  it('breaks neither the retries nor the answer nor the start', async () => {
    const refuse = (message: unknown) => {
      if (/^(retry|operation)_/.test(String(message))) throw new Error('disk full');
    };
    const throwing: LoggerService = { log: refuse, warn: refuse, error: refuse };
    const app = await testCase()
      .controllers(Campaigns)
      .providers(Adapter)
      .prepare((nest) => nest.useLogger(throwing))
      .start();
    app.nest.get(Adapter).thrown = () => new PlatformServiceError('meta');
    const { status, body } = await app.get('/campaigns');
    expect(status).toBe(502);
    expect(body.error.type).toBe('PLATFORM_SERVICE_ERROR');
  });
});

onBothAdapters('at boot', (testCase) => {
  it.each<[string, RetryOptions, number]>([
    ['the defaults: 4 calls of 30 s and 7 s of waits', {}, 127_000],
    ['no retries', { maxRetries: 0 }, 30_000],
    ['another limit and backoff', { timeout: 5000, backoff: constant(500) }, 21_500],
    ['a limit for everything', { totalTimeout: 20_000 }, 20_000],
  ])('the log says once how long a call may take: %s', async (_, retry, expected) => {
    const app = await testCase().options({ retry }).start();
    const line = app.lines.only('retry_configured');
    expect(line).toMatchObject({ level: 'info', worst_case_ms: expected });
    expect(line['hint']).toContain('totalTimeout');
  });
});

describe('nestjs-pino', () => {
  onBothAdapters('is found', (testCase) => {
    it('wherever LoggerModule is imported', async () => {
      const lines = new LogLines();
      const app = await testCase()
        .register(undefined)
        .modules(RetryableModule.forRoot(), {
          module: class InfrastructureModule {},
          imports: [loggerModule(lines)],
        })
        .controllers(failingRoute(() => new PlatformServiceError('meta')))
        .start();
      const { body } = await app.get('/fail');
      expect(lines.only('operation_error')).toMatchObject({ platform: 'meta' });
      expect(JSON.stringify(lines.only('operation_error')['req'])).toContain(body.error.request_id);
      expect(lines.only('retry_configured')).toMatchObject({ worst_case_ms: 127_000 });
    });
  });
});
