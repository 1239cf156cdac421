import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request for a campaign of an account. */
export interface Asked {
  readonly method: string;
  readonly account: string;
  readonly name: string;
  readonly key: string;
  readonly process: string;
}

/** The server of a platform that knows campaigns: `/act_1/spring`. */
export abstract class HttpPlatform {
  private readonly server = createServer((request, response) => {
    void this.serve(askedIn(request), response);
  });

  protected abstract serve(asked: Asked, response: ServerResponse): Promise<void> | void;

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

function askedIn({ method = '', url = '', headers }: IncomingMessage): Asked {
  const [, account = '', name = ''] = url.split('/');
  const key = String(headers['idempotency-key']);
  return { method, account, name, key, process: String(headers['process']) };
}
