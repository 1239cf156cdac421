import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, expect, it, vi, type TestContext } from 'vitest';
import type { ErrorResponse } from '../../lib/index.js';
import type { ParkedCall } from '../../lib/bullmq/index.js';
import { redisIsAbsent, RedisServer } from '../ecosystem/support/redis-server.js';
import type { DocumentedResponse } from '../support/openapi.js';
import { addressesOf, run, started, type Program } from './run.js';

const TIMEOUT = 30_000;

/** Nothing that speaks to Redis can be loaded. */
const WITHOUT_REDIS_PACKAGES = `data:text/javascript,${encodeURIComponent(`
  import { register } from 'node:module';
  const hooks = \`export function resolve(name, context, next) {
    if (/^(?:bullmq|ioredis|@nestjs\\\\/bullmq)(?:$|\\\\/)/.test(name)) throw new Error('loads ' + name);
    return next(name, context);
  }\`;
  register('data:text/javascript,' + encodeURIComponent(hooks));`)}`;

/** The application alone, on a Redis and with platforms that others may have too. */
async function startMain(
  test: TestContext,
  platforms: string,
  redis: string,
): Promise<{ app: string; program: Program }> {
  const env = { PLATFORMS_URL: platforms, REDIS_URL: redis, LOG_LEVEL: 'info' };
  const program = run(test, 'main', { env });
  const [, app = ''] =
    /"listening at (http:[^"]+)"/.exec(await program.until(/listening at/)) ?? [];
  return { app, program };
}

function createCampaign(app: string, platform: string): Promise<Response> {
  const ads = [{ name: 'Blue', headline: 'A blue dress' }];
  const ad_sets = [{ name: 'Paris', daily_budget: 50, ads }];
  return fetch(`${app}/campaigns`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ platform, account: 'come-back-later', name: 'Spring', ad_sets }),
  });
}

async function find(app: string, jobId: string): Promise<ParkedCall> {
  return (await (await fetch(`${app}/parked-calls/${jobId}`)).json()) as ParkedCall;
}

/** Nobody waits any longer for what waits in there. */
async function makeDue(url: string): Promise<void> {
  const redis = new Redis(url);
  await redis.del('{nestjs-retryable}:cooldowns');
  redis.disconnect();
  const queue = new Queue('parked-calls', { connection: { url } });
  for (const job of await queue.getDelayed()) await job.promote();
  await queue.close();
}

async function traffic(platforms: string, account: string) {
  const answer = await fetch(`${platforms}/accounts/${account}`);
  const { requests, holds } = (await answer.json()) as {
    requests: { operation: string; answer: string }[];
    holds: object;
  };
  return {
    requests: requests.map(({ operation, answer: said }) => `${operation}: ${said}`),
    holds,
  };
}

describe.skipIf(redisIsAbsent)('the application with REDIS_URL', { timeout: TIMEOUT }, () => {
  it('has campaigns wait in Redis, where another process finds and makes them', async (test) => {
    const redis = await RedisServer.start();
    const { platforms } = await started(test);
    const first = await startMain(test, platforms, redis.url);
    const jobs = new Map<string, string>();
    for (const platform of ['meta', 'google']) {
      const answer = await createCampaign(first.app, platform);
      expect(answer.status).toBe(202);
      const { error } = (await answer.json()) as ErrorResponse;
      jobs.set(platform, String(error.details?.['job_id']));
    }
    for (const jobId of jobs.values()) {
      expect(await find(first.app, jobId)).toMatchObject({ state: 'waiting' });
    }
    first.program.process.kill('SIGKILL');
    await first.program.exitCode();

    await makeDue(redis.url);
    const second = await startMain(test, platforms, redis.url);
    for (const [platform, jobId] of jobs) {
      const isMade = async () => {
        const call = await find(second.app, jobId);
        expect(call.state).toBe('completed');
        return call;
      };
      const call = await vi.waitFor(isMade, { timeout: 10_000, interval: 20 });
      expect(call).toMatchObject({ name: `${platform}.create_campaign` });
      expect(call.result).toContain('campaign-1');
      expect(await traffic(platforms, `${platform}/come-back-later`)).toEqual({
        requests: [
          'create campaign: HTTP 429 (Retry-After: 45)',
          'find by name: HTTP 200 (not there)',
          'create campaign: HTTP 200',
        ],
        holds: { campaigns: 1, ad_sets: 0, ads: 0 },
      });
    }
    second.program.process.kill('SIGTERM');
    expect(await second.program.exitCode()).toBe(0);
  });

  it('says so when it starts, warns of nothing, and documents it', async (test) => {
    const redis = await RedisServer.start();
    const program = run(test, 'start', { env: { REDIS_URL: redis.url } });
    const printed = await program.until(/Ctrl\+C/);
    expect(printed).toContain('come-back-later');
    expect(printed).not.toContain('"level":40');
    const { app } = addressesOf(printed);
    const { paths } = (await (await fetch(`${app}/api-json`)).json()) as {
      paths: Record<string, Record<string, { responses: Record<string, DocumentedResponse> }>>;
    };
    expect(paths['/campaigns']?.['post']?.responses[202]?.description).toBe('Accepted: `PARKED`');
    const responses = paths['/parked-calls/{jobId}']?.['get']?.responses ?? {};
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '404']));
    expect((await fetch(`${app}/parked-calls/nobody`)).status).toBe(404);
  });
});

describe('the application without REDIS_URL', { timeout: TIMEOUT }, () => {
  it('loads nothing that speaks to Redis, and fails where the wait is long', async (test) => {
    const program = run(test, 'start', { nodeOptions: ['--import', WITHOUT_REDIS_PACKAGES] });
    const printed = await program.until(/Ctrl\+C/);
    expect(printed).not.toMatch(/parked|"level":40/);
    const { app } = addressesOf(printed);
    const answer = await createCampaign(app, 'meta');
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('45');
    expect((await fetch(`${app}/parked-calls/nobody`)).status).toBe(404);
  });
});
