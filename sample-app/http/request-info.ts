import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

/** Who reads an answer, and under which number it is found in the logs. */
export interface RequestInfo {
  readonly locale: string;
  readonly requestId: string;
}

/** The part of Express' request that is used here. */
interface Request extends IncomingMessage {
  acceptsLanguages(...languages: string[]): string | false;
}

/** Gives a handler the {@link RequestInfo} of its request. */
export const Info = createParamDecorator((_: unknown, context: ExecutionContext): RequestInfo => {
  const request = context.switchToHttp().getRequest<Request>();
  return {
    locale: request.acceptsLanguages('zh-CN', 'en') || 'zh-CN',
    requestId: request.id as string, // it comes from requestIdOf
  };
});

/** The part of Express' response that is used here. */
export interface StatusSetter {
  status(code: number): unknown;
}

/**
 * The number of a request: the caller's own where it sent one that is fit for a log, else a new
 * one. The caller is told in either case.
 */
export function requestIdOf(request: IncomingMessage, response: ServerResponse): string {
  const sent = request.headers['x-request-id'];
  const id = typeof sent === 'string' && /^[\w-]{1,64}$/.test(sent) ? sent : randomUUID();
  response.setHeader('X-Request-Id', id);
  return id;
}
