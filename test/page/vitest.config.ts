import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/page/*.spec.ts'], testTimeout: 60_000, hookTimeout: 30_000 },
});
