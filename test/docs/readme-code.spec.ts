import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { codeBlocks } from '../support/readme.js';

const root = new URL('../../', import.meta.url).pathname;

/** What the compiler says of these sources, each a module of its own, as a user would compile them. */
function complaints(sources: ReadonlyMap<string, string>): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    types: ['node'],
  };
  const files = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...files,
    fileExists: (name) => sources.has(name) || files.fileExists(name),
    readFile: (name) => sources.get(name) ?? files.readFile(name),
    getSourceFile: (name, languageVersion) => {
      const text = sources.get(name);
      return text === undefined
        ? files.getSourceFile(name, languageVersion)
        : ts.createSourceFile(name, text, languageVersion);
    },
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
    const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
    return `${diagnostic.file?.fileName.slice(root.length)}:${line + 1} ${message}`;
  });
}

describe('the code in the README', () => {
  it('compiles, each block on its own, under --strict', { timeout: 60_000 }, () => {
    const blocks = codeBlocks().filter(({ language }) => language === 'ts');
    expect(blocks.length).toBeGreaterThan(5);
    const sources = new Map(
      blocks.map(({ text }, index) => [`${root}readme-block-${index + 1}.ts`, text]),
    );
    expect(complaints(sources)).toEqual([]);
  });

  it('is told apart from code that does not compile', { timeout: 60_000 }, () => {
    const wrong = `import { Retryable } from 'nestjs-retryable';
      export class Service { @Retryable({ maxRetrys: 3 }) async call() {} }`;
    expect(complaints(new Map([[`${root}readme-block-0.ts`, wrong]]))).toEqual([
      expect.stringContaining('maxRetrys'),
    ]);
  });
});
