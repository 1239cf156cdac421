import {
  Inject,
  Module,
  type DynamicModule,
  type ExceptionFilter,
  type InjectionToken,
  type OnModuleDestroy,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { ApplicationConfig, ModulesContainer } from './nest-core.js';
import { ErrorResponseFilter, ServiceErrorResponseFilter } from './error-response.filter.js';
import { read } from './errors/safe-read.js';
import { ServiceError, withoutStack } from './errors/service-error.js';
import { OperationLogger, type StructuredLogger } from './operation-logger.js';
import { ErrorPresentation } from './response/error-presentation.js';
import { worstCaseMs } from './retry/policy.js';
import { liveRuntimes, RetryRuntime } from './retry/retry-runtime.js';
import { RetryInterceptor } from './retry.interceptor.js';
import { RetryStrategy } from './retry-strategy.js';
import {
  CHECKED_OPTIONS,
  ConfigurableModuleClass,
  GLOBAL_FILTER,
  MODULE_OPTIONS_TOKEN,
  type ASYNC_OPTIONS_TYPE,
  type OPTIONS_TYPE,
} from './retryable.module-definition.js';
import {
  checkAsyncOptions,
  checkModuleOptions,
  checkRootOptions,
  type CheckedOptions,
} from './retryable.options.js';
import { PRESENTATION, RUNTIME } from './retryable.tokens.js';
import { TimeoutConfig } from './timeout-config.js';

/**
 * Gives `@Retryable` its configuration and answers errors with one JSON. Global.
 *
 * @throws TypeError at boot, where an option is not allowed
 * @example
 * \@Module({ imports: [LoggerModule.forRoot(), RetryableModule.forRoot()] })
 * export class AppModule {}
 * @publicApi
 */
@Module({
  providers: [
    OperationLogger,
    {
      provide: CHECKED_OPTIONS,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: checkModuleOptions,
    },
    {
      provide: RUNTIME,
      inject: [CHECKED_OPTIONS, OperationLogger],
      useFactory: (options: CheckedOptions, logger: OperationLogger) =>
        new RetryRuntime(options, logger),
    },
    {
      provide: PRESENTATION,
      inject: [CHECKED_OPTIONS],
      useFactory: ({ errors }: CheckedOptions) => new ErrorPresentation(errors),
    },
    RetryStrategy,
    TimeoutConfig,
    RetryInterceptor,
    ErrorResponseFilter,
    ServiceErrorResponseFilter,
  ],
  exports: [
    RUNTIME,
    PRESENTATION,
    OperationLogger,
    RetryStrategy,
    TimeoutConfig,
    RetryInterceptor,
    ErrorResponseFilter,
  ],
})
export class RetryableModule
  extends ConfigurableModuleClass
  implements OnModuleInit, OnModuleDestroy
{
  /** Registers the module; every option has a default. */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    checkRootOptions(options);
    return super.forRoot(options);
  }

  /** Registers the module with options that a factory gives; its switches stand beside it. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    checkAsyncOptions(options);
    return super.forRootAsync(options);
  }

  constructor(
    config: ApplicationConfig,
    @Inject(GLOBAL_FILTER) filter: ExceptionFilter | null,
    @Inject(RUNTIME) private readonly runtime: RetryRuntime,
    private readonly logger: OperationLogger,
    private readonly modules: ModulesContainer,
  ) {
    super();
    // Nest asks the global filter that was added last first. Added here, before those of the
    // application, ours is asked last and every filter of the application wins.
    if (filter !== null) config.addGlobalFilter(filter);
    liveRuntimes.add(runtime);
  }

  async onModuleInit(): Promise<void> {
    const pino = await this.findPinoLogger();
    if (pino !== undefined) this.logger.writeTo(pino);
    this.logger.configured(worstCase(this.runtime));
  }

  // Not onApplicationShutdown: that runs only after the server has waited for its handlers.
  onModuleDestroy(): void {
    liveRuntimes.delete(this.runtime);
    this.runtime.close();
  }

  // Found by name among the application's own providers: an import of the optional package could
  // fail, and could find another copy than the one the application registered.
  private async findPinoLogger(): Promise<StructuredLogger | undefined> {
    for (const { providers } of this.modules.values()) {
      const token = classNamed(providers, 'PinoLogger');
      const found = token && (await resolve(token, providers));
      if (isStructuredLogger(found)) return found;
    }
    return undefined;
  }
}

type Providers = ReadonlyMap<InjectionToken, { readonly instance?: unknown }>;

function classNamed(providers: Providers, name: string): Type | undefined {
  const tokens = [...providers.keys()];
  return tokens.find((token) => typeof token === 'function' && token.name === name) as
    Type | undefined;
}

// By the reference that Nest gives every module. Found by name too: loading the class takes a fifth
// of the time that all of this package takes, only to be a token.
async function resolve(token: Type, providers: Providers): Promise<unknown> {
  const ofReference = classNamed(providers, 'ModuleRef');
  const reference = ofReference && (providers.get(ofReference)?.instance as ModuleRef | undefined);
  try {
    return await reference?.resolve<unknown>(token, undefined, { strict: false });
  } catch {
    return undefined; // no application should fail to start for how its lines are written
  }
}

function isStructuredLogger(value: unknown): value is StructuredLogger {
  return ['info', 'warn', 'error'].every((level) => typeof read(value, level) === 'function');
}

function worstCase(runtime: RetryRuntime): Record<string, unknown> {
  const policy = runtime.policyFor({ context: 'default', platform: undefined });
  const error = withoutStack(() => new ServiceError('TIMEOUT'));
  const worstMs = worstCaseMs(policy, error);
  return {
    max_attempts: policy.maxRetries + 1,
    attempt_limit_ms: policy.timeout,
    ...(worstMs === undefined ? {} : { worst_case_ms: worstMs }),
    hint: 'A call may take that long; `totalTimeout` limits it.',
  };
}
