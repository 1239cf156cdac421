import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed, onTestFinished } from 'vitest';
import { nodeIsAtLeast } from '../support/versions.js';
import { root, run } from './support/run.js';
import { startServer } from './support/server.js';
import { pack, temporaryFolder } from './support/tarball.js';
import { startUpstream } from './support/upstream.js';

const MINUTE = 60_000;

interface Application {
  readonly name: string;
  readonly pino: boolean;
  readonly request: string;
  readonly calls: number;
  readonly status: number;
  readonly body: object;
}

const anyText: unknown = expect.any(String);

const applications: Application[] = [
  {
    name: 'nest12-esm',
    pino: false,
    request: 'POST /campaigns/expired',
    calls: 1,
    status: 401,
    body: {
      status: 'error',
      error: {
        code: '6001',
        type: 'TOKEN_EXPIRED',
        message: '广告账户授权已过期，请重新授权',
        context: 'create_campaign',
        platform: 'meta',
        timestamp: anyText,
        action: '重新授权',
        action_url: '/settings/ad-accounts',
        request_id: anyText,
      },
      retry_allowed: false,
    },
  },
  {
    name: 'nest11-cjs',
    pino: false,
    request: 'GET /copy/failing',
    calls: 1,
    status: 503,
    body: {
      status: 'error',
      error: {
        code: '4001',
        type: 'AI_MODEL_FAILED',
        message: anyText,
        context: 'write_draft',
        platform: 'gemini',
        timestamp: anyText,
        action: anyText,
        details: { status_code: 500 },
        request_id: anyText,
      },
      retry_allowed: false,
      retry_after: 30,
    },
  },
  {
    name: 'nest12-cjs',
    pino: true,
    request: 'POST /tools/broken',
    calls: 3,
    status: 503,
    body: {
      status: 'error',
      error: {
        code: '3000',
        type: 'MCP_CONNECTION_ERROR',
        message: anyText,
        context: 'call_tool',
        platform: 'mcp',
        timestamp: anyText,
        action: anyText,
        request_id: anyText,
      },
      retry_allowed: false,
      retry_after: 5,
    },
  },
];

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  tarball = await pack(folder);
}, MINUTE);

afterAll(() => rm(folder, { recursive: true, force: true }), 5 * MINUTE);

describe.each(applications)('the tarball in $name', { timeout: 5 * MINUTE }, (application) => {
  let cwd: string;
  let installed: string;

  beforeAll(async () => {
    cwd = join(folder, application.name);
    await cp(join(root, 'test/package/apps', application.name), cwd, {
      recursive: true,
      filter: (path) => !/[\\/](node_modules|dist|.*\.tsbuildinfo)$/.test(path),
    });
    await run(cwd, 'npm', 'ci', '--prefer-offline', '--no-audit', '--no-fund');
    installed = await run(cwd, 'npm', 'install', '--no-save', '--no-audit', '--no-fund', tarball);
  }, 5 * MINUTE);

  it('installs without a word about peers, nestjs-pino there or not', () => {
    expect(installed).not.toMatch(/ERESOLVE|peer/i);
    expect(existsSync(join(cwd, 'node_modules/nestjs-pino'))).toBe(application.pino);
  });

  it('compiles under strict, all declaration files included', async () => {
    await run(cwd, 'npx', 'tsc', '--noEmit', '--strict', '--skipLibCheck', 'false');
  });

  // Below Node 24.9 jest cannot require the ES modules that Nest 12 consists of.
  const canTest = application.name !== 'nest12-cjs' || nodeIsAtLeast(24, 9);

  it.runIf(canTest)('passes the tests of the application, which end by themselves', async () => {
    const printed = await run(cwd, 'npm', 'test');
    expect(printed).not.toMatch(/did not exit|failed to exit/);
  });

  it('answers over HTTP with the standard JSON, logs it and shuts down', async () => {
    await run(cwd, 'npm', 'run', 'build');
    const upstream = await startUpstream();
    onTestFinished(() => upstream.stop());
    const server = await startServer(cwd, { UPSTREAM_URL: upstream.url });
    onTestFinished(async () => void (await server.stop()));
    onTestFailed(() => console.error(server.output()));
    const answer = await request(server.url, application.request);
    expect(answer.body).toEqual(application.body);
    expect(answer.status).toBe(application.status);
    expect(upstream.calls).toHaveLength(application.calls);
    // Event and fields in one line, whichever logger writes them.
    await server.printed(/(operation_error.*error_type|error_type.*operation_error).*\n/);
    if (application.pino) {
      expect(requestIdsLogged(server.output())).toContain(answer.body.error.request_id);
    }
    expect(await server.stop()).toBe('SIGTERM');
  });
});

async function request(url: string, line: string) {
  const [method = '', path = ''] = line.split(' ');
  const response = await fetch(url + path, { method });
  const body = (await response.json()) as { error: { request_id: string } };
  return { status: response.status, body };
}

/** The numbers of the requests that the `operation_error` lines belong to. */
function requestIdsLogged(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => line.includes('"operation_error"'))
    .map((line) => String((JSON.parse(line) as { req?: { id: unknown } }).req?.id));
}
