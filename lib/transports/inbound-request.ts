import { randomUUID } from 'node:crypto';
import { read, readString } from '../errors/safe-read.js';

/** Node's own object: Fastify keeps its request and response under `raw`. */
export function rawOf(object: unknown): unknown {
  return read(object, 'raw') ?? object;
}

export function acceptLanguageOf(rawRequest: unknown): string | undefined {
  return readString(read(rawRequest, 'headers'), 'accept-language');
}

/** The number under which pino-http logs the request, else a new UUID. */
export function requestIdOf(rawRequest: unknown): string {
  const id: unknown = read(rawRequest, 'id');
  return typeof id === 'string' || typeof id === 'number' ? String(id) : randomUUID();
}
