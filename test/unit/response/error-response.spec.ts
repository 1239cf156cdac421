import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  BadRequestException,
  HttpException,
  InternalServerErrorException,
  NotFoundException,
} from '@nestjs/common';
import {
  createErrorResponse,
  RateLimitError,
  ServiceError,
  TokenExpiredError,
  type ErrorResponseInput,
} from '../../../lib/index.js';
import { ERROR_TYPES, type KnownErrorType } from '../../../lib/errors/error-types.js';
import { answerFor } from '../../../lib/response/error-response.js';
import { ErrorPresentation } from '../../../lib/response/error-presentation.js';
import { EN } from '../../../lib/response/messages.en.js';
import { ZH_CN } from '../../../lib/response/messages.zh-CN.js';
import { ERROR_TABLE } from '../errors/error-table.js';
import { HOSTILE_OBJECTS } from '../errors/hostile.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const answer = (error: unknown, input: Partial<ErrorResponseInput> = {}) =>
  createErrorResponse({ error, context: 'create_campaign', ...input });
const inEnglish = (error: unknown) => answer(error, { locale: 'en' });

afterEach(() => {
  vi.useRealTimers();
});

describe('the response', () => {
  it('is the one that was asked for, word for word and key by key', () => {
    vi.useFakeTimers({ now: Date.UTC(2024, 0, 1) });
    const error = new TokenExpiredError('meta', { message: 'Error 190: upstream words' });
    const response = answer(error, { platform: 'meta', retryCount: 0, requestId: 'req-1' });
    expect(JSON.stringify(response)).toBe(
      JSON.stringify({
        status: 'error',
        error: {
          code: '6001',
          type: 'TOKEN_EXPIRED',
          message: '广告账户授权已过期，请重新授权',
          context: 'create_campaign',
          platform: 'meta',
          timestamp: '2024-01-01T00:00:00.000Z',
          action: '重新授权',
          action_url: '/settings/ad-accounts',
          request_id: 'req-1',
        },
        retry_allowed: false,
      }),
    );
  });

  it('has its keys in one order, each only where there is a value', () => {
    const full = answer(new RateLimitError('meta', { retryAfter: 60 }));
    expect(Object.keys(full)).toEqual(['status', 'error', 'retry_allowed', 'retry_after']);
    expect(Object.keys(full.error)).toEqual([
      'code',
      'type',
      'message',
      'context',
      'platform',
      'timestamp',
      'action',
      'details',
      'request_id',
    ]);
    const bare = createErrorResponse({ error: 'text', platform: undefined, locale: undefined });
    expect(Object.keys(bare)).toEqual(['status', 'error', 'retry_allowed']);
    expect(Object.keys(bare.error)).toEqual([
      'code',
      'type',
      'message',
      'context',
      'timestamp',
      'action',
      'request_id',
    ]);
    expect(bare.error.context).toBe('unknown');
  });

  it.each(ERROR_TABLE)('of a $name has its words, its code and its advice', (row) => {
    for (const [locale, messages] of [
      ['zh-CN', ZH_CN],
      ['en', EN],
    ] as const) {
      const { error, ...rest } = answer(row.create({ message: 'upstream words' }), { locale });
      expect(error).toMatchObject({ ...messages[row.type], code: row.code, type: row.type });
      const advised = row.retryable || row.type === 'AI_MODEL_QUOTA_EXCEEDED';
      expect(rest.retry_after).toBe(advised ? row.retryAfter : undefined);
      expect(rest.retry_allowed).toBe(row.retryable);
      expect(JSON.stringify(error)).not.toContain('upstream');
    }
  });

  it.each(Object.keys(ERROR_TYPES) as KnownErrorType[])(
    'speaks Chinese unless asked: %s',
    (type) => {
      const error = new ServiceError(type);
      expect(answer(error).error.message).toBe(ZH_CN[type].message);
      for (const locale of ['fr', '', '__proto__', 'constructor', 'toString']) {
        expect(answer(error, { locale }).error.message).toBe(ZH_CN[type].message);
      }
    },
  );

  it.each(['LEDGER_CLOSED', '__proto__', 'constructor', 'toString'])(
    "of the application's own type %s has the words of an unknown error",
    (type) => {
      const { error } = inEnglish(new ServiceError(type, { message: 'Ledger 2024' }));
      expect(error).toMatchObject({ ...EN.UNKNOWN_ERROR, code: '1000', type });
    },
  );

  it('has the time in UTC and a number of its own unless the request has one', () => {
    const { error } = answer(new Error('x'));
    expect(error.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(error.request_id).toMatch(UUID);
    expect(answer(new Error('x')).error.request_id).not.toBe(error.request_id);
  });

  it('names the platform that was called, else the one of the error', () => {
    expect(answer(new RateLimitError('meta'), { platform: 'tiktok' }).error.platform).toBe(
      'tiktok',
    );
    expect(answer(new RateLimitError('meta')).error.platform).toBe('meta');
    expect(answer(new RateLimitError()).error).not.toHaveProperty('platform');
  });
});

describe("the response to the application's own exceptions", () => {
  it('keeps the words of a 4xx, without what is secret in them', () => {
    const { error, retry_allowed } = inEnglish(new NotFoundException('No campaign act_1234567890'));
    expect(error).toMatchObject({ type: 'NOT_FOUND', code: '5000', action: EN.NOT_FOUND.action });
    expect(error.message).toBe('No campaign act_1234567890');
    expect(retry_allowed).toBe(false);
    expect(inEnglish(new HttpException('token=abc is wrong', 400)).error.message).toBe(
      'token=[redacted] is wrong',
    );
    expect(inEnglish(new HttpException('x y '.repeat(1000), 400)).error.message).toHaveLength(500);
  });

  it('lists what is wrong with the input under the words of the catalog', () => {
    const { error } = inEnglish(new BadRequestException(['budget must be positive']));
    expect(error.message).toBe(EN.VALIDATION_ERROR.message);
    expect(error.details).toEqual({ errors: ['budget must be positive'] });
  });

  it('says nothing of what is inside a 5xx', () => {
    const { error } = inEnglish(new InternalServerErrorException(['SELECT * FROM ledgers']));
    expect(error).toMatchObject({ ...EN.UNKNOWN_ERROR, type: 'UNKNOWN_ERROR' });
    expect(error).not.toHaveProperty('details');
  });
});

describe('the answer over HTTP', () => {
  const statusOf = (error: unknown, httpStatus = {}) => {
    const presentation = new ErrorPresentation({ httpStatus });
    const known = error instanceof ServiceError ? error : undefined;
    return answerFor({ error }, known, presentation).httpStatus;
  };

  it.each(ERROR_TABLE)('to a $name has the status $httpStatus', (row) => {
    expect(statusOf(row.create())).toBe(row.httpStatus);
  });

  it('has the status that the application wants', () => {
    expect(statusOf(new TokenExpiredError('meta'), { TOKEN_EXPIRED: 424 })).toBe(424);
    expect(statusOf(new ServiceError('LEDGER_CLOSED'), { LEDGER_CLOSED: 423 })).toBe(423);
    expect(statusOf(new ServiceError('__proto__'))).toBe(500);
    expect(statusOf('text')).toBe(500);
  });
});

describe('the response to bad input', () => {
  it.each([undefined, null, '', 'text', 0, true, Symbol('x'), () => 1, [], {}, Object.freeze({})])(
    'is that to an unknown error: %s',
    (error) => {
      expect(inEnglish(error)).toMatchObject({
        status: 'error',
        error: { ...EN.UNKNOWN_ERROR, code: '1000', type: 'UNKNOWN_ERROR' },
        retry_allowed: false,
      });
    },
  );

  it.each(HOSTILE_OBJECTS)('is complete and short with $what', ({ value }) => {
    const text = JSON.stringify(answer(value));
    const { error, retry_allowed } = JSON.parse(text) as ReturnType<typeof createErrorResponse>;
    expect(Object.hasOwn(ZH_CN, error.type)).toBe(true);
    expect(error.code).toMatch(/^\d{4}$/);
    expect(error.message).toBe(ZH_CN[error.type as KnownErrorType].message);
    expect(typeof retry_allowed).toBe('boolean');
    expect(text.length).toBeLessThan(2000);
    expect(text).not.toContain('hostile');
  });
});
