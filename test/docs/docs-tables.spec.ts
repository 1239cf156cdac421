import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  constant,
  createErrorResponse,
  exponential,
  ParkedError,
  RateLimitError,
  type Backoff,
  type ErrorResponse,
} from '../../lib/index.js';
import { CATALOG, type Messages } from '../../lib/response/error-catalog.js';
import type { KnownErrorType } from '../../lib/errors/error-types.js';
import { EN } from '../../lib/response/messages.en.js';
import { ZH_CN } from '../../lib/response/messages.zh-CN.js';
import { nextStep, type Progress } from '../../lib/retry/next-step.js';
import { mergePolicy } from '../../lib/retry/policy.js';
import { codeBlocksIn, markdown, tablesIn } from '../support/markdown.js';

const error = new RateLimitError('meta');

describe('the page on the next wait', () => {
  const page = markdown('docs/guide/next-wait.md');

  it('states the delays that each backoff gives', () => {
    const backoffs: Readonly<Record<string, Backoff>> = {
      'exponential()': exponential(),
      'exponential({ initialDelay: 500 })': exponential({ initialDelay: 500 }),
      'exponential({ initialDelay: 500, factor: 3, maxDelay: 8_000 })': exponential({
        initialDelay: 500,
        factor: 3,
        maxDelay: 8_000,
      }),
      'constant(250)': constant(250),
      '(retry) => retry * 1_000': (retry) => retry * 1_000,
    };
    const [rows = []] = tablesIn(page, 'backoff', '1');
    expect(rows.map(([name]) => name)).toEqual(Object.keys(backoffs));
    for (const [name = '', ...delays] of rows) {
      const actual = delays.map((_, index) => (backoffs[name]?.(index + 1, error) ?? NaN) / 1000);
      expect([name, ...actual.map(String)]).toEqual([name, ...delays]);
    }
  });

  it('has examples that are decided so', () => {
    const [rows = []] = tablesIn(page, 'retry', 'server asks for');
    expect(rows.length).toBeGreaterThan(5);
    for (const [retry, stated = '', maxRetryAfter = '', left = '', follows] of rows) {
      const options = { maxRetryAfter: seconds(maxRetryAfter) * 1000 };
      const policy = mergePolicy([options], { context: 'x', platform: 'meta' }, () => 30_000);
      const retryAfter = stated === 'nothing' ? undefined : seconds(stated);
      const step = nextStep(
        policy,
        new RateLimitError('meta', { retryAfter }),
        progress(Number(retry) - 1, left === 'no limit' ? Infinity : seconds(left) * 1000),
        Math.random,
      );
      const said = step.retry ? `wait ${step.delayMs / 1000} s` : step.gaveUp;
      expect([retry, stated, left, said]).toEqual([retry, stated, left, follows]);
    }
  });

  function seconds(text: string): number {
    return Number(/^([\d.]+) s$/.exec(text)?.[1]);
  }

  function progress(retries: number, remainingMs: number): Progress {
    return {
      retries,
      remainingMs,
      emitted: false,
      isRefused: false,
      isUnknown: false,
      isNested: false,
      hasWritten: false,
      closing: false,
    };
  }
});

describe('the page of what people read', () => {
  it.each([
    ['type', EN],
    ['类型', ZH_CN],
  ] as const)('has the words of the catalog: %s', (head, messages: Messages) => {
    const [rows] = tablesIn(markdown('docs/reference/messages.md'), head, 'HTTP');
    const expected = Object.entries(messages).map(([type, { message, action = '' }]) => {
      const { httpStatus } = CATALOG[type as KnownErrorType];
      return [type, String(httpStatus), message, action];
    });
    expect(rows).toEqual(expected);
  });
});

describe('the page of parked calls', () => {
  it('shows the JSON as it is answered', () => {
    const json = codeBlocksIn(markdown('docs/guide/parked-calls.md'))
      .filter(({ language }) => language === 'json')
      .map(({ text }) => JSON.parse(text) as ErrorResponse)
      .find(({ error }) => error.type === 'PARKED');
    const { context, platform, timestamp, details, request_id: requestId } = json!.error;
    const resumesAt = Date.parse(String(details?.['resumes_at']));
    const error = new ParkedError({ platform, jobId: String(details?.['job_id']), resumesAt });
    const answer = createErrorResponse({ error, context, requestId, locale: 'en' });
    expect(json).toEqual({ ...answer, error: { ...answer.error, timestamp } });
  });
});

describe('the pages that explain log lines', () => {
  const [events = []] = tablesIn(markdown('README.md'), 'event', 'level');
  const listed = new Set(events.map(([event]) => event));

  it.each(['docs/guide/logs.md', 'docs/guide/parked-calls.md'])(
    'name those of the manual: %s',
    (file) => {
      const [rows = []] = tablesIn(markdown(file), 'line');
      const named = rows.flatMap(([line = '']) => /^(?:retry|operation)_\w+/.exec(line) ?? []);
      expect(named.length).toBeGreaterThan(5);
      expect(named.filter((event) => !listed.has(event))).toEqual([]);
    },
  );
});

describe('the matrix of transports', () => {
  const page = markdown('docs/reference/compatibility.md');
  const folder = new URL('../ecosystem/', import.meta.url);

  it('names every spec of the ecosystem, and none that is not there', () => {
    const named = [...page.matchAll(/`([\w-]+\.spec\.ts)`/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !existsSync(new URL(name, folder)))).toEqual([]);
    const specs = readdirSync(folder).filter((name) => name.endsWith('.spec.ts'));
    expect(specs.filter((name) => !named.includes(name))).toEqual([]);
  });
});
