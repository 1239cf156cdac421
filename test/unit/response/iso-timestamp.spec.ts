import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ServiceError } from '../../../lib/errors/service-error.js';
import { createErrorResponse } from '../../../lib/response/error-response.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it('every answer has the time at which it is made, to the millisecond, also after a clock was set back', () => {
  const times = [
    '2026-03-01T12:00:00.000Z',
    '2026-03-01T12:00:00.000Z',
    '2026-03-01T12:00:00.001Z',
    '2026-03-02T00:00:00.000Z',
    '2026-03-01T12:00:00.000Z',
  ];
  const told = times.map((time) => {
    vi.setSystemTime(time);
    return createErrorResponse({ error: new ServiceError('TIMEOUT') }).error.timestamp;
  });
  expect(told).toEqual(times);
});
