import { Test, type TestingModule } from '@nestjs/testing';
import {
  isServiceError,
  RetryableModule,
  retryReport,
  RetryStrategy,
  TimeoutConfig,
  type RetryableModuleOptions,
} from 'nestjs-retryable';
import { CampaignsService } from './campaigns.service.js';

// What an application reads from its environment may be absent.
const options: RetryableModuleOptions = {
  retry: { maxRetries: 1, totalTimeout: undefined },
  platforms: undefined,
  timeouts: { api_call: 5000, mcp_call: undefined },
  errors: { locale: undefined, httpStatus: { TOKEN_EXPIRED: 424 } },
};

describe('CampaignsService', () => {
  let module: TestingModule;
  let campaigns: CampaignsService;

  beforeEach(async () => {
    module = await Test.createTestingModule({
      imports: [RetryableModule.forRootAsync({ useFactory: () => options, filter: undefined })],
      providers: [CampaignsService],
    }).compile();
    module.useLogger(false);
    await module.init();
    campaigns = module.get(CampaignsService);
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    await module.close();
  });

  it('is called as often as the module says', async () => {
    const upstream = vi.spyOn(globalThis, 'fetch');
    upstream.mockImplementation(async () => new Response('', { status: 503 }));
    const error: unknown = await campaigns.create('spring').catch((thrown: unknown) => thrown);
    expect(upstream).toHaveBeenCalledTimes(2);
    expect(isServiceError(error) && error.type).toBe('PLATFORM_SERVICE_ERROR');
    expect(retryReport(error)).toMatchObject({ context: 'create_campaign', gaveUp: 'exhausted' });
  });

  it('finds the configured limits and strategy beside it', async () => {
    const timeouts = module.get(TimeoutConfig);
    expect([timeouts.getTimeout('api_call'), timeouts.getTimeout('mcp_call')]).toEqual([
      5000, 30_000,
    ]);
    const context = await module
      .get(RetryStrategy)
      .retryWithBackoff((attempt) => attempt.context, { context: 'list', signal: undefined });
    expect(context).toBe('list');
  });
});
