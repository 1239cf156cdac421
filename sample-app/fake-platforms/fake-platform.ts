import type { IncomingHttpHeaders } from 'node:http';
import type { AdAccount } from './ad-account.js';

/** Ways in which every platform can fail: below its API. */
export type Breakdown =
  /** An edge answers 503 with a page, the API has seen nothing. */
  | 'unavailable'
  /** An edge answers 429 with `Retry-After: 3`. */
  | 'busy'
  /** The same with `Retry-After: 45`. */
  | 'later'
  /** Never answers; `-after` has done what was asked. */
  | 'hang'
  | 'hang-after'
  /** Resets the connection; `-after` has done what was asked. */
  | 'reset'
  | 'reset-after';

/** What a platform says in its own words. */
export type Refusal =
  | 'token-expired'
  | 'token-invalid'
  | 'permission-denied'
  | 'throttled'
  | 'no-budget'
  | 'creative-rejected'
  | 'overloaded'
  | 'quota-used-up'
  | 'key-invalid'
  | 'blocked'
  | 'tool-failed'
  | 'unknown-tool';

export type Outcome = 'ok' | Breakdown | Refusal;

export type OperationName =
  | 'create campaign'
  | 'create ad set'
  | 'create ad'
  | 'find by name'
  | 'list ad sets'
  | 'read ad'
  | 'change ad set'
  | 'generate copy'
  | 'list tools'
  | 'call tool';

/** A request that has reached the server. */
export interface FakeRequest {
  readonly method: string;
  /** Below the platform's own prefix. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface FakeReply {
  readonly status: number;
  /** JSON, or a page where it is a text. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** What a person should notice in it. */
  readonly note?: string;
}

/** What a request asks for. */
export interface Operation {
  readonly account: string;
  readonly name: OperationName;
  /** Does it, and answers as the platform does. */
  perform(account: AdAccount): FakeReply;
}

/** One platform's API in small: its addresses and its way of speaking. */
export interface FakePlatform {
  /** Undefined where the API has no such address. */
  understand(request: FakeRequest): Operation | undefined;
  readonly refusals: Readonly<Partial<Record<Refusal, FakeReply>>>;
}

export function json(status: number, body: unknown, note?: string): FakeReply {
  return note === undefined ? { status, body } : { status, body, note };
}

/** The text under a key of a body. */
export function textOf(value: unknown, key: string): string {
  const text = (value as Readonly<Record<string, unknown>> | undefined)?.[key];
  return typeof text === 'string' ? text : '';
}

/** The policy of all fake platforms. */
export function violatesPolicy(headline: string): boolean {
  return /guaranteed|miracle/i.test(headline);
}
