import { Logger, NotFoundException, ServiceUnavailableException } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  constant,
  OperationCancelledError,
  RateLimitError,
  RetryStrategy,
  ServiceError,
  TokenExpiredError,
  type RetryWithBackoffOptions,
} from '../../lib/index.js';
import { classifyError } from '../../lib/classify/classify-error.js';
import { OperationLogger } from '../../lib/operation-logger.js';
import { RetryRuntime } from '../../lib/retry/retry-runtime.js';
import { failing, failureOf, rejectWith, turnEnd } from '../support/calls.js';
import { partsOf } from '../support/log-lines.js';
import { nestMajor } from '../support/versions.js';
import { HOSTILE_OBJECTS } from './errors/hostile.js';

interface Line extends Record<string, unknown> {
  level: string;
  msg: string;
}

/** A logger and what it has written through a logger like nestjs-pino's. */
function captured() {
  const lines: Line[] = [];
  const at = (level: string) => (fields: object, msg: string) =>
    void lines.push({ level, msg, ...fields });
  const logger = new OperationLogger();
  logger.writeTo({ info: at('info'), warn: at('warn'), error: at('error') });
  const strategy = new RetryStrategy(new RetryRuntime({}, logger));
  return { logger, lines, strategy };
}

/** The lines of a call that fails with these errors in turn, and then succeeds. */
async function linesOf(errors: readonly unknown[], options: RetryWithBackoffOptions = {}) {
  const { lines, strategy } = captured();
  await Promise.allSettled([
    strategy.retryWithBackoff(failing(errors, 'done'), {
      context: 'create_campaign',
      platform: 'meta',
      backoff: constant(0),
      ...options,
    }),
  ]);
  return lines;
}

const events = (lines: readonly Line[]) => lines.map(({ level, msg }) => `${level} ${msg}`);
const limited = () => new RateLimitError('meta', { message: 'User request limit reached' });
const operation = { context: 'GET /campaigns/:id', retries: 0 };

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the lines of a call', () => {
  it('never say that less than no time has passed', async () => {
    const { lines, strategy } = captured();
    for (let call = 0; call < 100; call++) {
      let turns = 0;
      const failsLater = async () => {
        await turnEnd();
        if (turns++ === 0) throw limited();
      };
      await strategy.retryWithBackoff(failsLater, { backoff: constant(0) });
    }
    const times = lines.map((line) => Number(line['elapsed_ms'] ?? 0));
    expect(Math.min(...times)).toBe(0);
  });

  it('are none where it succeeds at once', async () => {
    expect(await linesOf([])).toEqual([]);
  });

  it('tell of each failure and each wait on the way to a success', async () => {
    const lines = await linesOf([limited(), limited()]);
    expect(events(lines)).toEqual([
      'warn retry_attempt_failed',
      'info retry_scheduled',
      'warn retry_attempt_failed',
      'info retry_scheduled',
      'info retry_succeeded',
    ]);
    const identity = { context: 'create_campaign', platform: 'meta' };
    expect(lines[0]).toMatchObject({
      ...identity,
      attempt: 1,
      max_attempts: 4,
      error_type: 'RateLimitError',
      error_message: 'User request limit reached',
      type: 'API_RATE_LIMIT',
      error_code: '1003',
    });
    expect(lines[1]).toMatchObject({ ...identity, delay_ms: 0, next_attempt: 2, max_attempts: 4 });
    expect(lines[4]).toMatchObject({ ...identity, retry_count: 2 });
  });

  it('end with one operation_error where the retries are used up', async () => {
    const lines = await linesOf([limited(), limited()], { maxRetries: 1 });
    expect(events(lines)).toEqual([
      'warn retry_attempt_failed',
      'info retry_scheduled',
      'warn retry_attempt_failed',
      'warn retry_exhausted',
      'error operation_error',
    ]);
    expect(lines.at(-1)).toMatchObject({
      context: 'create_campaign',
      platform: 'meta',
      error_type: 'RateLimitError',
      error_message: 'User request limit reached',
      retry_count: 1,
      error_code: '1003',
      type: 'API_RATE_LIMIT',
      gave_up: 'exhausted',
    });
    expect(typeof lines.at(-1)?.['elapsed_ms']).toBe('number');
  });

  it('are the one that was asked for where nothing was retried', async () => {
    const error = new TokenExpiredError('meta', { message: 'Token expired' });
    const lines = await linesOf([error]);
    expect(events(lines)).toEqual(['error operation_error']);
    expect(lines[0]).toMatchObject({
      context: 'create_campaign',
      error_type: 'TokenExpiredError',
      error_message: 'Token expired',
      platform: 'meta',
      retry_count: 0,
    });
  });

  it('leave out what has no value', async () => {
    const [line] = await linesOf([new Error('x')], { platform: undefined });
    expect(line).not.toHaveProperty('platform');
    expect(Object.values(line ?? {})).not.toContain(undefined);
  });

  it('tell of a callback of the application that fails', async () => {
    const retryOn = () => {
      throw new TypeError('no such field');
    };
    const lines = await linesOf([limited()], { retryOn });
    expect(lines.find(({ msg }) => msg === 'retry_callback_failed')).toMatchObject({
      level: 'warn',
      callback: expect.stringContaining('retryOn') as string,
      context: 'create_campaign',
      error_type: 'TypeError',
      error_message: 'no such field',
    });
  });
});

