import { read } from '../errors/safe-read.js';
import { isServiceError, type Platform } from '../errors/service-error.js';
import { isKnown } from './family.js';

/** What of a body is read: what says why a request failed is short. */
const MAX_BYTES = 2 ** 20;
const MAX_CHUNKS = 2 ** 14;
const MAX_PATIENCE_MS = 2000;
/** How many causes of an error are looked at. */
const MAX_DEPTH = 8;

const texts = new WeakMap<object, string>();

/** The body of a response that was thrown, where it has been read. */
export function readBodyOf(response: unknown): string | undefined {
  return texts.get(response as object);
}

/** What is asked of the attempt that has failed. */
interface FailedAttempt {
  readonly platform: Platform | undefined;
  remaining(): number;
}

/**
 * The fetch `Response` that was thrown, by itself or as the `response` of an error or of its cause,
 * and that nobody has read: what the platform says in its body is needed to understand the failure.
 */
export function unreadResponseIn(thrown: unknown, attempt: FailedAttempt): Response | undefined {
  if (isServiceError(thrown)) return undefined;
  let link = thrown;
  for (let depth = 0; depth < MAX_DEPTH && typeof link === 'object' && link !== null; depth++) {
    const response = read(link, 'response') ?? link;
    if (isUnreadResponse(response)) return isKnown(attempt.platform) ? response : undefined;
    link = read(link, 'cause');
  }
  return undefined;
}

/**
 * Reads the body, so that {@link readBodyOf} has it; others can still read it. Never rejects. What
 * does not come in time is left: the status and the headers are there to tell.
 */
export async function readBody(response: Response, attempt: FailedAttempt): Promise<void> {
  const patienceMs = Math.min(MAX_PATIENCE_MS, Math.max(0, attempt.remaining() / 2));
  try {
    texts.set(response, await readText(response, patienceMs));
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

async function readText(response: Response, patienceMs: number): Promise<string> {
  const reader = response.clone().body?.getReader();
  // Not waited for: it settles only when the other half of the clone is cancelled too.
  const leave = () => void reader?.cancel().catch(() => undefined);
  const timer = setTimeout(leave, patienceMs);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    while (length <= MAX_BYTES && chunks.length <= MAX_CHUNKS) {
      const chunk = (await reader?.read())?.value;
      if (chunk === undefined) return new TextDecoder().decode(Buffer.concat(chunks));
      length += chunk.length;
      chunks.push(chunk);
    }
    leave();
    return '';
  } finally {
    clearTimeout(timer);
  }
}
