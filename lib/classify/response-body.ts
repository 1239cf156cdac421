import { read } from '../errors/safe-read.js';
import type { Platform } from '../errors/service-error.js';

/** What of a body is read: what says why a request failed is short. */
const MAX_BYTES = 2 ** 20;

const texts = new WeakMap<object, string>();

/** The body of a response that was thrown, where it has been read. */
export function readBodyOf(response: object): string | undefined {
  return texts.get(response);
}

/**
 * Goes on at once, or where a fetch `Response` was thrown as it is, when its body has been read: what
 * the platform says in it is needed to understand the failure. The response can still be read by
 * others.
 */
export function withBodyRead(
  thrown: unknown,
  platform: Platform | undefined,
  goOn: () => void,
): void {
  if (platform === undefined || !isUnreadResponse(thrown)) return goOn();
  void readText(thrown)
    .then((text) => void texts.set(thrown, text))
    .catch(() => undefined) // the connection broke, or the attempt was cancelled
    .then(goOn);
}

function isUnreadResponse(value: unknown): value is Response {
  return (
    read(value, 'bodyUsed') === false &&
    typeof read(value, 'clone') === 'function' &&
    typeof read(read(value, 'body'), 'getReader') === 'function'
  );
}

async function readText(response: Response): Promise<string> {
  const reader = response.clone().body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const chunk = (await reader?.read())?.value;
    if (chunk === undefined) break;
    length += chunk.length;
    if (length > MAX_BYTES) {
      void reader?.cancel(); // settles only when the other half of the clone is cancelled too
      return '';
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
