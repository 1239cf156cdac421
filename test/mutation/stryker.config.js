/** Changes `lib/retry` in every way Stryker knows of, and asks whether a test goes red. */
export default {
  mutate: ['lib/retry/**/*.ts'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  concurrency: 3,
  timeoutMS: 5_000,
  ignorePatterns: [
    'bench',
    'dist',
    'docs',
    'coverage',
    'test/clients',
    'test/package',
    'sample-app',
  ],
  reporters: ['progress-append-only', 'clear-text', 'json', 'html'],
  clearTextReporter: {
    logTests: false,
    reportTests: false,
    reportMutants: false,
    allowColor: false,
  },
  jsonReporter: { fileName: 'coverage/mutation/mutation.json' },
  htmlReporter: { fileName: 'coverage/mutation/index.html' },
  tempDirName: 'coverage/.stryker',
};
