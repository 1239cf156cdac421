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

const ecosystem = join(import.meta.dirname, '..');
const folder = join(ecosystem, 'node_modules/.apps');

const SOURCES = { worker: 'support/worker.app.ts', campaigns: 'parked/campaigns.app.ts' };
type Application = keyof typeof SOURCES;

const compiled = (application: string) => join(folder, `${application}.mjs`);

/** Puts what Node can run beside the package as it would be published. */
export function compileApplications(): void {
  mkdirSync(folder, { recursive: true });
  for (const [application, source] of Object.entries(SOURCES)) {
    const { outputText } = ts.transpileModule(readFileSync(join(ecosystem, source), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
      },
    });
    writeFileSync(compiled(application), outputText);
  }
}

/** One process of an application. */
export class AppProcess {
  private readonly questions = new Map<number, (answer: never) => void>();
  private count = 0;
  output = '';

  private constructor(private readonly child: ChildProcess) {
    child.on('message', ({ id, ...answer }: { id: number }) => {
      this.questions.get(id)?.(answer as never);
      this.questions.delete(id);
    });
    child.stdout?.on('data', (text) => (this.output += String(text)));
    child.stderr?.on('data', (text) => (this.output += String(text)));
  }

  static start({ redis, prefix, platform, settings = {} }: ProcessSettings): Promise<AppProcess> {
    const variables = { REDIS: redis, PREFIX: prefix, PLATFORM: platform };
    return AppProcess.launch('worker', { ...variables, SETTINGS: JSON.stringify(settings) });
  }

  /** @param flags for Node itself */
  static async launch(
    application: Application,
    variables: Readonly<Record<string, string>>,
    flags: string[] = [],
  ): Promise<AppProcess> {
    const env = { ...environment, ...variables, NO_COLOR: '1' };
    const child = fork(compiled(application), { env, execArgv: flags, silent: true });
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

  /** Makes a call of the account. */
  call(account: string): Promise<Outcome> {
    return this.ask({ account });
  }

  /** Asks it whatever it knows to answer; one that is killed meanwhile gives no answer. */
  ask<Answer>(question: object): Promise<Answer> {
    const id = ++this.count;
    return new Promise((resolve) => {
      this.questions.set(id, resolve);
      this.child.send({ id, ...question });
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
