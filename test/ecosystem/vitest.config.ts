import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/ecosystem/*.spec.ts'],
    globalSetup: 'test/ecosystem/support/install-package.ts',
  },
});
