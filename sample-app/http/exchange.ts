import { currentAttempt } from 'nestjs-retryable';

/** What an API answered, whatever it thinks of it. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** All that is known is a status and headers. That is enough: the library reads both. */
export class HttpStatusError extends Error {
  override readonly name = 'HttpStatusError';

  constructor(
    readonly status: number,
    readonly headers: Headers,
  ) {
    super(`The answer was HTTP ${status}`);
  }
}

/**
 * One HTTP exchange. The signal of the running attempt ends it: without that, a request that has
 * reached the limit would go on in the background.
 *
 * @throws HttpStatusError where no JSON came back, but the page of a proxy
 */
export async function exchange({ method, url, headers, body }: OutgoingRequest): Promise<Reply> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: body === undefined ? null : JSON.stringify(body),
    signal: currentAttempt()?.signal ?? null,
  });
  if (response.headers.get('content-type')?.includes('json') !== true) {
    await response.body?.cancel();
    throw new HttpStatusError(response.status, response.headers);
  }
  return { status: response.status, headers: response.headers, body: await response.json() };
}
