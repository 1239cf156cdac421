import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text as textOf } from 'node:stream/consumers';

/** What the server does with a request that it has read to its end. */
export type Reply = (response: ServerResponse, body: string) => unknown;

type Headers = Readonly<Record<string, string>>;

/** A server on the loopback interface, in the place of a platform. */
export interface HttpServer {
  readonly url: string;
  /** How many requests have reached it. */
  readonly requests: number;
  /** What all requests get from now on. */
  answerWith(reply: Reply): void;
  close(): Promise<void>;
}

export async function startHttpServer(): Promise<HttpServer> {
  let reply: Reply = hang;
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    void textOf(request).then((body) => reply(response, body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    answerWith: (next) => {
      reply = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** A platform's answer. */
export function json(status: number, body: unknown, headers: Headers = {}): Reply {
  return text(status, JSON.stringify(body), headers);
}

/** What should be a platform's answer. */
export function text(status: number, body: string, headers: Headers = {}): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };
}

/** The answer of a proxy before the platform. */
export function page(status: number, headers: Headers = {}): Reply {
  const html = `<html><body><h1>${status} of the proxy</h1></body></html>`;
  return text(status, html, { 'content-type': 'text/html', ...headers });
}

/** The connection is reset when the request has been read. */
export const reset: Reply = ({ socket }) => (socket as Socket).resetAndDestroy();

/** The connection is closed in the middle of the answer. */
export const half: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
  response.write('[{"id":', () => response.socket?.destroy());
};

/** The answer never begins. */
export const hang: Reply = () => undefined;
