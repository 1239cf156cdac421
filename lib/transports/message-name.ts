import type { ArgumentsHost } from '@nestjs/common';
import { read } from '../errors/safe-read.js';

/** How the transports call what a message is routed by. */
const PATTERNS = ['getPattern', 'getChannel', 'getTopic', 'getSubject'];

/** The pattern or event of a message, as in `rpc create_campaign`; the transport alone without one. */
export function messageName(host: ArgumentsHost, type: string): string {
  const holder: unknown = type === 'ws' ? host.switchToWs() : host.switchToRpc().getContext();
  for (const name of PATTERNS) {
    const get = read(holder, name);
    if (typeof get !== 'function') continue;
    const pattern: unknown = get.call(holder);
    return typeof pattern === 'string' && pattern !== '' ? `${type} ${pattern}` : type;
  }
  return type;
}
