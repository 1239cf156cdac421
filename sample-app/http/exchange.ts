import { tracingChannel } from 'node:diagnostics_channel';
import { currentAttempt } from 'nestjs-retryable';

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/**
 * An answer that says that the request failed. Nothing of it is understood here: the library knows
 * what the platforms mean by their codes and headers.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly body: unknown,
    readonly status?: number,
    readonly headers?: Headers,
  ) {
    super(status === undefined ? 'The answer is a failure' : `The answer was HTTP ${status}`);
  }
}

/** An exchange as it is told to who watches. */
export interface Exchange {
  readonly number: number;
  readonly method: string;
  readonly path: string;
  /** Undefined until there is an answer. */
  status: number | undefined;
}

/** Tells of every exchange, in the asynchronous context of who has asked for it. */
export const exchanges = tracingChannel<unknown, Exchange>('sample-app:exchange');

let count = 0;

/**
 * One HTTP exchange. The signal of the running attempt ends it: without that, a request that has
 * reached the limit would go on in the background.
 *
 * @returns the body
 * @throws ApiError where the status says so, and where no JSON came back but the page of a proxy
 */
export function exchange<T>(request: OutgoingRequest): Promise<T> {
  const { method, url } = request;
  const told = { number: ++count, method, path: new URL(url).pathname, status: undefined };
  return exchanges.tracePromise(() => send<T>(request, told), told);
}

async function send<T>(
  { method, url, headers, body }: OutgoingRequest,
  told: Exchange,
): Promise<T> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: body === undefined ? null : JSON.stringify(body),
    signal: currentAttempt()?.signal ?? null,
  });
  told.status = response.status;
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const answer: unknown = isJson ? await response.json() : await response.text();
  if (!response.ok || !isJson) throw new ApiError(answer, response.status, response.headers);
  return answer as T;
}
