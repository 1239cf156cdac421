import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Account } from './account.js';
import { ACCOUNTS, ANSWER_MS, PLATFORMS, type PlatformName } from './settings.js';

/** The API of a platform that limits each account. */
export class Platform {
  readonly accounts: ReadonlyMap<string, Account>;
  private startedAt = 0;
  private readonly server: Server;

  private constructor(name: PlatformName) {
    const { punishes } = PLATFORMS[name];
    this.accounts = new Map(ACCOUNTS.map((account) => [account, new Account(punishes)]));
    this.server = createServer((request, response) => this.serve(request, response));
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
    this.startedAt = Date.now();
  }

  /** A process has read that a request was refused. */
  noticed(account: string, at: number): void {
    this.accounts.get(account)?.noticed(at - this.startedAt);
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  /** Milliseconds since the begin, of a clock that the processes have too. */
  private get now(): number {
    return Date.now() - this.startedAt;
  }

  /** `/act_1/17`: unit 17 of an account. */
  private serve({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const [, name = '', unit = ''] = url.split('/');
    const account = this.accounts.get(name);
    if (account === undefined) return void response.writeHead(404).end();
    const sent = {
      by: Number(headers['x-process']),
      readAt: Number(headers['x-read-at']) - this.startedAt,
    };
    const { now } = this;
    const refusedUntil = account.request(sent, now);
    setTimeout(() => {
      if (refusedUntil === undefined) account.done.set(unit, this.now);
      else
        response.writeHead(429, { 'retry-after': String(Math.ceil((refusedUntil - now) / 1000)) });
      response.end();
    }, ANSWER_MS);
  }
}
