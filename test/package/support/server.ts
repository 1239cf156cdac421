import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { environment } from './run.js';

/** A started application. */
export interface RunningServer {
  readonly url: string;
  /** All it has printed so far. */
  output(): string;
  /** Waits until it has printed that: a logger may write behind the answer. */
  printed(text: RegExp): Promise<void>;
  /** Ends it as an orchestrator does, unless it has ended, and returns the signal it ended by. */
  stop(): Promise<NodeJS.Signals | null>;
}

/** Starts a built application on a free port and waits until it says where it listens. */
export async function startServer(
  cwd: string,
  variables: Record<string, string>,
): Promise<RunningServer> {
  const env = { ...environment, ...variables, PORT: '0', NO_COLOR: '1' };
  const child = spawn(process.execPath, ['dist/main.js'], { cwd, env });
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const address = /Listening on (http:\/\/[\d.:]+)/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('close', () =>
      reject(new Error(`The application ended before it listened\n${output}`)),
    );
  });
  return {
    url,
    output: () => output,
    async printed(text) {
      while (!text.test(output)) {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`The application ended before it printed ${text}`);
        }
        await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), closed]);
      }
    },
    async stop() {
      child.kill('SIGTERM');
      const [, signal] = await closed;
      return signal;
    },
  };
}
