import { NestFactory } from '@nestjs/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createErrorResponse, PlatformServiceError, retryReport } from 'nestjs-retryable';
import { appOf } from './support/app.js';
import { failureOf } from '../support/calls.js';
import { exhausted, expectNoLeak } from './support/standard-json.js';
import { Adapter } from './support/upstream.js';

async function startContext(failures = Infinity) {
  const { AppModule, logger, ...rest } = appOf({ failures });
  const nest = await NestFactory.createApplicationContext(AppModule, {
    logger,
    abortOnError: false,
  });
  onTestFinished(() => nest.close());
  return { ...rest, adapter: nest.get(Adapter) };
}

describe('an application without a server', () => {
  it('retries what its services call', async () => {
    const { adapter, upstream } = await startContext(2);
    expect(await adapter.call()).toBe('answer 3');
    expect(upstream.calls).toBe(3);
  });

  it('gets the typed error, the report of it and one operation_error', async () => {
    const { adapter, lines } = await startContext();
    const error = await failureOf(adapter.call());
    expect(error).toBeInstanceOf(PlatformServiceError);
    expect(retryReport(error)).toMatchObject({
      context: 'operation',
      platform: 'meta',
      attempts: 4,
      gaveUp: 'exhausted',
    });
    await lines.until('operation_error');
    expect(lines.of('operation_error')).toHaveLength(1);
  });

  it('can make the standard JSON of it', async () => {
    const { adapter } = await startContext();
    const json = createErrorResponse({ error: await failureOf(adapter.call()) });
    expect(json).toEqual(exhausted());
    expectNoLeak(json);
  });
});
