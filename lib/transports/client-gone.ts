import { OperationCancelledError } from '../errors/operation.errors.js';
import { read } from '../errors/safe-read.js';
import { withoutStack } from '../errors/service-error.js';
import { rawOf } from './inbound-request.js';

/** The parts of Node's `ServerResponse` that tell whether the client still listens. */
interface RawResponse {
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
  on(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

/**
 * Calls back as soon as the client has left without its answer; also where it has already.
 *
 * @returns ends that
 */
export function whenClientIsGone(
  response: unknown,
  callback: (reason: OperationCancelledError) => void,
): () => void {
  const raw = rawOf(response) as RawResponse;
  if (typeof read(raw, 'on') !== 'function') return () => undefined;
  const ask = () => {
    if (raw.writableFinished) return;
    const message = 'The client has disconnected';
    callback(withoutStack(() => new OperationCancelledError({ message })));
  };
  if (raw.destroyed) ask();
  else raw.on('close', ask);
  return () => raw.off('close', ask);
}
