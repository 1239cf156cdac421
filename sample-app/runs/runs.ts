import { AsyncLocalStorage } from 'node:async_hooks';
import type { Channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { RetryEvents, type ErrorDescription, type GaveUp, type RetryEvent } from 'nestjs-retryable';
import { defer, filter, map, merge, Observable, startWith, Subject, takeWhile } from 'rxjs';
import { exchanges, type Exchange } from '../http/exchange.js';

/** What happens to a call, without the words of errors: those may be a platform's. */
type CallEvent =
  | Exclude<RetryEvent, { readonly error: unknown }>
  | (Omit<Extract<RetryEvent, { type: 'attempt-failed' }>, 'error'> & { readonly error: string })
  | (Omit<Extract<RetryEvent, { type: 'failed' }>, 'error' | 'report'> & {
      readonly error: string;
      readonly gaveUp: GaveUp;
      readonly maxRetries: number;
    });

/** What happens while a request is answered; `at` is in milliseconds since 1970. */
export type RunEvent =
  | CallEvent
  | { readonly type: 'watching' | 'began'; readonly at: number }
  /** A request that the application sends to a platform. */
  | ({ readonly type: 'request-began' | 'request-ended'; readonly at: number } & Readonly<Exchange>)
  /** Without a status where the client has left before its answer. */
  | { readonly type: 'ended'; readonly at: number; readonly status: number | undefined };

/**
 * Every request to the application is a run, under the id of the request. Whoever knows the id can
 * watch it, and only that one: events are told in the asynchronous context of what they are about.
 */
@Injectable()
export class Runs {
  private readonly current = new AsyncLocalStorage<string>();
  private readonly edges = new Subject<RunEvent>();

  constructor(private readonly retries: RetryEvents) {}

  /** A middleware: what comes after it belongs to the run of the request. */
  readonly begin = (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const inRun = <T>(callback: () => T) => this.current.run(request.id as string, callback);
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : undefined;
      // Later than what ends the calls of a client that has left.
      setImmediate(() => inRun(() => this.edges.next({ type: 'ended', at: Date.now(), status })));
    });
    inRun(() => {
      this.edges.next({ type: 'began', at: Date.now() });
      next();
    });
  };

  /** What happens from now on in the run with that id, until it has ended. */
  watch(id: string): Observable<RunEvent> {
    const all = merge(
      this.edges,
      this.retries.observe().pipe(map(withoutTexts)),
      published(exchanges.start, 'request-began'),
      published(exchanges.asyncEnd, 'request-ended'),
    );
    return defer(() =>
      all.pipe(
        filter(() => this.current.getStore() === id),
        takeWhile(({ type }) => type !== 'ended', true),
        startWith({ type: 'watching' as const, at: Date.now() }),
      ),
    );
  }
}

function withoutTexts(event: RetryEvent): CallEvent {
  if (event.type === 'attempt-failed') return { ...event, error: typeOf(event.error) };
  if (event.type !== 'failed') return event;
  const { error, report, ...rest } = event;
  const { gaveUp, maxRetries } = report;
  return { ...rest, error: typeOf(error), gaveUp, maxRetries };
}

function typeOf({ type, error_type }: ErrorDescription): string {
  return type ?? error_type;
}

function published(
  channel: Channel<unknown, Exchange>,
  type: 'request-began' | 'request-ended',
): Observable<RunEvent> {
  return new Observable<Exchange>((subscriber) => {
    const next = (exchange: unknown) => subscriber.next(exchange as Exchange);
    channel.subscribe(next);
    return () => channel.unsubscribe(next);
  }).pipe(
    map(({ number, method, path, status }) => {
      return { type, at: Date.now(), number, method, path, status };
    }),
  );
}
