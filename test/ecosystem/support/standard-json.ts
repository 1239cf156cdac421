import { expect } from 'vitest';
import { createErrorResponse } from 'nestjs-retryable';
import { outage, secret } from './upstream.js';

const unique = {
  timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
  request_id: expect.any(String) as string,
};

/** The JSON of the upstream's failure once the retries of `operation` are used up. */
export function exhausted(context = 'operation') {
  const { error, ...rest } = createErrorResponse({ error: outage(), context, retryCount: 3 });
  return { ...rest, error: { ...error, ...unique } };
}

/** The JSON of an error that nobody recognises. */
export function unknown(context: unknown = expect.any(String)) {
  const { error, ...rest } = createErrorResponse({ error: new Error('x') });
  return { ...rest, error: { ...error, ...unique, context } };
}

/** What every standard JSON has in common. */
export const anyStandardJson = {
  status: 'error',
  error: {
    code: expect.any(String) as string,
    type: expect.any(String) as string,
    message: expect.any(String) as string,
    context: expect.any(String) as string,
    timestamp: unique.timestamp,
  },
  retry_allowed: expect.any(Boolean) as boolean,
};

/** Nothing of what the client got tells of the upstream or of our code. */
export function expectNoLeak(received: unknown): void {
  const text = typeof received === 'string' ? received : JSON.stringify(received);
  expect(text).not.toContain(secret);
  expect(text).not.toMatch(/\bat .*:\d+:\d+/);
  expect(text).not.toContain('node_modules');
}
