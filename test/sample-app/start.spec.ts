import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addressesOf, run, type Program } from './run.js';

const TIMEOUT = 30_000;

async function addresses(program: Program): Promise<{ app: string; platforms: string }> {
  return addressesOf(await program.until(/Ctrl\+C/));
}

/** The requests of the curl lines that are printed. */
function curlLines(printed: string): { url: string; init: RequestInit }[] {
  const lines = printed.split(/\n\s*\n/).filter((block) => block.trim().startsWith('curl '));
  return lines.map((line) => {
    const url = /http\S+/.exec(line)?.[0] ?? '';
    const body = /-d '([^']*)'/.exec(line)?.[1];
    const headers = { 'content-type': 'application/json' };
    return { url, init: body === undefined ? {} : { method: 'POST', body, headers } };
  });
}

describe('npm start', { timeout: TIMEOUT }, () => {
  it('starts both servers, and the requests that it suggests work', async (test) => {
    const program = run(test, 'start');
    const { platforms } = await addresses(program);
    expect(program.printed()).not.toContain('"level":40'); // nothing to warn of
    const accounts = await fetch(`${platforms}/accounts`);
    expect(await accounts.json()).toHaveProperty('token-expired');

    const lines = curlLines(program.printed());
    const answers = await Promise.all(lines.map(({ url, init }) => fetch(url, init)));
    expect(answers.map(({ status }) => status)).toEqual([201, 401, 200]);
    expect(await Promise.all(answers.map((answer) => answer.json()))).toMatchObject([
      { status: 'complete', counts: { created: 3 } },
      { status: 'error', error: { type: 'TOKEN_EXPIRED' }, retry_allowed: false },
      { status: 'optimized', total_daily_budget: { before: 120, after: 120 } },
    ]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with exit code 0 on %s', async (signal) => {
    const program = run({ onTestFinished }, 'start');
    await addresses(program);
    program.process.kill(signal);
    expect(await program.exitCode()).toBe(0);
  });

  it('ends on SIGTERM although a request waits for its retry and another for its answer', async (test) => {
    const program = run(test, 'start', { env: { LOG_LEVEL: 'info' } });
    const { app, platforms } = await addresses(program);
    const gone = Promise.allSettled([
      fetch(`${app}/accounts/meta/down/ad-sets`),
      fetch(`${app}/accounts/meta/hangs/ad-sets`),
    ]);
    await program.until(/retry_scheduled/);
    await until(async () => (await requestsTo(platforms, 'meta/hangs')) === 1);
    program.process.kill('SIGTERM');
    expect(await program.exitCode()).toBe(0);
    await gone;
  });

  it('says which variables choose a port, where a port is taken', async (test) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    const program = run(test, 'start', { env: { PORT: port } });
    expect(await program.exitCode()).toBe(1);
    expect(program.printed()).toContain('EADDRINUSE');
    expect(program.printed()).toContain('PORT and FAKE_PORT choose other ports');
    taken.close();
  });
});

describe('the application alone', { timeout: TIMEOUT }, () => {
  it('calls the platforms that PLATFORMS_URL names', async (test) => {
    const platforms = (await addresses(run(test, 'start'))).platforms;
    const program = run(test, 'main', { env: { PLATFORMS_URL: platforms, LOG_LEVEL: 'info' } });
    const [, app = ''] =
      /"listening at (http:[^"]+)"/.exec(await program.until(/listening at/)) ?? [];
    const answer = await fetch(`${app}/accounts/google/shop/ad-sets`);
    expect(await answer.json()).toHaveLength(3);
    program.process.kill('SIGTERM');
    expect(await program.exitCode()).toBe(0);
  });
});

async function requestsTo(platforms: string, account: string): Promise<number> {
  const answer = await fetch(`${platforms}/accounts/${account}`);
  return ((await answer.json()) as { requests: unknown[] }).requests.length;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => void setTimeout(resolve, 10));
}
