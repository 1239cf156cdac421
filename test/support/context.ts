import { Module, type LoggerService, type Provider, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { onTestFinished } from 'vitest';
import {
  RetryableModule,
  type RetryableModuleExtras,
  type RetryableModuleOptions,
} from '../../lib/index.js';
import { keepingLogger, LogLines } from './log-lines.js';

/** A context without HTTP, closed when the test has ended. */
export async function context(
  options: RetryableModuleOptions & RetryableModuleExtras,
  ...providers: (Provider | Type)[]
) {
  const lines = new LogLines();
  const logger: LoggerService = keepingLogger(lines);
  class App {}
  Module({ imports: [RetryableModule.forRoot(options)], providers })(App);
  const module = await Test.createTestingModule({ imports: [App] })
    .setLogger(logger)
    .compile();
  await module.init();
  onTestFinished(() => module.close());
  return { module, lines };
}
