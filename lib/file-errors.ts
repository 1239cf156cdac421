import { StreamableFile } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { ServerResponse } from 'node:http';
import { filterOf } from './error-response.filter.js';
import { ExecutionContextHost, type ApplicationConfig } from './nest-core.js';

/**
 * Has the filter answer for files whose stream fails. Fastify asks the filters by itself; on Express
 * Nest would answer a text, and log the error with all that upstream has said.
 */
export function answerFileErrors(adapter: AbstractHttpAdapter, config: ApplicationConfig): void {
  if (adapter.getType() !== 'express') return;
  const reply = adapter.reply.bind(adapter);
  // A file passes nobody else on its way from the handler to the client.
  adapter.reply = (response: ServerResponse, body: unknown, status?: number) => {
    if (body instanceof StreamableFile) answerFor(body, config, response);
    return reply(response, body, status) as unknown;
  };
}

function answerFor(
  file: StreamableFile,
  config: ApplicationConfig,
  response: ServerResponse,
): void {
  const { errorHandler } = file;
  if (!isNests(errorHandler)) return; // the application has its own
  file.setErrorHandler((error, handed) => {
    const filter = filterOf(config, error);
    if (filter === undefined) return errorHandler(error, handed);
    // Ended, the part of the file that has been sent would look like the whole.
    if (response.headersSent && !file.getStream().readableEnded) response.destroy();
    filter.answerHttp(error, new ExecutionContextHost([response.req, response]));
  });
}

/** Each file has a handler of its own, and Nest's are all written alike. */
function isNests(handler: unknown): boolean {
  return String(handler) === String(new StreamableFile(Buffer.alloc(0)).errorHandler);
}
