import { GoogleGenAI, type HttpOptions } from '@google/genai';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { classifyError, retryWithBackoff } from '../../lib/index.js';
import { failureOf } from '../support/calls.js';
import { closedPort } from '../unit/classify/loopback.js';
import { CANCELLED } from '../unit/classify/verdict.js';
import {
  half,
  hang,
  json,
  page,
  reset,
  startHttpServer,
  text,
  type HttpServer,
  type Reply,
} from './support/http-server.js';
import { after, expectVerdict, THROTTLED, type Expected, type Verdict } from './support/verdict.js';

const FAILED: Verdict = ['AI_MODEL_FAILED', 'again', 'may have executed'];
const NOT_SENT: Verdict = ['AI_MODEL_FAILED', 'again', 'not executed'];
const REFUSED: Verdict = ['AI_MODEL_FAILED', 'final', 'not executed'];
const BLOCKED: Verdict = ['AI_MODEL_FAILED', 'final', 'may have executed'];
const TIMED_OUT: Verdict = ['AI_MODEL_TIMEOUT', 'again', 'may have executed'];
const QUOTA_USED_UP: Verdict = ['AI_MODEL_QUOTA_EXCEEDED', 'final', 'not executed'];

const model = 'gemini-2.5-flash';

let server: HttpServer;

beforeAll(async () => {
  server = await startHttpServer();
});

afterAll(() => server.close());

afterEach(() => vi.restoreAllMocks());

function client(options: HttpOptions = {}): GoogleGenAI {
  return new GoogleGenAI({ apiKey: 'the-key', httpOptions: { baseUrl: server.url, ...options } });
}

function generate(reply: Reply, options?: HttpOptions, abortSignal?: AbortSignal) {
  server.answerWith(reply);
  const config = abortSignal && { config: { abortSignal } };
  return client(options).models.generateContent({ model, contents: 'Spring', ...config });
}

async function endOf(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

/** What Gemini API answers. */
function body(code: number, status: string, message: string, ...details: object[]) {
  return { error: { code, message, status, details } };
}

const retryInfo = (retryDelay: string) => ({
  '@type': 'type.googleapis.com/google.rpc.RetryInfo',
  retryDelay,
});
const quotaFailure = (quotaId: string, quotaValue = '15') => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaMetric: 'generate_content_free_tier_requests', quotaId, quotaValue }],
});
const wrongKey = {
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason: 'API_KEY_INVALID',
  domain: 'googleapis.com',
};

const PER_MINUTE = 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier';
const PER_DAY = 'GenerateRequestsPerDayPerProjectPerModel-FreeTier';
const exceeded = 'You exceeded your current quota, please check your plan and billing details.';

const MINUTE_QUOTA = body(
  429,
  'RESOURCE_EXHAUSTED',
  exceeded,
  quotaFailure(PER_MINUTE),
  retryInfo('34.5s'),
);
const DAY_QUOTA = body(429, 'RESOURCE_EXHAUSTED', exceeded, quotaFailure(PER_DAY), retryInfo('5s'));
const OVERLOADED = body(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.');

const ANSWERS: readonly (readonly [string, object, Expected])[] = [
  ['a quota a minute', MINUTE_QUOTA, after(34.5, THROTTLED)],
  ['a quota a day, whatever its RetryInfo says', DAY_QUOTA, QUOTA_USED_UP],
  [
    'a quota of nothing',
    body(429, 'RESOURCE_EXHAUSTED', exceeded, quotaFailure(PER_MINUTE, '0')),
    QUOTA_USED_UP,
  ],
  [
    'a limit without details',
    body(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted'),
    THROTTLED,
  ],
  ['a model that is overloaded', OVERLOADED, FAILED],
  ['an internal failure', body(500, 'INTERNAL', 'An internal error has occurred'), FAILED],
  ['a deadline', body(504, 'DEADLINE_EXCEEDED', 'The request timed out'), TIMED_OUT],
  ['a key that is wrong', body(400, 'INVALID_ARGUMENT', 'API key not valid', wrongKey), REFUSED],
  ['a key that has expired', body(401, 'UNAUTHENTICATED', 'The key has expired'), REFUSED],
  ['a place where it is not offered', body(400, 'FAILED_PRECONDITION', 'User location'), REFUSED],
  ['a permission that is missing', body(403, 'PERMISSION_DENIED', 'Permission denied'), REFUSED],
  ['a model that does not exist', body(404, 'NOT_FOUND', 'models/x is not found'), REFUSED],
];

function statusOf(answer: object): number {
  return (answer as ReturnType<typeof body>).error.code;
}

describe('what Gemini says', () => {
  it.each(ANSWERS)('is understood from the message of ApiError: %s', async (_, answer, verdict) => {
    const error = await failureOf(generate(json(statusOf(answer), answer)));
    expect(error).toMatchObject({ name: 'ApiError' });
    expectVerdict(error, 'gemini', verdict);
  });

  it.each(ANSWERS)('is understood where it comes as plain text: %s', async (_, answer, verdict) => {
    const plain = { 'content-type': 'text/plain' };
    const reply = text(statusOf(answer), JSON.stringify(answer), plain);
    expectVerdict(await failureOf(generate(reply)), 'gemini', verdict);
  });

  it.each(ANSWERS)('is understood in the middle of a stream: %s', async (_, answer, verdict) => {
    const begun = { candidates: [{ content: { parts: [{ text: 'a' }] } }] };
    const chunks = [begun, answer].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
    server.answerWith(text(200, chunks.join(''), { 'content-type': 'text/event-stream' }));
    const stream = await client().models.generateContentStream({ model, contents: 'Spring' });
    expectVerdict(await failureOf(endOf(stream)), 'gemini', verdict);
  });

  it.each(ANSWERS)(
    'is understood from the errors of interactions: %s',
    async (_, answer, verdict) => {
      const error = await failureOf(interact(json(statusOf(answer), answer)));
      expectVerdict(error, 'gemini', verdict);
    },
  );

  it('is understood after the retries of the SDK', async () => {
    const retryOptions = { attempts: 2, initialDelay: 0.001 };
    const error = await failureOf(generate(json(429, DAY_QUOTA), { retryOptions }));
    expectVerdict(error, 'gemini', QUOTA_USED_UP);
    expect(error).toMatchObject({ attemptNumber: 2 });
  });

  it('tells when a quota a day is renewed, but not as a wait', async () => {
    const known = classifyError(await failureOf(generate(json(429, DAY_QUOTA))), {
      platform: 'gemini',
    });
    const renewedIn = known?.details?.['retry_after'];
    expect(renewedIn).toBeGreaterThan(0);
    expect(renewedIn).toBeLessThanOrEqual(25 * 3600);
  });
});

describe('an answer that was blocked', () => {
  const prompt = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } };
  const safety = { candidates: [{ finishReason: 'SAFETY', content: { parts: [] } }] };
  const good = { candidates: [{ finishReason: 'STOP', content: { parts: [{ text: 'a' }] } }] };

  it.each([prompt, safety])('is a final failure to who asks: %j', async (answer) => {
    expectVerdict(await generate(json(200, answer)), 'gemini', BLOCKED);
    const options = { platform: 'gemini', resultErrors: true };
    await expect(
      retryWithBackoff(() => generate(json(200, answer)), options),
    ).rejects.toMatchObject({ type: 'AI_MODEL_FAILED', retryable: false });
  });

  it('is a result to who does not ask', async () => {
    const call = retryWithBackoff(() => generate(json(200, safety)), { platform: 'gemini' });
    await expect(call).resolves.toMatchObject(safety);
  });

  it('is no other answer', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    expect(classifyError(await generate(json(200, good)), { platform: 'gemini' })).toBeUndefined();
  });

  it('is looked for without a warning of the SDK about a good one', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const call = () => generate(json(200, good));
    await retryWithBackoff(call, { platform: 'gemini', resultErrors: true });
    expect(warn).not.toHaveBeenCalled();
  });
});

