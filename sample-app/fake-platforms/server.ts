import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { BEHAVIOURS, Behaviours, openAccount } from './accounts.js';
import type { AdAccount } from './ad-account.js';
import { json, type FakePlatform, type FakeReply, type FakeRequest } from './fake-platform.js';
import { GEMINI } from './gemini.js';
import { GOOGLE } from './google.js';
import { MCP } from './mcp.js';
import { META } from './meta.js';
import { TIKTOK } from './tiktok.js';
import { Traffic, type Hit } from './traffic.js';

const PLATFORMS: Readonly<Record<string, FakePlatform>> = {
  meta: META,
  tiktok: TIKTOK,
  google: GOOGLE,
  gemini: GEMINI,
  mcp: MCP,
};

const PAGES: Readonly<Record<'unavailable' | 'busy' | 'later', FakeReply>> = {
  unavailable: { status: 503, body: '<html><h1>503 Service Temporarily Unavailable</h1></html>' },
  busy: tooMany('3'),
  later: tooMany('45'),
};

function tooMany(retryAfter: string): FakeReply {
  return {
    status: 429,
    body: '<html><h1>429 Too Many Requests</h1></html>',
    headers: { 'retry-after': retryAfter },
    note: `Retry-After: ${retryAfter}`,
  };
}

/**
 * Meta, TikTok, Google, Gemini and an MCP server, each under its own path. Beside them:
 * `GET /accounts` tells which account names make them fail, `GET /accounts/meta/acme` what requests
 * came for an account and what it holds now.
 */
export async function startFakePlatforms(
  port: number,
): Promise<{ url: string; close(): Promise<void> }> {
  const world = new World();
  const server = createServer((request, response) => {
    world
      .serve(request, response)
      .catch(() => send(response, json(400, { error: 'Not readable' })));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

class World {
  private readonly behaviours = new Behaviours();
  private readonly traffic = new Traffic();
  private readonly accounts = new Map<string, AdAccount>();

  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', 'http://fake');
    const [, platform = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
    if (platform === 'accounts') return send(response, this.tell(rest));
    const request: FakeRequest = {
      method: incoming.method ?? 'GET',
      path: `/${rest.join('/')}`,
      query: url.searchParams,
      headers: incoming.headers,
      body: await bodyOf(incoming),
    };
    const fake = PLATFORMS[platform];
    const operation = fake?.understand(request);
    if (fake === undefined || operation === undefined) {
      return send(response, json(404, { error: `No ${request.method} ${url.pathname} here` }));
    }
    const hit = this.traffic.begin(platform, operation.account, operation.name);
    response.once('close', () => (hit.ended ??= Date.now()));
    const outcome = this.behaviours.next(platform, operation.account, operation.name);
    const perform = () => operation.perform(this.account(platform, operation.account));
    switch (outcome) {
      case 'ok':
        return answer(response, hit, perform());
      case 'hang-after':
        perform();
        return;
      case 'hang':
        return;
      case 'reset-after':
        perform();
        return reset(response, hit);
      case 'reset':
        return reset(response, hit);
      case 'unavailable':
      case 'busy':
      case 'later':
        return answer(response, hit, PAGES[outcome]);
      default:
        return answer(response, hit, fake.refusals[outcome] ?? json(500, { error: outcome }));
    }
  }

  private account(platform: string, name: string): AdAccount {
    const key = `${platform}/${name}`;
    let account = this.accounts.get(key);
    if (account === undefined) this.accounts.set(key, (account = openAccount(name)));
    return account;
  }

  private tell([platform, account]: string[]): FakeReply {
    if (platform === undefined || account === undefined) return json(200, BEHAVIOURS);
    return json(200, {
      requests: this.traffic.of(platform, account),
      holds: this.account(platform, account).holds,
    });
  }
}

async function bodyOf(request: IncomingMessage): Promise<FakeRequest['body']> {
  const sent = await text(request);
  return sent === '' ? {} : (JSON.parse(sent) as FakeRequest['body']);
}

function answer(response: ServerResponse, hit: Hit, reply: FakeReply): void {
  hit.answer = `HTTP ${reply.status}${reply.note === undefined ? '' : ` (${reply.note})`}`;
  hit.ended = Date.now();
  send(response, reply);
}

function reset(response: ServerResponse, hit: Hit): void {
  hit.answer = 'connection reset';
  response.socket?.resetAndDestroy();
}

function send(response: ServerResponse, { status, headers, body }: FakeReply): void {
  const isPage = typeof body === 'string';
  response.writeHead(status, {
    'content-type': isPage ? 'text/html' : 'application/json',
    ...headers,
  });
  response.end(isPage ? body : JSON.stringify(body));
}
