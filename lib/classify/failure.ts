import { isError, read, readNumber } from '../errors/safe-read.js';
import type { HeaderReader } from './retry-after.js';

/** How deep a chain of causes is followed, and how many inner errors of each are looked at. */
const MAX_DEPTH = 8;
const MAX_INNER = 10;

/** What an HTTP client keeps of a response that was a failure. */
export interface HttpFailure {
  readonly status: number;
  readonly header: HeaderReader;
  /** There is more of a response than a number, which any error of the application may carry. */
  readonly isResponse: boolean;
}

/** The error, its causes and the errors that it sums up, outermost first. */
export function* chainOf(error: unknown, seen = new Set<unknown>()): Generator<object> {
  if (typeof error !== 'object' || error === null) return;
  if (seen.size >= MAX_DEPTH || seen.has(error)) return;
  seen.add(error);
  yield error;
  yield* chainOf(read(error, 'cause'), seen);
}

/** The errors that an AggregateError sums up. */
export function innerErrors(error: unknown): readonly unknown[] {
  const errors = read(error, 'errors');
  return Array.isArray(errors) ? errors.slice(0, MAX_INNER) : [];
}

/**
 * The HTTP response behind an error: of axios, ky, got, ofetch, superagent, an SDK that puts
 * `status` and `headers` on its errors, or a fetch `Response` that was thrown itself.
 */
export function httpFailureOf(error: unknown): HttpFailure | undefined {
  const response = read(error, 'response');
  const ofResponse = statusOf(response);
  const status = ofResponse ?? (hasHttpShape(error) ? statusOf(error) : undefined);
  if (status === undefined) return undefined;
  const headers = read(response, 'headers') ?? read(error, 'headers');
  const isResponse = ofResponse !== undefined || headers !== undefined;
  return { status, header: headerReader(headers), isResponse };
}

function hasHttpShape(error: unknown): boolean {
  return isError(error) || typeof read(read(error, 'headers'), 'get') === 'function';
}

function statusOf(value: unknown): number | undefined {
  const status = readNumber(value, 'status') ?? readNumber(value, 'statusCode');
  return status !== undefined && Number.isInteger(status) && status >= 400 && status < 600
    ? status
    : undefined;
}

function headerReader(headers: unknown): HeaderReader {
  return (name) => {
    const value = getHeader(headers, name) ?? read(headers, name) ?? readAnyCase(headers, name);
    const single: unknown = Array.isArray(value) ? value[0] : value;
    return typeof single === 'string' || typeof single === 'number' ? String(single) : undefined;
  };
}

function getHeader(headers: unknown, name: string): unknown {
  if (typeof read(headers, 'get') !== 'function') return undefined;
  try {
    return (headers as { get(name: string): unknown }).get(name) ?? undefined;
  } catch {
    return undefined;
  }
}

function readAnyCase(headers: unknown, name: string): unknown {
  if (typeof headers !== 'object' || headers === null) return undefined;
  try {
    for (const key of Object.keys(headers).slice(0, 100)) {
      if (key.toLowerCase() === name) return read(headers, key);
    }
  } catch {
    return undefined; // a Proxy whose traps throw
  }
  return undefined;
}
