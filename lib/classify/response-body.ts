import { read } from '../errors/safe-read.js';
import type { Platform } from '../errors/service-error.js';
import { chainOf } from './failure.js';

/** What of a body is read: what says why a request failed is short. */
const MAX_BYTES = 2 ** 20;
const MAX_CHUNKS = 2 ** 14;

const texts = new WeakMap<object, string>();

/** The body of a response that was thrown, where it has been read. */
export function readBodyOf(response: unknown): string | undefined {
  return texts.get(response as object);
}

/**
 * Goes on at once, or where a fetch `Response` was thrown, by itself or as the `response` of an error
 * or of its cause, when its body has been read: what the platform says in it is needed to understand
 * the failure. The response can still be read by others.
 */
export function withBodyRead(
  thrown: unknown,
  platform: Platform | undefined,
  goOn: () => void,
): void {
  const response = platform === undefined ? undefined : unreadResponseIn(thrown);
  if (response === undefined) return goOn();
  void readText(response)
    .then((text) => void texts.set(response, text))
    .catch(() => undefined) // the connection broke, or the caller's signal ended it
    .then(goOn);
}

function unreadResponseIn(thrown: unknown): Response | undefined {
  for (const link of chainOf(thrown)) {
    for (const each of [link, read(link, 'response')]) if (isUnreadResponse(each)) return each;
  }
  return undefined;
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
  while (length <= MAX_BYTES && chunks.length <= MAX_CHUNKS) {
    const chunk = (await reader?.read())?.value;
    if (chunk === undefined) return new TextDecoder().decode(Buffer.concat(chunks));
    length += chunk.length;
    chunks.push(chunk);
  }
  // Settles only when the other half of the clone is cancelled too.
  void reader?.cancel().catch(() => undefined);
  return '';
}
