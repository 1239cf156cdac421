import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';

/** A program of the built sample app in a process of its own, on ports that are free. */
export interface Program {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  /** All that it has printed so far. */
  printed(): string;
  /** What it has printed once that matches. */
  until(pattern: RegExp): Promise<string>;
  /** Its exit code, null where a signal ended it. */
  exitCode(): Promise<number | null>;
}

/** Starts application and platforms, and tells where they listen. */
export async function started(
  test: Pick<TestContext, 'onTestFinished'>,
): Promise<{ app: string; platforms: string }> {
  return addressesOf(await run(test, 'start').until(/Ctrl\+C/));
}

/** Where the two servers listen, as `npm start` prints it. */
export function addressesOf(printed: string): { app: string; platforms: string } {
  const [app = '', platforms = ''] = printed.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? [];
  return { app, platforms };
}

/** Starts a program, which does not outlive its test. */
export function run(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  name: 'start' | 'demo' | 'main',
  { env = {}, nodeOptions = [] }: { env?: Record<string, string>; nodeOptions?: string[] } = {},
): Program {
  const file = fileURLToPath(new URL(`../../dist/sample-app/${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [...nodeOptions, file], {
    env: { ...process.env, REDIS_URL: undefined, PORT: '0', FAKE_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const ended = Promise.all([once(child.stdout, 'end'), once(child.stderr, 'end')]);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  return {
    process: child,
    printed: () => text,
    async until(pattern) {
      while (!pattern.test(text)) await Promise.race([once(child.stdout, 'data'), gone()]);
      return text;
    },
    async exitCode() {
      const [code] = await exited;
      await ended;
      return code;
    },
  };

  async function gone(): Promise<never> {
    const [code] = await exited;
    throw new Error(`It ended with code ${code} and printed:\n${text}`);
  }
}
