import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Test } from '@nestjs/testing';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { RetryableModule } from '../../lib/index.js';
import { failureOf } from '../support/calls.js';
import { codeBlock, updateBlock } from '../support/readme.js';

const run = promisify(execFile);
const target = new URL('../../dist/readme/', import.meta.url);

type Line = Record<string, unknown>;

function compile(name: string, source: string): string {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  });
  mkdirSync(target, { recursive: true });
  const file = new URL(name, target);
  writeFileSync(file, outputText);
  return file.pathname;
}

/** Everything the quick start printed, line by line. */
async function quickStart(): Promise<Line[]> {
  const app = new URL('../support/quick-start.app.ts', import.meta.url);
  const runner = compile('app.js', readFileSync(app, 'utf8'));
  const example = compile('quick-start.js', codeBlock('quick-start'));
  const { stdout } = await run(process.execPath, [runner, example]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

/** What differs from run to run. */
function steady(text: string): string {
  return text
    .replace(/("elapsed_ms":)\d+/g, '$1…')
    .replace(/("timestamp": ")[^"]+/g, '$1…')
    .replace(/("request_id": ")[^"]+/g, '$1…');
}

function expectOutput(name: string, actual: string): void {
  updateBlock(`output: ${name}`, actual);
  expect(steady(codeBlock(`output: ${name}`))).toBe(steady(actual));
}

describe('the output in the README', () => {
  it('is what the quick start prints', { timeout: 60_000 }, async () => {
    const lines = await quickStart();
    // The client may have its answer before the last of them is written.
    const last = lines.findIndex(({ msg }) => msg === 'retry_succeeded');
    const events = lines
      .slice(0, last + 1)
      .filter(({ msg }) => /^(?:retry_(?!configured)|operation_)/.test(String(msg)))
      .map(({ time: _time, pid: _pid, hostname: _host, req: _req, ...event }) => event);
    expectOutput('recovers', events.map((event) => JSON.stringify(event)).join('\n'));
    for (const name of ['throttled', 'throttled-en']) {
      const answer = lines.find((line) => line['answer'] === name);
      expect(answer?.['status']).toBe(429);
      expectOutput(name, JSON.stringify(answer?.['body'], null, 2));
    }
  });

  it('is what a wrong option says', async () => {
    const imports = [RetryableModule.forRoot({ retry: { maxRetries: -1 } })];
    const error = await failureOf(Test.createTestingModule({ imports }).compile());
    expectOutput('wrong-option', String(error));
  });
});
