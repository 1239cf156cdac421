import { isError, read, readString } from '../errors/safe-read.js';

const MAX_CLASSES = 10;
const MESSAGE_EXCEPTIONS: ReadonlySet<string | undefined> = new Set([
  'RpcException',
  'WsException',
]);

/**
 * What an `RpcException` or a `WsException` tells its client. Over HTTP it would be nobody's word: only
 * a status says there whether an exception speaks to the client.
 */
export function messageExceptionWords(error: unknown): string | undefined {
  if (!isError(error) || typeof read(error, 'getError') !== 'function') return undefined;
  if (!isMessageException(error)) return undefined;
  try {
    const said = (error as unknown as Record<string, () => unknown>)['getError']?.();
    return typeof said === 'string' ? said : undefined;
  } catch {
    return undefined;
  }
}

// They leave their `name` that of Error: what tells them is that of a class they are made of.
function isMessageException(error: object): boolean {
  try {
    let type = read(error, 'constructor');
    for (let depth = 0; depth < MAX_CLASSES && typeof type === 'function'; depth++) {
      if (MESSAGE_EXCEPTIONS.has(readString(type, 'name'))) return true;
      type = Object.getPrototypeOf(type) as unknown;
    }
  } catch {
    // a Proxy instead of a class
  }
  return false;
}
