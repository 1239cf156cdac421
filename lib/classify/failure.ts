import { isError, read, readNumber, readString } from '../errors/safe-read.js';
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
  const headers = headersOf(error);
  const isResponse = ofResponse !== undefined || headers !== undefined;
  return { status, header: headerReader(headers), isResponse };
}

/** The headers of the response behind an error. */
export function headersOf(error: unknown): unknown {
  return read(read(error, 'response'), 'headers') ?? read(error, 'headers') ?? undefined;
}

// An object that is not an error is a response where it has more than a status.
function hasHttpShape(error: unknown): boolean {
  return isError(error) || ['headers', 'body', 'data'].some((key) => read(error, key) != null);
}

function statusOf(value: unknown): number | undefined {
  const status = readNumber(value, 'status') ?? readNumber(value, 'statusCode');
  return status !== undefined && Number.isInteger(status) && status >= 400 && status < 600
    ? status
    : undefined;
}

/** Reads from a `Headers`, from an object, or from a list of `{ name, value }`. */
export function headerReader(headers: unknown): HeaderReader {
  return (name) => {
    const value = Array.isArray(headers)
      ? listedHeader(headers, name)
      : (getHeader(headers, name) ?? read(headers, name) ?? readAnyCase(headers, name));
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

function listedHeader(headers: readonly unknown[], name: string): unknown {
  const entry = headers
    .slice(0, 100)
    .find((header) => readString(header, 'name')?.toLowerCase() === name);
  return read(entry, 'value');
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
