import { Inject, Module, Optional, type OnApplicationShutdown } from '@nestjs/common';
import { requireRuntime } from '../application-runtime.js';
import type { RetryRuntime } from '../retry/retry-runtime.js';
import { RUNTIME } from '../retryable.tokens.js';
import { RetryMetrics } from './retry-metrics.js';
import { RetryTracing } from './retry-tracing.js';

/**
 * Traces and measures every call of `RetryableModule`'s application by the OpenTelemetry API: a
 * span for each operation, a child span for each of its attempts, counters and a histogram of
 * waits. Whatever SDK the process has started before the application gets them; without one they
 * go nowhere.
 *
 * @throws Error at boot, where `RetryableModule` is not registered
 * @example
 * \@Module({ imports: [RetryableModule.forRoot(), RetryTelemetryModule] })
 * export class AppModule {}
 * @publicApi
 */
@Module({})
export class RetryTelemetryModule implements OnApplicationShutdown {
  private readonly endings: readonly (() => void)[];

  constructor(@Optional() @Inject(RUNTIME) given?: RetryRuntime) {
    const runtime = requireRuntime(given, 'RetryTelemetryModule');
    this.endings = [runtime.watch(new RetryTracing()), runtime.watch(new RetryMetrics())];
  }

  /** What still runs has been ended by `RetryableModule` or has been answered. */
  onApplicationShutdown(): void {
    for (const end of this.endings) end();
  }
}
