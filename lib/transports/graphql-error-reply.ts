import type { ArgumentsHost } from '@nestjs/common';
import { read, readString } from '../errors/safe-read.js';
import { acceptLanguageOf, rawOf, requestIdOf } from './inbound-request.js';
import type { ErrorAnswer, ErrorResponse } from '../response/error-response.js';

/** One error answer of a resolver. */
export class GraphqlErrorReply {
  private readonly rawRequest: unknown;
  private readonly info: unknown;

  constructor(host: ArgumentsHost) {
    const [, , context, info] = host.getArgs<unknown[]>();
    const request = read(context, 'req') ?? read(context, 'request');
    // Of a WebSocket there is what opened it: graphql-ws has that under `extra`.
    this.rawRequest = rawOf(read(read(request, 'extra'), 'request') ?? request);
    this.info = info;
  }

  get acceptLanguage(): string | undefined {
    return acceptLanguageOf(this.rawRequest);
  }

  get requestId(): string {
    return requestIdOf(this.rawRequest);
  }

  /** The field, as in `Mutation.createCampaign`. */
  get field(): string {
    const parent = readString(read(this.info, 'parentType'), 'name') ?? 'graphql';
    const name = readString(this.info, 'fieldName');
    return name === undefined ? parent : `${parent}.${name}`;
  }

  private get isOverWebSocket(): boolean {
    return readString(read(this.rawRequest, 'headers'), 'upgrade')?.toLowerCase() === 'websocket';
  }

  /**
   * What the resolver fails with instead. GraphQL servers take message and `extensions` over from any
   * error, and Apollo the status and headers in `extensions.http`, which a WebSocket has not.
   */
  errorOf({ httpStatus, body }: ErrorAnswer): Error {
    const error = new Error(body.error.message);
    // Outside of production Apollo sends stacks to its clients.
    error.stack = `${error.name}: ${error.message}`;
    const extensions = graphqlExtensions(body);
    if (this.isOverWebSocket) return Object.assign(error, { extensions });
    const headers = new Map([['cache-control', 'no-store']]);
    if (body.retry_after !== undefined) headers.set('retry-after', String(body.retry_after));
    const http = { status: httpStatus, headers };
    return Object.assign(error, { extensions: { ...extensions, http } });
  }
}

/** The standard JSON as `extensions` hold it. */
export function graphqlExtensions(body: ErrorResponse): ErrorResponse & { code: string } {
  return { ...body, code: body.error.type };
}

/** An error that the application has built for its GraphQL clients itself. */
export function isGraphqlError(exception: unknown): boolean {
  return (
    readString(exception, 'name') === 'GraphQLError' &&
    typeof read(exception, 'extensions') === 'object'
  );
}
