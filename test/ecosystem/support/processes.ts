import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { environment } from '../../package/support/run.js';

/** How a call has ended in its process. */
export interface Outcome {
  readonly value?: string;
  readonly type?: string;
  readonly message?: string;
}

export interface ProcessSettings {
  readonly redis: string;
  readonly prefix: string;
  readonly platform: string;
  readonly settings?: { readonly timeout?: number; readonly maxRetryAfter?: number };
}

const folder = join(import.meta.dirname, '../node_modules/.apps');
const application = join(folder, 'worker.mjs');

/** Puts what Node can run beside the package as it would be published. */
export function compileApplication(): void {
  const source = readFileSync(join(import.meta.dirname, 'worker.app.ts'), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(application, outputText);
}

/** One process of an application. */
export class AppProcess {
  private readonly calls = new Map<number, (outcome: Outcome) => void>();
  private count = 0;
  output = '';

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message: Outcome & { id: number }) =>
      this.calls.get(message.id)?.(message),
    );
    child.stdout?.on('data', (text) => (this.output += String(text)));
    child.stderr?.on('data', (text) => (this.output += String(text)));
  }

  static async start({ redis, prefix, platform, settings }: ProcessSettings): Promise<AppProcess> {
    const variables = { REDIS: redis, PREFIX: prefix, PLATFORM: platform, NO_COLOR: '1' };
    const env = { ...environment, ...variables, SETTINGS: JSON.stringify(settings ?? {}) };
    const child = fork(application, { env, execArgv: [], silent: true });
    const app = new AppProcess(child);
    const ended = once(child, 'exit').then(() => {
      throw new Error(`The process ended before it was ready\n${app.output}`);
    });
    await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined);
    return app;
  }

  get id(): string {
    return String(this.child.pid);
  }

  /** Makes a call of the account; one that is killed meanwhile has no outcome. */
  call(account: string): Promise<Outcome> {
    const id = ++this.count;
    return new Promise((resolve) => {
      this.calls.set(id, (outcome) => {
        this.calls.delete(id);
        resolve(outcome);
      });
      this.child.send({ id, account });
    });
  }

  /** It dies, whatever it does. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
