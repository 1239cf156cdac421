import { defineConfig } from 'vitest/config';

// What takes minutes and prints figures.
export default defineConfig({
  test: {
    include: ['test/ecosystem/parked/*.spec.ts'],
    globalSetup: [
      'test/ecosystem/parked/require-redis.ts',
      'test/ecosystem/support/install-package.ts',
    ],
    testTimeout: 120_000,
    // Two processes each.
    maxConcurrency: 6,
    disableConsoleIntercept: true,
  },
});
