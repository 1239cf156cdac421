import { request, type ClientRequest } from 'node:http';
import type { RunningApp } from './app.js';

/** A request whose client can leave before the answer is there. */
export function openRequest(app: RunningApp, path: string): ClientRequest {
  const opened = request(`${app.url}${path}`);
  // Leaving is no error here.
  opened.on('error', () => undefined);
  opened.end();
  return opened;
}

export interface Moment {
  readonly reached: Promise<void>;
  reach(): void;
}

/** Something that happens in one place and is awaited in another. */
export function moment(): Moment {
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  return { reached, reach };
}
