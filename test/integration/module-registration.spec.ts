import { Controller, Get, Inject, Injectable, Module, Scope } from '@nestjs/common';
import { expect, it } from 'vitest';
import {
  constant,
  PlatformServiceError,
  RetryableModule,
  RetryStrategy,
  TimeoutConfig,
  type RetryableModuleOptions,
} from '../../lib/index.js';
import { onBothAdapters, type RunningApp } from '../support/app.js';
import { failing, failureOf } from '../support/calls.js';
import { failingRoute } from '../support/failing-route.js';

const OPTIONS: RetryableModuleOptions = {
  retry: { maxRetries: 1, backoff: constant(0) },
  timeouts: { mcp_call: 5000 },
  errors: { locale: 'en' },
};

const SETTINGS = 'settings';

@Module({ providers: [{ provide: SETTINGS, useValue: OPTIONS }], exports: [SETTINGS] })
class SettingsModule {}

@Injectable()
class OptionsFactory {
  constructor(@Inject(SETTINGS) private readonly settings: RetryableModuleOptions) {}

  createRetryableOptions() {
    return this.settings;
  }
}

@Module({ imports: [SettingsModule], providers: [OptionsFactory], exports: [OptionsFactory] })
class FactoryModule {}

@Controller()
class Campaigns {
  readonly upstream = failing([down(), down(), down()], 'campaign');

  constructor(private readonly strategy: RetryStrategy) {}

  @Get('campaigns')
  create() {
    return this.strategy.retryWithBackoff(this.upstream, { context: 'create_campaign' });
  }
}

function down() {
  return new PlatformServiceError('meta', { statusCode: 503 });
}

const ASYNC = {
  useFactory: RetryableModule.forRootAsync({
    imports: [SettingsModule],
    inject: [SETTINGS],
    useFactory: async (settings: RetryableModuleOptions) => settings,
  }),
  useClass: RetryableModule.forRootAsync({ imports: [SettingsModule], useClass: OptionsFactory }),
  useExisting: RetryableModule.forRootAsync({
    imports: [FactoryModule],
    useExisting: OptionsFactory,
  }),
  'forRoot with options': RetryableModule.forRoot(OPTIONS),
};

onBothAdapters('RetryableModule', (testCase) => {
  const start = (module = RetryableModule.forRoot()) =>
    testCase().register(module).controllers(Campaigns).start();

  const upstreamOf = (app: RunningApp) => app.nest.get(Campaigns).upstream;

  it.each(Object.entries(ASYNC))('takes its options by %s', async (_, module) => {
    const app = await start(module);
    const { body, headers } = await app.get('/campaigns', {
      headers: { 'accept-language': 'fr' },
    });
    expect(upstreamOf(app)).toHaveBeenCalledTimes(2);
    expect(headers.get('content-language')).toBe('en');
    expect(body.error).toMatchObject({
      context: 'create_campaign',
      type: 'PLATFORM_SERVICE_ERROR',
    });
    expect(app.nest.get(TimeoutConfig).getTimeout('mcp_call')).toBe(5000);
  });

  it('needs no options at all', async () => {
    const app = await start();
    const timeouts = app.nest.get(TimeoutConfig);
    for (const operation of ['api_call', 'mcp_call', 'ai_generation', 'default', 'other']) {
      expect(timeouts.getTimeout(operation)).toBe(30_000);
    }
    expect(timeouts.getTimeout()).toBe(30_000);
    expect((await app.get('/nowhere')).body.error.type).toBe('NOT_FOUND');
  });

  it('takes undefined for what is not given', async () => {
    const app = await start(
      RetryableModule.forRoot({
        retry: undefined,
        platforms: undefined,
        timeouts: { default: undefined },
        errors: { locale: undefined, catalog: undefined, httpStatus: undefined },
        classifiers: undefined,
        isGlobal: undefined,
        filter: undefined,
        interceptor: undefined,
      }),
    );
    expect((await app.get('/nowhere')).body.error.type).toBe('NOT_FOUND');
  });

  it('takes undefined for what is not given of a platform, a language or a type', async () => {
    const app = await start(
      RetryableModule.forRoot({
        platforms: { meta: undefined },
        errors: {
          catalog: { fr: undefined, en: { NOT_FOUND: undefined } },
          httpStatus: { NOT_FOUND: undefined },
        },
      }),
    );
    const { status, headers, body } = await app.get('/nowhere', {
      headers: { 'accept-language': 'fr, en;q=0.5' },
    });
    expect(status).toBe(404);
    expect(headers.get('content-language')).toBe('en');
    expect(body.error.type).toBe('NOT_FOUND');
  });

  it('starts with a backoff that asks more of an error than a forecast can tell', async () => {
    const backoff = (): number => {
      throw new TypeError('no such header');
    };
    const app = await start(RetryableModule.forRoot({ retry: { backoff } }));
    const line = app.lines.only('retry_configured');
    expect(line).toMatchObject({ max_attempts: 4 });
    expect(line).not.toHaveProperty('worst_case_ms');
  });

  it.each([
    ['that is no logger', () => ({ info: () => undefined })],
    [
      'that cannot be made',
      (): object => {
        throw new Error('no stream');
      },
    ],
  ])('keeps the logger of Nest beside a PinoLogger %s', async (_, make) => {
    @Injectable({ scope: Scope.TRANSIENT })
    class PinoLogger {
      constructor() {
        return make();
      }
    }
    const app = await testCase().providers(PinoLogger).start();
    expect(app.lines.only('retry_configured')).toMatchObject({ max_attempts: 4 });
  });

  it('takes its switches beside useFactory', async () => {
    const app = await start(
      RetryableModule.forRootAsync({ useFactory: () => OPTIONS, filter: false }),
    );
    expect((await app.get('/nowhere')).body).toMatchObject({ statusCode: 404 });
  });

  it('gives its providers to every module, unless isGlobal is false', async () => {
    class FeatureModule {}
    const feature = { module: FeatureModule, controllers: [Campaigns] };
    const app = await testCase().modules(feature).start();
    expect(app.nest.get(Campaigns, { strict: false })).toBeInstanceOf(Campaigns);

    const local = RetryableModule.forRoot({ ...OPTIONS, isGlobal: false });
    const error = await failureOf(testCase().register(local).modules(feature).start());
    expect(String(error)).toContain('RetryStrategy');
  });

  it('where it is not global, answers the errors of the whole application all the same', async () => {
    const app = await testCase()
      .register(undefined)
      .modules({
        module: class FeatureModule {},
        imports: [RetryableModule.forRoot({ isGlobal: false })],
      })
      .controllers(failingRoute(down))
      .start();
    expect((await app.get('/fail')).body.error.type).toBe('PLATFORM_SERVICE_ERROR');
  });
});
