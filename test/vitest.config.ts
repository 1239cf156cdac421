import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.spec.ts'],
    exclude: ['test/package/apps/**', 'test/clients/**', 'test/ecosystem/**', 'test/page/**'],
    coverage: { include: ['lib/**/*.ts'], reporter: ['text-summary', 'text'] },
  },
});
