import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Account, type Block } from './account.js';
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
      at: Number(headers['x-sent-at']) - this.startedAt,
    };
    const block = account.request(sent, this.now);
    const retryAfter = block === undefined ? 0 : Math.ceil((block.until - this.now) / 1000);
    setTimeout(() => {
      if (block === undefined) account.done.set(unit, this.now);
      else this.refuse(block, retryAfter, response);
      response.end();
    }, ANSWER_MS);
  }

  private refuse(block: Block, retryAfter: number, response: ServerResponse): void {
    block.toldAt ??= this.now;
    response.writeHead(429, { 'retry-after': String(retryAfter) });
  }
}
