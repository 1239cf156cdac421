import { createServer, type Server, type ServerResponse } from 'node:http';
import {
  createServer as createSocketServer,
  type AddressInfo,
  type Server as AnyServer,
  type Socket,
} from 'node:net';

/** A server on the loopback interface that fails in every way. */
export interface FaultyServer {
  /** The address of a way to fail, as in `url('503')`. */
  url(fault: string): string;
  close(): Promise<void>;
}

const HEADERS = { 'content-type': 'application/json', 'retry-after': '7' };

/** By their path; a number answers with that status and `Retry-After: 7`. */
const FAULTS: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  /** The connection is reset before an answer. */
  reset: ({ socket }) => (socket as Socket).resetAndDestroy(),
  /** The connection is closed before an answer. */
  closed: ({ socket }) => socket?.destroy(),
  /** The connection is closed in the middle of the answer. */
  half: (response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half of it', () => response.socket?.destroy());
  },
  /** The answer never ends. */
  slow: (response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('the beginning');
  },
  /** The answer never begins. */
  hang: () => undefined,
};

export async function startFaultyServer(): Promise<FaultyServer> {
  const server = createServer(({ url = '/' }, response) => {
    const fault = FAULTS[url.slice(1)];
    if (fault !== undefined) fault(response);
    else response.writeHead(Number(url.slice(1)), HEADERS).end('{}');
  });
  const port = await listen(server);
  return {
    url: (fault) => `http://127.0.0.1:${port}/${fault}`,
    close: () => close(server),
  };
}

/** A port that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createSocketServer();
  const port = await listen(server);
  await close(server);
  return port;
}

async function listen(server: AnyServer): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function close(server: AnyServer | Server): Promise<void> {
  if ('closeAllConnections' in server) server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
}

/** A look-up that fails as Node's does where a name is unknown, without asking anybody. */
export function failingLookup(code: 'ENOTFOUND' | 'EAI_AGAIN') {
  return (host: string, _options: unknown, callback: (error: Error) => void): void => {
    const error = new Error(`getaddrinfo ${code} ${host}`);
    callback(Object.assign(error, { code, syscall: 'getaddrinfo', hostname: host }));
  };
}
