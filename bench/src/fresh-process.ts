import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface FreshProcess {
  readonly args?: readonly string[];
  /** Flags for Node itself. */
  readonly flags?: readonly string[];
  /** Killed after that many milliseconds. */
  readonly limitMs?: number;
}

/**
 * Runs a script in a process of its own and returns the JSON that it prints, or undefined where it
 * had to be killed. What one subject leaves behind (compiled code, timers, heap) reaches no other.
 */
export function inFreshProcess<T>(
  script: URL,
  { args = [], flags = [], limitMs = 60_000 }: FreshProcess = {},
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, fileURLToPath(script), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(undefined);
      else if (code === 0) resolve(JSON.parse(printed) as T);
      else reject(new Error(`${script.pathname} ${args.join(' ')} ended with ${code}`));
    });
  });
}

/** Hands the result of a fresh process to the one that started it. */
export function print(result: object): void {
  process.stdout.write(JSON.stringify(result));
}