const OTHERS: readonly (readonly [string, Reply, Expected])[] = [
  ['a page with the status 503', page(503), FAILED],
  ['a page with the status 429', page(429), THROTTLED],
  ['a page with the status 403', page(403), REFUSED],
  ['JSON of a gateway', json(503, { message: 'x' }), FAILED],
  ['a connection that is reset', reset, FAILED],
];

describe('a failure of which Gemini says nothing', () => {
  it.each<readonly [string, Reply, Expected]>([
    ...OTHERS,
    ['a page with the status 504', page(504), TIMED_OUT],
    ['a page with the status 200', page(200), FAILED],
    ['a status without a body', text(503, ''), FAILED],
    ['an answer that breaks off', half, FAILED],
  ])('leaves open what happened, unless it was refused: %s', async (_, reply, verdict) => {
    expectVerdict(await failureOf(generate(reply)), 'gemini', verdict);
  });

  it('has not executed where nobody listens', async () => {
    const baseUrl = `http://127.0.0.1:${await closedPort()}`;
    expectVerdict(await failureOf(generate(hang, { baseUrl })), 'gemini', NOT_SENT);
  });

  it('is a time-out after the limit of the SDK or of a signal', async () => {
    expectVerdict(await failureOf(generate(hang, { timeout: 20 })), 'gemini', TIMED_OUT);
    const signal = AbortSignal.timeout(20);
    expectVerdict(await failureOf(generate(hang, {}, signal)), 'gemini', TIMED_OUT);
  });
});

/** A call whose client knows more: it keeps the headers and the body, and repeats unless told not to. */
function interact(reply: Reply, options: { timeout?: number; signal?: AbortSignal } = {}) {
  server.answerWith(reply);
  const { interactions } = client();
  return interactions.create({ model, input: 'Spring' }, { maxRetries: 0, ...options });
}

describe('a failure of interactions', () => {
  it.each(OTHERS)(
    'leaves open what happened, unless it was refused: %s',
    async (_, reply, verdict) => {
      expectVerdict(await failureOf(interact(reply)), 'gemini', verdict);
    },
  );

  it('states the wait of Retry-After', async () => {
    const limited = { error: { code: 'rate_limit_exceeded', message: 'x' } };
    const error = await failureOf(interact(json(429, limited, { 'retry-after': '30' })));
    expectVerdict(error, 'gemini', after(30, THROTTLED));
  });

  it('is a failure where a gateway answers with a page', async () => {
    expectVerdict(await failureOf(interact(page(504))), 'gemini', FAILED);
  });

  it('is a time-out after the limit of the SDK', async () => {
    expectVerdict(await failureOf(interact(hang, { timeout: 20 })), 'gemini', TIMED_OUT);
  });

  it('is a cancellation where the caller aborted', async () => {
    const controller = new AbortController();
    const failure = failureOf(interact(hang, { signal: controller.signal }));
    setImmediate(() => controller.abort());
    expectVerdict(await failure, 'gemini', CANCELLED);
  });
});
