import { Module, type ModuleMetadata } from '@nestjs/common';
import {
  constant,
  RetryableModule,
  type RetryableModuleExtras,
  type RetryableModuleOptions,
} from 'nestjs-retryable';
import { keepingLogger, LogLines } from '../../support/log-lines.js';
import { Adapter, Upstream } from './upstream.js';

interface Options extends RetryableModuleOptions, RetryableModuleExtras {}

export interface Parts extends ModuleMetadata {
  /** How often the upstream fails. Default: always. */
  readonly failures?: number;
  readonly options?: Options;
}

/** The module of an application whose retries follow at once, with what it calls and logs. */
export function appOf({ failures = Infinity, options, ...parts }: Parts) {
  const upstream = new Upstream(failures);
  const lines = new LogLines();
  class AppModule {}
  Module({
    ...parts,
    imports: [
      RetryableModule.forRoot({ retry: { backoff: constant(0) }, ...options }),
      ...(parts.imports ?? []),
    ],
    providers: [{ provide: Upstream, useValue: upstream }, Adapter, ...(parts.providers ?? [])],
  })(AppModule);
  return { AppModule, upstream, lines, logger: keepingLogger(lines) };
}
