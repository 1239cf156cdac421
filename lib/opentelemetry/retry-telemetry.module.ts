import { Inject, Module, Optional } from '@nestjs/common';
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
export class RetryTelemetryModule {
  constructor(@Optional() @Inject(RUNTIME) given?: RetryRuntime) {
    const runtime = requireRuntime(given, 'RetryTelemetryModule');
    // For good: what runs when the application closes is ended only after that, and is to be told.
    runtime.watch(new RetryTracing());
    runtime.watch(new RetryMetrics());
  }
}
