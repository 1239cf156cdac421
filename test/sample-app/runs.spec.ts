import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { started } from './run.js';

const TIMEOUT = 30_000;

interface RunEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Watches a run until it has ended; `until` lets go of the first that matches. */
async function watch(app: string, id: string) {
  const response = await fetch(`${app}/runs/${id}/events`);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const seen: RunEvent[] = [];
  const waiting: { type: string; resolve: () => void }[] = [];
  const told = async () => {
    let rest = '';
    for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const event = JSON.parse(/^data: (.*)$/m.exec(part)?.[1] ?? '') as RunEvent;
        seen.push(event);
        for (const { type, resolve } of waiting) if (type === event.type) resolve();
      }
    }
    return seen;
  };
  const ended = told();
  const until = async (type: string) => {
    if (seen.some((event) => event.type === type)) return;
    await new Promise<void>((resolve) => void waiting.push({ type, resolve }));
  };
  await until('watching');
  return { ended, until };
}

function adSets(app: string, account: string, id: string, signal?: AbortSignal) {
  return fetch(`${app}/accounts/${account}/ad-sets`, {
    headers: { 'x-request-id': id },
    signal: signal ?? null,
  });
}

describe('watching a run', { timeout: TIMEOUT }, () => {
  it('tells of attempts, of what is sent to the platform and of how it ends', async (test) => {
    const { app } = await started(test);
    const id = randomUUID();
    const { ended } = await watch(app, id);
    const answer = await adSets(app, 'google/token-expired', id);
    expect(await ended).toMatchObject([
      { type: 'watching' },
      { type: 'began' },
      { type: 'attempt-began', attempt: 1, limitMs: 3000, context: 'list_ad_sets' },
      { type: 'request-began', method: 'POST', number: 1 },
      { type: 'request-ended', status: 401, number: 1 },
      { type: 'attempt-failed', attempt: 1, error: 'TOKEN_EXPIRED' },
      { type: 'failed', error: 'TOKEN_EXPIRED', gaveUp: 'not-retryable' },
      { type: 'ended', status: answer.status },
    ]);
  });

  it('tells nobody of the runs of others', async (test) => {
    const { app } = await started(test);
    const platforms = ['meta', 'google', 'tiktok', 'meta', 'google', 'tiktok'];
    const seen = await Promise.all(
      platforms.map(async (platform, index) => {
        const id = randomUUID();
        const { ended } = await watch(app, id);
        await adSets(app, `${platform}/well~${index}`, id);
        return ended;
      }),
    );
    for (const [index, events] of seen.entries()) {
      expect(events.map(({ type }) => type)).toEqual([
        'watching',
        'began',
        'attempt-began',
        'request-began',
        'request-ended',
        'succeeded',
        'ended',
      ]);
      expect(events[2]).toMatchObject({ platform: platforms[index] });
      expect(events[3]?.['path']).toContain(`/${platforms[index]}/`);
    }
  });

  it('ends all that is done for a client that has left, and tells of that', async (test) => {
    const { app } = await started(test);
    const id = randomUUID();
    const { ended, until } = await watch(app, id);
    const client = new AbortController();
    const answer = adSets(app, 'tiktok/hangs', id, client.signal);
    await until('request-began');
    client.abort();
    await expect(answer).rejects.toThrow(/abort/);
    const last = (await ended).slice(-3);
    expect(last).toMatchObject([
      { type: 'failed', gaveUp: 'cancelled' },
      { type: 'request-ended' },
      { type: 'ended' },
    ]);
    expect(last[2]).not.toHaveProperty('status');
  });

  it('tells the type of an error, not its words', async (test) => {
    const { app } = await started(test);
    const id = randomUUID();
    const { ended } = await watch(app, id);
    await adSets(app, 'meta/token-expired', id);
    expect(JSON.stringify(await ended)).not.toMatch(/answer was|HTTP|message|Session/);
  });

  it('says what is wrong with an id', async (test) => {
    const { app } = await started(test);
    const answer = await fetch(`${app}/runs/a%20b/events`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: { type: 'VALIDATION_ERROR', details: { errors: [{ field: 'id' }] } },
    });
  });
});

describe('the page', { timeout: TIMEOUT }, () => {
  it('is served with all its files, and may load nothing from elsewhere', async (test) => {
    const { app } = await started(test);
    const files = await filesOf(app);
    expect([...files.keys()]).toEqual(expect.arrayContaining(['/', '/page.js', '/timeline.js']));
    for (const [path, answer] of files) {
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
      expect(answer.headers.get('content-security-policy')).not.toContain('unsafe');
    }
  });

  it('has no script, style or handler in its HTML', async (test) => {
    const { app } = await started(test);
    const html = await (await fetch(app)).text();
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
  });
});

/** The page and what it refers to, and what that imports. */
async function filesOf(app: string): Promise<Map<string, Response>> {
  const files = new Map<string, Response>();
  const load = async (path: string): Promise<void> => {
    if (files.has(path)) return;
    const answer = await fetch(`${app}${path}`);
    files.set(path, answer);
    if (path.startsWith('/vendor/')) return;
    const text = await answer.clone().text();
    const links = text.matchAll(/(?:\s(?:src|href)="|from '\.\/)([\w./-]+)["']/g);
    for (const [, link = ''] of links) await load(`/${link}`);
  };
  await load('/');
  return files;
}
