import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { HttpAdapterHost } from '@nestjs/core';
import { describe, expect, it, vi } from 'vitest';
import { ErrorResponseFilter, RateLimitError } from '../../lib/index.js';
import { OperationLogger } from '../../lib/operation-logger.js';
import { DEFAULT_PRESENTATION } from '../../lib/response/error-presentation.js';
import { RetryRuntime } from '../../lib/retry/retry-runtime.js';

/** Answers an error of a gateway's handler to this client; gives back what was logged. */
function answer(client: object, error: unknown): string[] {
  const events: string[] = [];
  const write = (_: object, event: string) => events.push(event);
  const logger = new OperationLogger();
  logger.writeTo({ info: write, warn: write, error: write });
  const host = new ExecutionContextHost([client, { name: 'Spring' }]);
  host.setType('ws');
  const runtime = new RetryRuntime();
  new ErrorResponseFilter(new HttpAdapterHost(), DEFAULT_PRESENTATION, logger, runtime).catch(
    error,
    host,
  );
  return events;
}

const throttled = new RateLimitError('meta', { retryAfter: 7 });
const body = expect.objectContaining({
  status: 'error',
  error: expect.objectContaining({ type: 'API_RATE_LIMIT', context: 'ws' }) as unknown,
  retry_after: 7,
}) as unknown;

describe('a gateway whose handler fails', () => {
  it('tells a client of Socket.IO by its event for exceptions', () => {
    const client = { emit: vi.fn(), send: vi.fn() };
    expect(answer(client, throttled)).toEqual(['operation_error']);
    expect(client.emit.mock.calls).toEqual([['exception', body]]);
    expect(client.send).not.toHaveBeenCalled();
  });

  it('tells a plain WebSocket, which emits to nobody but itself, by a message', () => {
    const client = { emit: vi.fn(), send: vi.fn<(text: string) => void>(), readyState: 1 };
    expect(answer(client, throttled)).toEqual(['operation_error']);
    expect(client.emit).not.toHaveBeenCalled();
    expect(client.send).toHaveBeenCalledTimes(1);
    const message: unknown = JSON.parse(client.send.mock.calls[0]?.[0] ?? '');
    expect(message).toEqual({ event: 'exception', data: body });
  });

  it('says nothing of an error that nobody recognised', () => {
    const client = { emit: vi.fn() };
    answer(client, new Error('SELECT * FROM ledgers failed'));
    expect(JSON.stringify(client.emit.mock.calls)).not.toContain('ledgers');
  });

  it('leaves a client of another kind to Nest', () => {
    expect(() => answer({}, throttled)).toThrow(throttled);
  });
});
