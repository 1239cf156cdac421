import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Account } from './account.js';
import { ACCOUNTS, ANSWER_MS, PLATFORMS, WINDOW_MS, type PlatformName } from './settings.js';

/** The API of a platform that limits each account. */
export class Platform {
  readonly accounts: ReadonlyMap<string, Account>;
  private startedAt = 0;
  private readonly server: Server;

  private constructor(name: PlatformName) {
    const { punishes } = PLATFORMS[name];
    this.accounts = new Map(ACCOUNTS.map((account) => [account, new Account(punishes)]));
    this.server = createServer((request, response) => this.answer(request, response));
  }

  static async start(name: PlatformName): Promise<Platform> {
    const platform = new Platform(name);
    platform.server.listen(0, '127.0.0.1');
    await once(platform.server, 'listening');
    return platform;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The processes are ready: time counts from here. */
  begin(): void {
    this.startedAt = performance.now();
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private get now(): number {
    return performance.now() - this.startedAt;
  }

  /** `/act_1/17`: unit 17 of an account. */
  private answer(request: IncomingMessage, response: ServerResponse): void {
    const [, name = '', unit = ''] = (request.url ?? '').split('/');
    const account = this.accounts.get(name);
    if (account === undefined) return void response.writeHead(404).end();
    const blockedMs = account.blockedMs(Number(request.headers['x-process']), this.now);
    setTimeout(() => {
      if (blockedMs === 0) account.done.set(unit, this.now);
      else response.writeHead(429, { 'retry-after': String(Math.ceil(blockedMs / 1000)) });
      response.end();
    }, ANSWER_MS);
  }
}
