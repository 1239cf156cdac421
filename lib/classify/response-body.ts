import { read } from '../errors/safe-read.js';
import { isServiceError } from '../errors/service-error.js';

/** What of a body is read: what says why a request failed is short. */
const MAX_BYTES = 2 ** 20;
const MAX_CHUNKS = 2 ** 14;
/** How many causes of an error are looked at. */
const MAX_DEPTH = 8;

const texts = new WeakMap<object, string>();

/** The body of a response that was thrown, where it has been read. */
export function readBodyOf(response: unknown): string | undefined {
  return texts.get(response as object);
}

/**
 * The fetch `Response` that was thrown, by itself or as the `response` of an error or of its cause,
 * and that nobody has read: what the platform says in its body is needed to understand the failure.
 */
export function unreadResponseIn(thrown: unknown): Response | undefined {
  if (isServiceError(thrown)) return undefined;
  let link = thrown;
  for (let depth = 0; depth < MAX_DEPTH && typeof link === 'object' && link !== null; depth++) {
    const response = read(link, 'response') ?? link;
    if (isUnreadResponse(response)) return response;
    link = read(link, 'cause');
  }
  return undefined;
}

/** Reads the body, so that {@link readBodyOf} has it; others can still read it. Never rejects. */
export async function readBody(response: Response): Promise<void> {
  try {
    texts.set(response, await readText(response));
  } catch {
    // the connection broke, or the caller's signal ended it
  }
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