describe('the level of operation_error', () => {
  it.each([
    [new NotFoundException('No such campaign'), 'warn', 'NOT_FOUND', '5000'],
    [new OperationCancelledError(), 'warn', 'CANCELLED', '5005'],
    [new DOMException('aborted', 'AbortError'), 'warn', 'CANCELLED', '5005'],
    [new ServiceUnavailableException(), 'error', 'SERVICE_UNAVAILABLE', '4000'],
    [new ServiceError('LEDGER_CLOSED', { code: 7001 }), 'error', 'LEDGER_CLOSED', '7001'],
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'error', 'CONNECTION_FAILED', '2000'],
    [new TypeError('x'), 'error', 'UNKNOWN_ERROR', '1000'],
    ['text', 'error', 'UNKNOWN_ERROR', '1000'],
    [undefined, 'error', 'UNKNOWN_ERROR', '1000'],
  ])('for %s is %s', (error, level, type, code) => {
    const { logger, lines } = captured();
    logger.errorAnswered(operation, error, classifyError(error));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level, msg: 'operation_error', type, error_code: code });
  });

  it('is warn where the caller has gone, whatever it gave as its reason', async () => {
    const { lines, strategy } = captured();
    const controller = new AbortController();
    controller.abort(new Error('client closed the page'));
    const { signal } = controller;
    await failureOf(strategy.retryWithBackoff(() => rejectWith(limited()), { signal }));
    expect(events(lines)).toEqual(['warn operation_error']);
    expect(lines[0]).toMatchObject({ gave_up: 'cancelled' });
  });
});

describe('an error that a call has told of', () => {
  it('is not told of again when it reaches the client, but for the next client', async () => {
    const { logger, lines, strategy } = captured();
    const error = await failureOf(
      strategy.retryWithBackoff(() => rejectWith(limited()), { maxRetries: 0 }),
    );
    expect(events(lines)).toContain('error operation_error');
    lines.length = 0;
    logger.errorAnswered(operation, error, classifyError(error));
    expect(lines).toEqual([]);
    logger.errorAnswered(operation, error, classifyError(error));
    expect(events(lines)).toEqual(['error operation_error']);
  });
});

describe('logging', () => {
  it.each(HOSTILE_OBJECTS)('never throws and stays bounded with $what', async ({ value }) => {
    const { logger, lines, strategy } = captured();
    await Promise.allSettled([
      strategy.retryWithBackoff(() => rejectWith(value), { maxRetries: 0 }),
    ]);
    logger.operationFailed(operation, value);
    logger.errorAnswered(operation, { value }, undefined);
    logger.callbackFailed('retryOn', 'create_campaign', value);
    expect(lines.length).toBeGreaterThanOrEqual(4);
    for (const line of lines) expect(JSON.stringify(line).length).toBeLessThan(10_000);
  });

  it('survives a logger that throws', () => {
    const refuse = () => {
      throw new Error('no space left on device');
    };
    const logger = new OperationLogger();
    logger.writeTo({ info: refuse, warn: refuse, error: refuse });
    expect(() => logger.errorAnswered(operation, new Error('x'), undefined)).not.toThrow();
    expect(() => logger.configured({ x: 1 })).not.toThrow();
  });

  it("goes to Nest's logger where there is no other, the event as the text", () => {
    const written = (['log', 'warn', 'error'] as const).map((level) =>
      vi.spyOn(Logger.prototype, level).mockReturnValue(undefined),
    );
    const logger = new OperationLogger();
    logger.configured({ worst_case_ms: 127_000 });
    logger.errorAnswered(
      operation,
      new NotFoundException('x'),
      classifyError(new NotFoundException('x')),
    );
    logger.errorAnswered(operation, new Error('x'), undefined);
    const calls = written.map(({ mock }) => mock.calls as unknown as [string, ...unknown[]][]);
    // On Nest 11 the fields are JSON in the text.
    expect(calls.map(([call]) => call?.length)).toEqual(Array(3).fill(nestMajor >= 12 ? 2 : 1));
    expect(calls.map((of) => of.map(([text, ...rest]) => partsOf(text, rest)))).toMatchObject([
      [{ event: 'retry_configured', fields: { worst_case_ms: 127_000 } }],
      [{ event: 'operation_error', fields: { context: 'GET /campaigns/:id', type: 'NOT_FOUND' } }],
      [{ event: 'operation_error', fields: { type: 'UNKNOWN_ERROR' } }],
    ]);
  });

  it('shows where an error was made only if nobody recognised it', () => {
    const { logger, lines } = captured();
    logger.errorAnswered(operation, new Error('x'), undefined);
    logger.errorAnswered(operation, limited(), limited());
    expect(lines[0]?.['stack']).toContain('operation-logger.spec.ts');
    expect(lines[1]).not.toHaveProperty('stack');
  });
});
