import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Seen {
  readonly process: string;
  readonly at: number;
  readonly status: number;
}

/** A platform with one application's token, and the place where that application keeps it. */
export class FakePlatform {
  /** Requests for ads, as they were answered. */
  readonly requests: Seen[] = [];
  /** Processes that have renewed the token. */
  readonly renewals: string[] = [];
  token = 'expired';
  /** Until when every request is answered with 429. */
  blockedUntil = 0;
  /** What is waited for before a request for ads is answered. */
  answering: Promise<unknown> = Promise.resolve();
  renew: () => Promise<boolean> = async () => true;
  url = '';

  private readonly server = createServer((request, response) => {
    void this.answer(request, response);
  });

  static async start(): Promise<FakePlatform> {
    const platform = new FakePlatform();
    platform.server.listen(0, '127.0.0.1');
    await once(platform.server, 'listening');
    platform.url = `http://127.0.0.1:${(platform.server.address() as AddressInfo).port}`;
    return platform;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const process = String(request.headers['process']);
    if (request.url === '/token' && request.method === 'POST') {
      this.renewals.push(process);
      const succeeded = await this.renew();
      if (succeeded) this.token = `token ${this.renewals.length}`;
      response.writeHead(succeeded ? 200 : 500).end();
    } else if (request.url === '/token') response.end(this.token);
    else await this.answerAds(process, request, response);
  }

  private async answerAds(
    process: string,
    { headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const leftMs = this.blockedUntil - Date.now();
    const isKnown = headers.authorization !== 'expired' && headers.authorization === this.token;
    const status = leftMs > 0 ? 429 : isKnown ? 200 : 401;
    this.requests.push({ process, at: Date.now(), status });
    await this.answering;
    response.writeHead(status, { 'retry-after': String(leftMs / 1000) }).end('ads');
  }
}
