import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The API that the applications call. */
export interface Upstream {
  readonly url: string;
  /** The paths that were asked for. */
  readonly calls: readonly string[];
  stop(): void;
}

/** Starts an API that fails in the way the last part of the path says. */
export async function startUpstream(): Promise<Upstream> {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    calls.push(path);
    if (path.endsWith('/broken')) return request.socket.destroy();
    response.statusCode = path.endsWith('/expired') ? 401 : 500;
    return response.end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
