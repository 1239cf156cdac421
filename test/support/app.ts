import {
  Module,
  type DynamicModule,
  type INestApplication,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { request, type ClientRequest } from 'node:http';
import { describe, onTestFinished } from 'vitest';
import {
  RetryableModule,
  type ErrorResponse,
  type RetryableModuleExtras,
  type RetryableModuleOptions,
} from '../../lib/index.js';
import { keepingLogger, LogLines } from './log-lines.js';
import { loggerModule, usePinoLogger } from './pino.js';

export type Adapter = 'express' | 'fastify';

/** Runs the tests once for each HTTP adapter; they start their applications from the case. */
export function onBothAdapters(
  name: string,
  tests: (testCase: () => TestCase, adapter: Adapter) => void,
): void {
  describe.each(['express', 'fastify'] as const)(`${name} (%s)`, (adapter) => {
    tests(() => new TestCase(adapter), adapter);
  });
}

type Options = RetryableModuleOptions & RetryableModuleExtras;

/** An application in the making: says what is in it and starts it on a free port. */
export class TestCase {
  private readonly metadata = {
    imports: [] as NonNullable<ModuleMetadata['imports']>,
    controllers: [] as Type[],
    providers: [] as NonNullable<ModuleMetadata['providers']>,
  };
  private retryable: DynamicModule | undefined = RetryableModule.forRoot();
  private readonly preparations: ((app: INestApplication) => unknown)[] = [];
  private withPino = false;
  private server: AbstractHttpAdapter;

  constructor(adapter: Adapter) {
    this.server = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  }

  /** An HTTP adapter with options of its own. */
  on(server: AbstractHttpAdapter): this {
    this.server = server;
    return this;
  }

  modules(...modules: NonNullable<ModuleMetadata['imports']>): this {
    this.metadata.imports.push(...modules);
    return this;
  }

  controllers(...controllers: Type[]): this {
    this.metadata.controllers.push(...controllers);
    return this;
  }

  providers(...providers: NonNullable<ModuleMetadata['providers']>): this {
    this.metadata.providers.push(...providers);
    return this;
  }

  /** The options of `RetryableModule.forRoot`. */
  options(options: Options): this {
    return this.register(RetryableModule.forRoot(options));
  }

  /** `RetryableModule` registered in another way, or not at all. */
  register(module: DynamicModule | undefined): this {
    this.retryable = module;
    return this;
  }

  /** Logs through nestjs-pino instead of Nest's logger. */
  pino(): this {
    this.withPino = true;
    return this;
  }

  /** Does something to the application before it listens. */
  prepare(preparation: (app: INestApplication) => unknown): this {
    this.preparations.push(preparation);
    return this;
  }

  /** Starts the application; it is closed when the test has ended. */
  async start(): Promise<RunningApp> {
    const lines = new LogLines();
    class AppModule {}
    const { imports, ...rest } = this.metadata;
    const own = [
      ...(this.withPino ? [loggerModule(lines)] : []),
      ...(this.retryable === undefined ? [] : [this.retryable]),
    ];
    Module({ ...rest, imports: [...own, ...imports] })(AppModule);
    const app = await NestFactory.create(AppModule, this.server, {
      logger: keepingLogger(lines),
      abortOnError: false,
    });
    onTestFinished(() => app.close());
    if (this.withPino) usePinoLogger(app);
    for (const preparation of this.preparations) await preparation(app);
    await app.listen(0, '127.0.0.1');
    return new RunningApp(app, lines, await app.getUrl());
  }
}

/** An answer, read to its end. */
export interface Reply<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body where it is JSON. */
  readonly body: Body;
}

/** A running application, seen from its clients. */
export class RunningApp {
  constructor(
    readonly nest: INestApplication,
    readonly lines: LogLines,
    readonly url: string,
  ) {}

  async get<Body = ErrorResponse>(path: string, init?: RequestInit): Promise<Reply<Body>> {
    const response = await fetch(`${this.url}${path}`, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const body = (isJson && text !== '' ? JSON.parse(text) : undefined) as Body;
    return { status: response.status, headers: response.headers, text, body };
  }

  post<Body = ErrorResponse>(path: string, body: unknown, headers: Record<string, string> = {}) {
    return this.get<Body>(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** A request whose client may leave before the answer is there. */
  open(path: string): ClientRequest {
    const opened = request(`${this.url}${path}`);
    opened.on('error', () => undefined); // what leaving looks like
    opened.end();
    return opened;
  }
}
