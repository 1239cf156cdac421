import { defineConfig } from 'vitest/config';

/**
 * The tests of the engine, without those of child processes and of loads. Most share one copy of all
 * modules, which takes a third of the time.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'together',
          isolate: false,
          include: [
            'test/unit/retry/*.spec.ts',
            'test/unit/retryable*.spec.ts',
            'test/integration/{abandoned-streams,decorated-classes,decorated-service}.spec.ts',
            'test/integration/{cooldown,deadlines,handler-,late-errors,leaving-clients}*.spec.ts',
            'test/integration/{one-layer,order,policies,provider-scopes,reconcile,refusing}*.spec.ts',
            'test/integration/{request-timeout,retry-budget}.spec.ts',
            'test/integration/{route-handlers,shared-repairs,repairs,shutdown,stated-wait}*.spec.ts',
            'test/integration/{stream-limits,through,undeclared-writes,writ}*.spec.ts',
          ],
          exclude: [
            'test/unit/retry/{process,mock-timers,silence}.spec.ts',
            'test/unit/retry/deadline-queue.{model,portions}.spec.ts',
            'test/unit/retryable.decorator.runtime.spec.ts',
          ],
        },
      },
      {
        test: {
          name: 'alone',
          include: [
            'test/unit/{operation-logger,retryable.decorator.runtime}.spec.ts',
            'test/unit/retry/deadline-queue.model.spec.ts',
            'test/integration/{operation-logs,own-classifiers,policy-layers,retry-interceptor}.spec.ts',
          ],
        },
      },
    ],
  },
});
