import {
  Inject,
  Module,
  type DynamicModule,
  type ExceptionFilter,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from './nest-core.js';
import { ErrorResponseFilter, ServiceErrorResponseFilter } from './error-response.filter.js';
import { ServiceError, withoutStack } from './errors/service-error.js';
import { OperationLogger } from './operation-logger.js';
import { findPinoLogger } from './pino-logger.js';
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
    const pino = await findPinoLogger(this.modules);
    if (pino !== undefined) this.logger.writeTo(pino);
    this.logger.configured(worstCase(this.runtime));
  }

  // Not onApplicationShutdown: that runs only after the server has waited for its handlers.
  onModuleDestroy(): void {
    liveRuntimes.delete(this.runtime);
    this.runtime.close();
  }
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
