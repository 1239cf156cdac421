import { isDeepStrictEqual } from 'node:util';
import type { LogLine, Observed, Promised, UpstreamRequest } from './scenario.js';

/** What is not as promised, in words; nothing where all is. */
export function differences(promised: Promised, observed: Observed): string[] {
  const found: string[] = [];
  const expect = (what: string, wanted: unknown, got: unknown) => {
    if (isDeepStrictEqual(got, wanted)) return;
    found.push(`${what}: promised ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
  };
  const { status, requests, waits, json = {}, headers = {}, holds } = promised;
  expect('HTTP status', status, observed.status);
  expect('requests to the platform', requests, observed.requests.map(inWords));
  expect('waits', waits, waitsIn(observed.log));
  for (const [path, value] of Object.entries(json)) {
    expect(path, value, valueAt(observed.body, path));
  }
  for (const [name, value] of Object.entries(headers)) {
    expect(`header ${name}`, value, observed.headers.get(name));
  }
  if (holds !== undefined) expect('what the platform holds', holds, observed.holds);
  return [...found, ...brokenHabits(observed)];
}

/** True of every answer, whatever it is about. */
function brokenHabits({ body, status, headers, log, requests }: Observed): string[] {
  const found: string[] = [];
  const errors = errorsIn(body);
  const logged = log.filter(({ msg }) => msg === 'operation_error').length;
  const failures = status === undefined ? 1 : errors.length;
  if (logged !== failures) {
    found.push(`log: ${failures} failed, but operation_error stands there ${logged} times`);
  }
  if (errors.some((error) => valueAt(error, 'error.request_id') !== headers.get('x-request-id'))) {
    found.push('request_id: is not the one that the log has');
  }
  // The client that has gone does not see the end of the wait.
  const missing = status === undefined ? 0 : waitsIn(log).length - realWaits(requests, log).size;
  if (missing > 0) found.push(`waits: ${missing} were announced, but not waited`);
  return found;
}

/** `create campaign: HTTP 503` */
function inWords({ operation, answer }: UpstreamRequest): string {
  return `${operation}: ${answer}`;
}

/** The waits that the library announced. */
export function waitsIn(log: readonly LogLine[]): number[] {
  return log.filter(({ msg }) => msg === 'retry_scheduled').map(({ delay_ms }) => Number(delay_ms));
}

/**
 * The real waits in milliseconds, by the index of the request that came after. What was announced is
 * exact; on a busy machine what was waited is not, so that half of it is enough to be found.
 */
export function realWaits(
  requests: readonly UpstreamRequest[],
  log: readonly LogLine[],
): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const announced = waitsIn(log);
  for (const [index, { began }] of requests.entries()) {
    const before = requests[index - 1];
    const wait = announced[found.size];
    const gap = began - (before?.ended ?? before?.began ?? began);
    if (wait !== undefined && gap >= wait / 2) found.set(index, gap);
  }
  return found;
}

/** `ad_sets.0.name` of a JSON value. */
export function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (at, key) =>
        typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined,
      value,
    );
}

/** The standard JSONs in an answer: the answer itself, or those of its parts. */
function errorsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (valueAt(value, 'status') === 'error') return [value];
  return Object.values(value).flatMap((each) => errorsIn(each));
}
