import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from './support/compile.js';
import { run } from './support/run.js';
import { pack, temporaryFolder, unpack } from './support/tarball.js';

const VALUES = [
  'AdPlatformError',
  'AiModelError',
  'AiModelQuotaError',
  'AiModelTimeoutError',
  'BudgetInsufficientError',
  'ConnectionFailedError',
  'Cooldowns',
  'CreativeRejectedError',
  'ErrorResponseFilter',
  'InsufficientCreditsError',
  'McpConnectionError',
  'McpTimeoutError',
  'McpToolError',
  'OperationCancelledError',
  'OperationTimeoutError',
  'OutcomeUnknownError',
  'ParkedError',
  'PermissionDeniedError',
  'PlatformServiceError',
  'PlatformTimeoutError',
  'RateLimitError',
  'RequestTimeout',
  'RetryEvents',
  'RetryInterceptor',
  'RetryStrategy',
  'Retryable',
  'RetryableModule',
  'ServiceError',
  'ServiceUnavailableError',
  'TimeoutConfig',
  'TokenExpiredError',
  'TokenInvalidError',
  'ValidationError',
  'classifyError',
  'constant',
  'createErrorResponse',
  'currentAttempt',
  'exponential',
  'found',
  'graphqlErrorFormatter',
  'isServiceError',
  'notFound',
  'retryReport',
  'retryWithBackoff',
  'retryWithBackoff$',
];

const TYPES = [
  'Attempt',
  'Backoff',
  'BucketSize',
  'CatalogText',
  'Classifier',
  'Cooldown',
  'CooldownOptions',
  'CooldownStore',
  'ErrorDescription',
  'ErrorHint',
  'ErrorPresentationOptions',
  'ErrorResponse',
  'ErrorResponseInput',
  'ErrorType',
  'ExponentialBackoffOptions',
  'FormattedGraphqlError',
  'Found',
  'GaveUp',
  'Jitter',
  'KnownErrorType',
  'LeftWait',
  'NotFound',
  'Operation',
  'OperationOptions',
  'ParkOptions',
  'ParkedErrorOptions',
  'Platform',
  'RepairLock',
  'RepairTimes',
  'Repairs',
  'RetryBudgetOptions',
  'RetryBudgetStore',
  'RetryEvent',
  'RetryOn',
  'RetryOptions',
  'RetryReport',
  'RetryReportJson',
  'RetryWithBackoffOptions',
  'RetryableMethodDecorator',
  'RetryableModuleExtras',
  'RetryableModuleOptions',
  'RetryableOptions',
  'RetryableOptionsFactory',
  'ServiceErrorOptions',
  'SharedStores',
  'Through',
  'Timeouts',
  'TokenAnswer',
  'UndeclaredWrites',
];

// A library on top: its own declaration files must be able to name whatever type it is given.
const CONSUMER = `
import * as api from 'nestjs-retryable';
export * as everything from 'nestjs-retryable';
export const report = api.retryReport(new Error());
export const json = report?.toJSON();
export const response = api.createErrorResponse({ error: new Error() });
export const classified = api.classifyError(new Error(), { platform: 'meta' });
export const attempt = api.currentAttempt();
export const backoff = api.exponential({ initialDelay: 1 });
export const decorator = api.Retryable({ context: 'a' });
export const operator = api.retryWithBackoff$<string>();
export const module = api.RetryableModule.forRoot();
export class OwnError extends api.ServiceError {}
export class OwnFilter extends api.ErrorResponseFilter {}
export class OwnInterceptor extends api.RetryInterceptor {}
export class OwnModule extends api.RetryableModule {}
`;

const MINUTE = 60_000;

let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  await unpack(await pack(folder), folder);
}, MINUTE);

afterAll(() => rm(folder, { recursive: true, force: true }), MINUTE);

describe('loading the package', { timeout: MINUTE }, () => {
  it.each(['module', 'commonjs'])('by %s does not load the whole of Nest', async (inputType) => {
    const load = inputType === 'module' ? 'await import' : 'require';
    const program = `
      const loaded = [];
      process.getBuiltinModule('node:module').registerHooks({
        load: (url, context, next) => { loaded.push(url); return next(url, context); },
      });
      ${load}('nestjs-retryable');
      const files = (name) => loaded.filter((url) => url.includes('/@nestjs/' + name + '/'));
      console.log(files('core').length, files('core').some((url) => url.endsWith('/core/index.js')));
    `;
    const printed = await run(folder, process.execPath, `--input-type=${inputType}`, '-e', program);
    const [files, wholeCore] = printed.trim().split(' ');
    expect(Number(files)).toBeGreaterThan(0);
    expect(wholeCore).toBe('false');
  });
});

describe('the public names', () => {
  it.each([
    ['import', 'module', `import * as api from 'nestjs-retryable';`],
    ['require', 'commonjs', `const api = require('nestjs-retryable');`],
  ])('by %s are these, none of them the default', async (_, inputType, load) => {
    const program = `${load} console.log(JSON.stringify(Object.keys(api).sort()))`;
    const printed = await run(folder, process.execPath, `--input-type=${inputType}`, '-e', program);
    expect(JSON.parse(printed)).toEqual(VALUES);
  });
});

describe.each([
  ['an ES module', 'consumer.mts', 'node'],
  ['a CommonJS module', 'consumer.cts', 'node'],
  ['a bundled module', 'consumer.ts', 'bundler'],
] as const)('the types as %s sees them', (_, fileName, setting) => {
  it(
    'compile alone, can be named by a library on top, and are these',
    { timeout: MINUTE },
    async () => {
      const path = join(folder, fileName);
      await writeFile(path, CONSUMER);
      expect(compile(path, setting)).toEqual({ problems: [], values: VALUES, types: TYPES });
    },
  );
});
