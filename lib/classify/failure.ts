import { isError, read, readNumber, readString } from '../errors/safe-read.js';
import type { HeaderReader } from './retry-after.js';

/** How deep a chain of causes is followed, and how many inner errors of each are looked at. */
const MAX_DEPTH = 8;
const MAX_INNER = 10;
const MAX_HEADERS = 100;

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

/** The errors that an AggregateError sums up: the first of them, and whether these are all. */
export function innerErrors(error: object): {
  readonly errors: unknown[];
  readonly areAll: boolean;
} {
  const errors = isError(error) ? read(error, 'errors') : undefined;
  if (!Array.isArray(errors)) return { errors: [], areAll: true };
  return { errors: errors.slice(0, MAX_INNER), areAll: errors.length <= MAX_INNER };
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

/** Reads from a `Headers`, an object, or a list of `{ name, value }`, `[name, value]` or raw headers. */
export function headerReader(headers: unknown): HeaderReader {
  const hasGetter = typeof read(headers, 'get') === 'function';
  let others: ReadonlyMap<string, unknown> | undefined;
  return (name) => {
    const value = hasGetter
      ? getHeader(headers as HeaderGetter, name)
      : (read(headers, name) ?? (others ??= inLowerCase(headers)).get(name));
    const single: unknown = Array.isArray(value) ? value[0] : value;
    return typeof single === 'string' || typeof single === 'number' ? String(single) : undefined;
  };
}

/** `Headers`, those of axios, or a Map. */
interface HeaderGetter {
  get(name: string): unknown;
}

function getHeader(headers: HeaderGetter, name: string): unknown {
  try {
    return headers.get(name);
  } catch {
    return undefined;
  }
}

/** The headers under names in lower case, where they are not kept so. */
function inLowerCase(headers: unknown): ReadonlyMap<string, unknown> {
  if (typeof headers !== 'object' || headers === null) return NO_HEADERS;
  try {
    const entries = Array.isArray(headers)
      ? headers
          .slice(0, MAX_HEADERS)
          .map((header, index) => listedHeader(header, headers[index + 1]))
      : Object.keys(headers)
          .slice(0, MAX_HEADERS)
          .map((key) => [key, read(headers, key)] as const);
    return new Map(entries.map(([key, value]) => [key.toLowerCase(), value]));
  } catch {
    return NO_HEADERS; // a Proxy whose traps throw
  }
}

const NO_HEADERS: ReadonlyMap<string, unknown> = new Map();

/** @param next what follows in Node's `rawHeaders`, where names and values take turns */
function listedHeader(header: unknown, next: unknown): readonly [string, unknown] {
  if (typeof header === 'string') return [header, next];
  const [name, value] = Array.isArray(header) ? (header as unknown[]) : [];
  if (typeof name === 'string') return [name, value];
  return [readString(header, 'name') ?? '', read(header, 'value')];
}
