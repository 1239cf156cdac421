import { defineConfig } from 'vitest/config';

// The clients print of their own accord.
export default defineConfig({
  test: { include: ['test/clients/*.spec.ts'], silent: 'passed-only' },
});
