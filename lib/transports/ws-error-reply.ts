import { read } from '../errors/safe-read.js';
import type { ErrorResponse } from '../response/error-response.js';

/** The clients of the two kinds of gateways. */
interface WsClient {
  emit(event: string, body: unknown): void;
  send(message: string): void;
}

/**
 * Tells the client of a gateway by the event that Nest's own filter uses, too.
 *
 * @returns whether it is a client that can be told
 */
export function replyOverWs(client: unknown, body: ErrorResponse): boolean {
  const can = (method: keyof WsClient) => typeof read(client, method) === 'function';
  // A plain WebSocket has a `readyState`, and an `emit` that reaches nobody but its own listeners.
  if (can('send') && read(client, 'readyState') !== undefined) {
    (client as WsClient).send(JSON.stringify({ event: 'exception', data: body }));
    return true;
  }
  if (!can('emit')) return false;
  (client as WsClient).emit('exception', body);
  return true;
}
