import {
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import {
  configuration,
  limitConflicts,
  refuseUndeclaredWrites,
  undeclaredWrites,
} from './boot-report.js';
import { Cooldowns } from './cooldowns.js';
import { retriedMethods } from './retryable.explorer.js';
import { answerFileErrors } from './file-errors.js';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from './nest-core.js';
import { ErrorResponseFilter, ServiceErrorResponseFilter } from './error-response.filter.js';
import { EventStreamErrorInterceptor, hasEventStreams } from './event-stream-errors.js';
import { OperationLogger } from './operation-logger.js';
import { findPinoLogger } from './pino-logger.js';
import { ErrorPresentation } from './response/error-presentation.js';
import { RequestTimeoutInterceptor } from './request-timeout.js';
import { now } from './retry/deadline-queue.js';
import { liveRuntimes, RetryRuntime } from './retry/retry-runtime.js';
import type { RetryableDefinition } from './retryable.definition.js';
import { RetryInterceptor } from './retry.interceptor.js';
import { RetryEvents } from './retry-events.js';
import { RetryStrategy } from './retry-strategy.js';
import {
  CHECKED_OPTIONS,
  ConfigurableModuleClass,
  EVERY_HANDLER,
  MODULE_OPTIONS_TOKEN,
  type ASYNC_OPTIONS_TYPE,
  type OPTIONS_TYPE,
} from './retryable.module-definition.js';
import {
  checkAsyncOptions,
  checkModuleOptions,
  checkRootOptions,
  SHUTDOWN_GRACE_MS,
  type CheckedOptions,
} from './retryable.options.js';
import { GLOBAL_FILTER, LOGGER, PRESENTATION, RUNTIME } from './retryable.tokens.js';
import { hasSubscriptions, SubscriptionErrorInterceptor } from './subscription-errors.js';
import { TimeoutConfig } from './timeout-config.js';

/** How often it is looked whether what runs has come to its end. */
const LOOK_EVERY_MS = 20;

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
    { provide: LOGGER, useExisting: OperationLogger },
    {
      provide: CHECKED_OPTIONS,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: checkModuleOptions,
    },
    {
      provide: RUNTIME,
      inject: [CHECKED_OPTIONS, OperationLogger],
      useFactory: (options: CheckedOptions, logger: OperationLogger) =>
        // Only where the module is registered: somebody has to be told what is not retried.
        new RetryRuntime({ ...options, retryBudget: options.retryBudget ?? {} }, logger),
    },
    {
      provide: PRESENTATION,
      inject: [CHECKED_OPTIONS],
      useFactory: ({ errors }: CheckedOptions) => new ErrorPresentation(errors),
    },
    RetryStrategy,
    TimeoutConfig,
    Cooldowns,
    RetryEvents,
    RetryInterceptor,
    ErrorResponseFilter,
    ServiceErrorResponseFilter,
  ],
  exports: [
    RUNTIME,
    PRESENTATION,
    OperationLogger,
    LOGGER,
    RetryStrategy,
    TimeoutConfig,
    Cooldowns,
    RetryEvents,
    RetryInterceptor,
    ErrorResponseFilter,
  ],
})
export class RetryableModule
  extends ConfigurableModuleClass
  implements OnModuleInit, OnModuleDestroy, OnApplicationShutdown
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

  private graceEnd = 0;
  private grace: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: ApplicationConfig,
    @Inject(GLOBAL_FILTER) filter: ErrorResponseFilter | null,
    @Inject(RUNTIME) private readonly runtime: RetryRuntime,
    @Inject(CHECKED_OPTIONS) private readonly options: CheckedOptions,
    @Inject(EVERY_HANDLER) private readonly everyHandler: boolean,
    private readonly logger: OperationLogger,
    private readonly modules: ModulesContainer,
    private readonly server: HttpAdapterHost,
  ) {
    super();
    // Added here they come before the interceptors of the application, RetryInterceptor among them.
    if (hasEventStreams(modules)) {
      config.addGlobalInterceptor(new EventStreamErrorInterceptor(config));
    }
    if (hasSubscriptions(modules)) {
      config.addGlobalInterceptor(new SubscriptionErrorInterceptor(config));
    }
    const { requestTimeout } = options;
    if (requestTimeout !== undefined || everyHandler) {
      config.addGlobalInterceptor(new RequestTimeoutInterceptor(runtime, requestTimeout));
    }
    // Nest asks the global filter that was added last first. Added here, before those of the
    // application, ours is asked last and every filter of the application wins.
    if (filter !== null) config.addGlobalFilter(filter);
    liveRuntimes.add(runtime);
  }

  async onModuleInit(): Promise<void> {
    const { httpAdapter } = this.server as Partial<HttpAdapterHost>; // none without a server
    if (httpAdapter) answerFileErrors(httpAdapter, this.config);
    const pino = await findPinoLogger(this.modules);
    if (pino !== undefined) this.logger.writeTo(pino);
    this.logger.configured(configuration(this.runtime));
    try {
      this.checkMethods(retriedMethods(this.modules, this.everyHandler));
    } catch (refused) {
      liveRuntimes.delete(this.runtime); // the application never comes alive
      throw refused;
    }
  }

  private checkMethods(definitions: ReadonlySet<RetryableDefinition>): void {
    const { runtime, options, logger } = this;
    for (const definition of definitions) definition.check();
    const writes = undeclaredWrites(definitions, runtime);
    if (options.undeclaredWrites === 'error') refuseUndeclaredWrites(writes);
    if (options.undeclaredWrites !== 'safe' && writes.length > 0) logger.undeclaredWrites(writes);
    const parkable = [...definitions].filter(({ park }) => park).map(({ name }) => name);
    if (parkable.length > 0 && runtime.parking === undefined) logger.nothingParks(parkable);
    const conflicts = limitConflicts(definitions, runtime, options.requestTimeout);
    if (conflicts.length > 0) logger.limitsDoNotFit(conflicts);
  }

  // Not onApplicationShutdown: that runs only after the server has waited for its handlers.
  onModuleDestroy(): void {
    const { runtime, options } = this;
    liveRuntimes.delete(runtime);
    runtime.close();
    const graceMs = options.shutdownGrace ?? SHUTDOWN_GRACE_MS;
    this.graceEnd = now() + graceMs;
    // What it ends keeps the process alive by limits of its own.
    this.grace = setTimeout(() => runtime.endAttempts(), graceMs).unref();
  }

  /** The server is closed: what still runs belongs to no request. */
  async onApplicationShutdown(): Promise<void> {
    const { runtime } = this;
    while (!runtime.isIdle && now() < this.graceEnd) await sleep(LOOK_EVERY_MS);
    clearTimeout(this.grace);
    runtime.endAttempts();
    runtime.closeStores();
  }
}

// By the timers of the moment: tests may have faked them.
function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
