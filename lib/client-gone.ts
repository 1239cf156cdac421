import { read } from './errors/safe-read.js';

/** The parts of Node's `ServerResponse` that tell whether the client still listens. */
interface RawResponse {
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
  on(event: 'close', listener: () => void): void;
}

/** Calls back as soon as the client has left without its answer; also where it has already. */
export function whenClientIsGone(response: unknown, callback: () => void): void {
  if (typeof read(response, 'on') !== 'function') return;
  const raw = response as RawResponse;
  const ask = () => {
    if (!raw.writableFinished) callback();
  };
  if (raw.destroyed) ask();
  else raw.on('close', ask);
}
