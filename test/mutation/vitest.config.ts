import { defineConfig } from 'vitest/config';

/**
 * The tests of the engine, without those of child processes and of loads, and without those that
 * ask for modules of their own: these modules are loaded once for all, which takes a third of the
 * time.
 */
export default defineConfig({
  test: {
    include: [
      'test/unit/retry/*.spec.ts',
      'test/unit/retryable*.spec.ts',
      'test/integration/{abandoned-streams,decorated-classes,decorated-service}.spec.ts',
      'test/integration/{cooldown,deadlines,handler-,late-errors,leaving-clients,one-layer}*.spec.ts',
      'test/integration/{order,provider-scopes,reconcile,refusing-policies,request-timeout}.spec.ts',
      'test/integration/{retry-budget,retry-interceptor,route-handlers,shared-repairs,repairs}.spec.ts',
      'test/integration/{shutdown,stated-wait,stream-limits,through,undeclared-writes,writ}*.spec.ts',
    ],
    exclude: [
      'test/unit/retry/{process,mock-timers,silence,deadline-queue.portions}.spec.ts',
      'test/unit/retryable.decorator.runtime.spec.ts',
    ],
    isolate: false,
  },
});
