import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Account } from './account.js';
import { ACCOUNTS, ANSWER_MS, WINDOW_MS } from './settings.js';

/** The API of a platform that limits each account. */
export class Platform {
  readonly accounts: ReadonlyMap<string, Account> = new Map(
    ACCOUNTS.map((name) => [name, new Account()]),
  );
  private startedAt = 0;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => this.answer(request, response));
  }

  static async start(): Promise<Platform> {
    const platform = new Platform();
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
    const isLet = account.lets(Number(request.headers['x-process']), this.now);
    setTimeout(() => {
      if (isLet) {
        account.done.set(unit, this.now);
        response.end('{}');
      } else {
        const message = 'Application request limit reached';
        response
          .writeHead(429, {
            'content-type': 'application/json',
            'retry-after': String(WINDOW_MS / 1000),
          })
          .end(JSON.stringify({ error: { message, code: 4 } }));
      }
    }, ANSWER_MS);
  }
}
