import { Controller, Get, Injectable, Param } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  AiModelQuotaError,
  BudgetInsufficientError,
  constant,
  CreativeRejectedError,
  InsufficientCreditsError,
  McpConnectionError,
  PlatformServiceError,
  PlatformTimeoutError,
  RateLimitError,
  Retryable,
  ServiceError,
  TokenExpiredError,
  ValidationError,
} from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ISO_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const errors: Record<string, () => ServiceError> = {
  token: () => new TokenExpiredError('meta', { message: 'token EAAB-secret is dead' }),
  rate: () => new RateLimitError('tiktok', { retryAfter: 4.2 }),
  'rate-unstated': () => new RateLimitError('meta'),
  'rate-long': () => new RateLimitError('meta', { retryAfter: 3600 }),
  platform: () => new PlatformServiceError('google', { statusCode: 503 }),
  timeout: () => new PlatformTimeoutError('meta'),
  budget: () => new BudgetInsufficientError('meta', { details: { account: 'act_1', reason: '2' } }),
  creative: () =>
    new CreativeRejectedError('tiktok', { reason: 'TEXT_POLICY see https://tiktok.test/p?x=1' }),
  credits: () => new InsufficientCreditsError({ required: 5, available: 2 }),
  quota: () => new AiModelQuotaError(),
  mcp: () => new McpConnectionError(),
  input: () => new ValidationError({ field: 'budget', errors: ['must be positive'] }),
  subclass: () => new LedgerError(),
  own: () => new ServiceError('LEDGER_CLOSED', { code: 7001, message: 'Ledger 2024 is closed' }),
};

class LedgerError extends ServiceError {
  static override readonly publicDetails = ['ledger'];

  constructor() {
    super('LEDGER_CLOSED', { details: { ledger: 2024, tenant: 'acme', reason: 'audit' } });
  }
}

@Injectable()
class Adapter {
  @Retryable({ context: 'create_campaign', backoff: constant(0) })
  create(error: string): Promise<never> {
    return Promise.reject(errors[error]?.() ?? new Error(error));
  }
}

@Controller('campaigns')
class Campaigns {
  constructor(private readonly adapter: Adapter) {}

  @Get(':error')
  create(@Param('error') error: string) {
    return this.adapter.create(error);
  }
}

onBothAdapters('an error thrown in a service', (testCase) => {
  const start = () => testCase().controllers(Campaigns).providers(Adapter).start();

  it('is answered with the words of the specification and nothing else', async () => {
    const app = await start();
    const reply = await app.get('/campaigns/token');
    expect(reply.status).toBe(401);
    expect(reply.body).toEqual({
      status: 'error',
      error: {
        code: '6001',
        type: 'TOKEN_EXPIRED',
        message: '广告账户授权已过期，请重新授权',
        context: 'create_campaign',
        platform: 'meta',
        timestamp: expect.stringMatching(ISO_UTC) as string,
        action: '重新授权',
        action_url: '/settings/ad-accounts',
        request_id: expect.stringMatching(UUID) as string,
      },
      retry_allowed: false,
    });
    expect(reply.text).not.toContain('EAAB');
  });

  it('is answered with the keys in the order of the contract', async () => {
    const app = await start();
    const { body } = await app.get('/campaigns/rate-long');
    expect(Object.keys(body)).toEqual(['status', 'error', 'retry_allowed', 'retry_after']);
    expect(Object.keys(body.error)).toEqual([
      'code',
      'type',
      'message',
      'context',
      'platform',
      'timestamp',
      'action',
      'details',
      'request_id',
    ]);
  });

  it.each([
    ['token', 401, '6001', 'TOKEN_EXPIRED', undefined],
    ['rate', 429, '1003', 'API_RATE_LIMIT', { retry_after: 5 }],
    ['rate-unstated', 429, '1003', 'API_RATE_LIMIT', { retry_after: 60 }],
    ['platform', 502, '4002', 'PLATFORM_SERVICE_ERROR', { status_code: 503 }],
    ['timeout', 504, '4002', 'PLATFORM_TIMEOUT', undefined],
    ['budget', 402, '6002', 'BUDGET_INSUFFICIENT', { reason: '2' }],
    ['creative', 422, '6003', 'CREATIVE_REJECTED', { reason: 'TEXT_POLICY see' }],
    ['credits', 402, '6011', 'INSUFFICIENT_CREDITS', { required: 5, available: 2 }],
    ['quota', 429, '4003', 'AI_MODEL_QUOTA_EXCEEDED', { retry_after: 60 }],
    ['mcp', 503, '3000', 'MCP_CONNECTION_ERROR', undefined],
    ['input', 400, '1001', 'VALIDATION_ERROR', { field: 'budget', errors: ['must be positive'] }],
    ['own', 500, '7001', 'LEDGER_CLOSED', undefined],
    ['subclass', 500, '1000', 'LEDGER_CLOSED', { ledger: 2024 }],
    ['unheard-of', 500, '1000', 'UNKNOWN_ERROR', undefined],
  ])('%s: %i, %s %s, public details alone', async (name, status, code, type, details) => {
    const app = await testCase()
      .options({ retry: { maxRetries: 0 } })
      .controllers(Campaigns)
      .providers(Adapter)
      .start();
    const reply = await app.get(`/campaigns/${name}`);
    expect(reply.status).toBe(status);
    expect(reply.body.error).toMatchObject({ code, type });
    expect(reply.body.error.details).toEqual(details);
  });

  describe('tells the client whether trying again can help', () => {
    it.each([
      // [error, retries until it is answered, retry_allowed, retry_after]
      ['used-up retries', 'platform', 3, false, 30],
      ['an error that stays', 'budget', 0, false, undefined],
      ['a wait that is too long to sleep', 'rate-long', 0, true, 3600],
      ['a used-up quota', 'quota', 0, false, 60],
    ])('%s', async (_, name, retries, allowed, retryAfter) => {
      const app = await start();
      const { body } = await app.get(`/campaigns/${name}`);
      expect(body.retry_allowed).toBe(allowed);
      expect(body.retry_after).toBe(retryAfter);
      expect(app.lines.only('operation_error')['retry_count']).toBe(retries);
    });
  });
});
