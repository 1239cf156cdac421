import { Injectable } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { RateLimitError, Retryable, RetryEvents, type RetryEvent } from '../../lib/index.js';
import type { RetryRuntime } from '../../lib/retry/retry-runtime.js';
import { RUNTIME } from '../../lib/retryable.tokens.js';
import { failureOf, failing } from '../support/calls.js';
import { TestCase } from '../support/app.js';

const outcomes: (() => Promise<string>)[] = [];

@Injectable()
class Campaigns {
  @Retryable({ context: 'create', platform: 'meta', maxRetries: 1, backoff: () => 1 })
  async create(): Promise<string> {
    return (outcomes.shift() ?? (() => Promise.resolve('created')))();
  }
}

async function application() {
  const app = await new TestCase('express').providers(Campaigns).start();
  const events = app.nest.get(RetryEvents);
  return { campaigns: app.nest.get(Campaigns), events, app };
}

function recorded(events: RetryEvents) {
  const seen: RetryEvent[] = [];
  const subscription = events.observe().subscribe((event) => seen.push(event));
  return { seen, subscription };
}

describe('RetryEvents', () => {
  it('tells of a call that succeeds at once', async () => {
    const { campaigns, events } = await application();
    const { seen } = recorded(events);
    await campaigns.create();
    expect(seen).toMatchObject([
      { type: 'attempt-began', context: 'create', platform: 'meta', attempt: 1, limitMs: 30_000 },
      { type: 'succeeded', context: 'create', platform: 'meta' },
    ]);
  });

  it('tells of attempts, waits and the end of a call that fails, under one number', async () => {
    const { campaigns, events } = await application();
    const { seen } = recorded(events);
    const limited = failing([new RateLimitError('meta'), new RateLimitError('meta')], '');
    outcomes.push(limited, limited);
    await failureOf(campaigns.create());
    const error = { error_type: 'RateLimitError', type: 'API_RATE_LIMIT' };
    expect(seen).toMatchObject([
      { type: 'attempt-began', attempt: 1 },
      { type: 'attempt-failed', attempt: 1, error },
      { type: 'wait-began', delayMs: 1 },
      { type: 'attempt-began', attempt: 2 },
      { type: 'attempt-failed', attempt: 2, error },
      { type: 'failed', error, report: { attempts: 2, delays: [1], gaveUp: 'exhausted' } },
    ]);
    expect(new Set(seen.map(({ call }) => call)).size).toBe(1);
    await campaigns.create();
    expect(seen.at(-1)?.call).not.toBe(seen[0]?.call);
  });

  it('tells each subscriber in the context of the call, and nobody after the subscription', async () => {
    const { campaigns, events } = await application();
    const request = new AsyncLocalStorage<string>();
    const contexts: (string | undefined)[] = [];
    const subscription = events.observe().subscribe(() => contexts.push(request.getStore()));
    const { seen } = recorded(events);
    outcomes.push(failing([new RateLimitError('meta')], ''));
    await request.run('request 1', () => campaigns.create());
    expect(contexts).toEqual(Array.from({ length: 5 }, () => 'request 1'));
    expect(seen).toHaveLength(5);
    subscription.unsubscribe();
    await campaigns.create();
    expect(contexts).toHaveLength(5);
    expect(seen).toHaveLength(7);
  });

  it('keeps secrets to itself', async () => {
    const { campaigns, events } = await application();
    const { seen } = recorded(events);
    outcomes.push(() => Promise.reject(new Error('access_token=EAAB0123456789abcdef is wrong')));
    await failureOf(campaigns.create());
    expect(JSON.stringify(seen)).not.toContain('EAAB0123456789abcdef');
  });

  it('lets no mistake of a subscriber fail the call', async () => {
    const { campaigns, app } = await application();
    app.nest.get<RetryRuntime>(RUNTIME).watch({
      callEnded: () => {
        throw new Error('mistake');
      },
    });
    expect(await campaigns.create()).toBe('created');
    expect(app.lines.of('retry_callback_failed')).toMatchObject([{ callback: 'watcher' }]);
  });
});
