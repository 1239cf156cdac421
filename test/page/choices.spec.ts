import { randomUUID } from 'node:crypto';
import { describe, it } from 'vitest';
import { started } from '../sample-app/run.js';

/** ../../sample-app/page/choices.js, which has no types: browsers load it as it is. */
interface Choices {
  readonly PLATFORMS: readonly string[];
  failuresOf(platform: string): string[];
  requestOf(
    platform: string,
    failure: string,
    runId: string,
  ): { method: string; path: string; body?: object };
}

const choices = (await import(
  String(new URL('../../sample-app/page/choices.js', import.meta.url))
)) as Choices;

/** Of every choice the status of the answer and, where it is an error, its type. */
const PROMISED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  meta: {
    none: '201',
    'down-twice': '201',
    throttled: '201',
    hangs: '504 PLATFORM_TIMEOUT',
    'answer-lost': '201',
    'token-expired': '401 TOKEN_EXPIRED',
    'budget-empty': '402 BUDGET_INSUFFICIENT',
    down: '502 PLATFORM_SERVICE_ERROR',
  },
  tiktok: {
    none: '201',
    'down-twice': '201',
    throttled: '201',
    hangs: '504 PLATFORM_TIMEOUT',
    'answer-lost': '201',
    'token-expired': '401 TOKEN_EXPIRED',
    down: '502 PLATFORM_SERVICE_ERROR',
  },
  google: {
    none: '201',
    'down-twice': '201',
    throttled: '201',
    hangs: '504 PLATFORM_TIMEOUT',
    'answer-lost': '201',
    'token-expired': '401 TOKEN_EXPIRED',
    'budget-empty': '402 BUDGET_INSUFFICIENT',
    down: '502 PLATFORM_SERVICE_ERROR',
  },
  gemini: {
    none: '200',
    'down-twice': '200',
    throttled: '200',
    hangs: '504 AI_MODEL_TIMEOUT',
    'answer-lost': '200',
    'key-invalid': '503 AI_MODEL_FAILED',
    'quota-used-up': '429 AI_MODEL_QUOTA_EXCEEDED',
    down: '503 AI_MODEL_FAILED',
  },
  mcp: {
    none: '200',
    'down-twice': '200',
    throttled: '200',
    hangs: '504 MCP_TIMEOUT',
    'answer-lost': '503 MCP_CONNECTION_ERROR',
    'tool-fails': '502 MCP_TOOL_ERROR',
    down: '503 MCP_CONNECTION_ERROR',
  },
};

describe('the choices of the page', () => {
  it('come to what they promise, each of them, on every platform', async (test) => {
    const { app } = await started(test);
    const entries = choices.PLATFORMS.map(async (platform) => {
      const outcomes = choices.failuresOf(platform).map(async (failure) => {
        return [failure, await outcomeOf(app, platform, failure)] as const;
      });
      return [platform, Object.fromEntries(await Promise.all(outcomes))] as const;
    });
    test.expect(Object.fromEntries(await Promise.all(entries))).toEqual(PROMISED);
  });
});

async function outcomeOf(app: string, platform: string, failure: string): Promise<string> {
  const { method, path, body } = choices.requestOf(platform, failure, randomUUID());
  const answer = await fetch(app + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const { error } = (await answer.json()) as { error?: { type: string } };
  return error === undefined ? String(answer.status) : `${answer.status} ${error.type}`;
}
