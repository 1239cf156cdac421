import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/page/*.spec.ts'],
    // Pictures are taken by hand, so that a run of the tests leaves the checkout as it was.
    exclude: process.env['UPDATE_SCREENSHOTS'] === '1' ? [] : ['test/page/screenshots.spec.ts'],
    testTimeout: 60_000,
    hookTimeout: 30_000,
  },
});
