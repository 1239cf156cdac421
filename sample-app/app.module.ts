import {
  Module,
  type DynamicModule,
  type MiddlewareConsumer,
  type NestModule,
} from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { RetryableModule } from 'nestjs-retryable';
import { AbTestManager } from './ab-tests/ab-test-manager.js';
import { AbTestsController } from './ab-tests/ab-tests.controller.js';
import { AccountsController } from './adapters/accounts.controller.js';
import { GoogleAdapter } from './adapters/google.adapter.js';
import { MetaAdapter } from './adapters/meta.adapter.js';
import { PlatformRouter } from './adapters/platform-router.js';
import { TikTokAdapter } from './adapters/tiktok.adapter.js';
import { AiController } from './ai/ai.controller.js';
import { CopyWriter } from './ai/copy-writer.js';
import { BudgetController } from './budget/budget.controller.js';
import { BudgetOptimizer } from './budget/budget-optimizer.js';
import { CampaignManager } from './campaigns/campaign-manager.js';
import { CampaignsController } from './campaigns/campaigns.controller.js';
import { requestIdOf } from './http/request-info.js';
import { McpClient } from './mcp/mcp.client.js';
import { McpController } from './mcp/mcp.controller.js';
import { RuleEngine } from './rules/rule-engine.js';
import { RulesController } from './rules/rules.controller.js';
import { Runs } from './runs/runs.js';
import { RunsController } from './runs/runs.controller.js';
import { Settings } from './settings.js';

@Module({})
export class AppModule implements NestModule {
  constructor(private readonly runs: Runs) {}

  static async register(settings: Settings): Promise<DynamicModule> {
    const { redisUrl } = settings;
    const redis =
      redisUrl === undefined
        ? undefined
        : (await import('./parked-calls/with-redis.js')).withRedis(redisUrl);
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot({
          pinoHttp: [
            {
              level: settings.logLevel,
              genReqId: requestIdOf,
              // Neither what clients send in headers nor what they put behind a path.
              serializers: {
                req: ({ id, method, url }: { id: unknown; method: string; url: string }) => ({
                  id,
                  method,
                  path: url.split('?')[0],
                }),
                res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
              },
            },
            settings.logTo,
          ],
        }),
        RetryableModule.forRoot({
          // Most proxies give up on a request after a minute.
          retry: { totalTimeout: 60_000 },
          // A client that leaves also ends the calls that are made for it.
          requestTimeout: 90_000,
          // Short, so that nobody waits long to see a platform hang.
          platforms: {
            meta: { timeout: 3_000 },
            google: { timeout: 3_000 },
            tiktok: { timeout: 2_000 },
          },
          timeouts: { mcp_call: 2_000, ai_generation: 4_000 },
          // Who adds a method that creates something says whether it may be repeated.
          undeclaredWrites: 'error',
          stores: redis?.stores,
        }),
        ...(redis?.imports ?? []),
      ],
      controllers: [
        AccountsController,
        CampaignsController,
        BudgetController,
        AbTestsController,
        RulesController,
        AiController,
        McpController,
        RunsController,
        ...(redis?.controllers ?? []),
      ],
      providers: [
        { provide: Settings, useValue: settings },
        MetaAdapter,
        TikTokAdapter,
        GoogleAdapter,
        PlatformRouter,
        CampaignManager,
        BudgetOptimizer,
        AbTestManager,
        RuleEngine,
        CopyWriter,
        McpClient,
        Runs,
      ],
    };
  }
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(this.runs.begin).forRoutes('{*path}');
  }
}
