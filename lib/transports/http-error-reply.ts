import type { AbstractHttpAdapter } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { retryAfterSeconds } from '../classify/retry-after.js';
import { read, readString } from '../errors/safe-read.js';
import { acceptLanguageOf, rawOf, requestIdOf } from './inbound-request.js';
import { eachHeader } from '../response/error-headers.js';
import type { ErrorAnswer } from '../response/error-response.js';

const JSON_TYPE = 'application/json; charset=utf-8';

// The pattern of a middleware for all routes, which Express leaves behind where no route matches.
const MATCHES_ALL = /^\/?\{?\/?\(?\.?\*\w*\)?\}?$/;

/** Headers of the body that would have been: a browser would save the JSON as the file. */
const OF_ANOTHER_BODY = [
  'content-disposition',
  'content-encoding',
  'content-range',
  'etag',
  'last-modified',
];

/** One error answer over HTTP, on Express and on Fastify. */
export class HttpErrorReply {
  private readonly rawRequest: IncomingMessage;
  private readonly rawResponse: ServerResponse;
  private readonly isExpress: boolean;

  constructor(
    private readonly adapter: AbstractHttpAdapter,
    private readonly request: unknown,
    private readonly response: { removeHeader?(name: string): unknown },
  ) {
    this.rawRequest = rawOf(request) as IncomingMessage;
    this.rawResponse = rawOf(response) as ServerResponse;
    this.isExpress = adapter.getType() === 'express';
  }

  /** Whether it is too late for an answer: headers are sent, or the client has gone. */
  get isStarted(): boolean {
    const { destroyed, headersSent } = this.rawResponse;
    // Nest 11's adapter of Fastify does not see what was written past Fastify, the raw response does
    // not see what was taken out of Fastify's hands: a second answer would end the process.
    return destroyed || headersSent || Boolean(this.adapter.isHeadersSent(this.response));
  }

  get acceptLanguage(): string | undefined {
    return acceptLanguageOf(this.rawRequest);
  }

  get requestId(): string {
    return requestIdOf(this.rawRequest);
  }

  /** Method and pattern of the route, as in `GET /campaigns/:id`; never the URL itself. */
  get route(): string {
    const pattern =
      readString(read(this.request, 'route'), 'path') ??
      readString(read(this.request, 'routeOptions'), 'url');
    return routeName(this.rawRequest.method ?? 'HTTP', pattern ?? '*');
  }

  /** The wait that the response states already, as a throttling guard does before it throws. */
  get statedWait(): number | undefined {
    return retryAfterSeconds((name) => {
      const value: unknown = this.adapter.getHeader?.(this.response, name);
      return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
    }, Date.now());
  }

  /** Ends an answer that had begun; nothing is written after its headers. */
  end(): void {
    if (!this.rawResponse.writableEnded && !this.rawResponse.destroyed)
      this.adapter.end(this.response);
  }

  /** A body of the application's own, as its adapter sends any. */
  sendReady(status: number, body: object): void {
    this.adapter.reply(this.response, body, status);
  }

  /** The standard JSON in one write, with what belongs beside it. */
  send(answer: ErrorAnswer): void {
    const { httpStatus, body } = answer;
    const payload = JSON.stringify(body);
    for (const name of OF_ANOTHER_BODY) this.remove(name);
    this.set('Content-Type', JSON_TYPE);
    eachHeader(answer, (name, value) => {
      this.set(name, name === 'Vary' ? this.vary(value) : value);
    });
    if (!this.isExpress) {
      this.adapter.reply(this.response, payload, httpStatus);
      return;
    }
    // Express would hash the body for an ETag, which is of no use where nothing may be stored.
    this.rawResponse.statusCode = httpStatus;
    this.rawResponse.setHeader('Content-Length', Buffer.byteLength(payload));
    this.rawResponse.end(payload);
  }

  private set(name: string, value: string): void {
    // Express' own way looks every content type up.
    if (this.isExpress) this.rawResponse.setHeader(name, value);
    else this.adapter.setHeader(this.response, name, value);
  }

  private remove(name: string): void {
    this.rawResponse.removeHeader(name);
    if (!this.isExpress) (this.response as Pick<ServerResponse, 'removeHeader'>).removeHeader(name);
  }

  // CORS and compression have their own say in Vary.
  private vary(added: string): string {
    const present: unknown = this.adapter.getHeader?.(this.response, 'vary');
    if (typeof present !== 'string' && !Array.isArray(present)) return added;
    const names = String(present);
    return names.toLowerCase().includes(added.toLowerCase()) ? names : `${names}, ${added}`;
  }
}

const routeNames = new Map<string, Map<string, string>>();
const MAX_METHODS = 50;
const MAX_PATTERNS = 1000;

/** The same text for the same route: everything that looks it up goes by its hash. */
function routeName(method: string, pattern: string): string {
  let ofMethod = routeNames.get(method);
  if (ofMethod === undefined) {
    ofMethod = new Map<string, string>();
    // HTTP/2 lets clients choose any method.
    if (routeNames.size < MAX_METHODS) routeNames.set(method, ofMethod);
  }
  let name = ofMethod.get(pattern);
  if (name === undefined) {
    name = `${method} ${MATCHES_ALL.test(pattern) ? '(no route)' : pattern}`;
    if (ofMethod.size < MAX_PATTERNS) ofMethod.set(pattern, name);
  }
  return name;
}
