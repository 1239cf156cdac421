import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { codeBlocksIn, markdown, markdownFiles } from '../support/markdown.js';

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

/** Of all pages, each block under the name of its page and its number there. */
const blocks = markdownFiles().flatMap((file) =>
  codeBlocksIn(markdown(file)).map((block, index) => ({
    ...block,
    // One folder for all, so that they find what a user's modules would find.
    module: `${root}${file.replace(/\.md$/, '').replaceAll('/', '-')}-block-${index + 1}.ts`,
  })),
);

describe('the code in the pages', () => {
  it('compiles, each block on its own, under --strict', { timeout: 60_000 }, () => {
    const code = blocks.filter(({ language }) => language === 'ts');
    expect(code.length).toBeGreaterThan(30);
    const wrong = `import { Retryable } from 'nestjs-retryable';
      export class Service { @Retryable({ maxRetrys: 3 }) async call() {} }`;
    const sources = new Map(code.map(({ module, text }) => [module, text]));
    sources.set(`${root}wrong.ts`, wrong);
    // What does not compile is told from what does in the same run: libraries are read once.
    expect(complaints(sources)).toEqual([expect.stringMatching(/^wrong\.ts:2 [\s\S]*maxRetrys/)]);
  });

  it('is marked as what it is, so that none escapes the compiler', () => {
    const languages = new Set(blocks.map(({ language }) => language));
    expect([...languages].toSorted()).toEqual(['json', 'sh', 'text', 'ts']);
  });
});
