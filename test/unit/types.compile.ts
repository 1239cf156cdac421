import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const here = dirname(fileURLToPath(import.meta.url));
const config = ts.readConfigFile(join(here, '../../tsconfig.json'), (path) =>
  ts.sys.readFile(path),
);
const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, join(here, '../..'));

/**
 * Compiles each source as a module beside this file, with the project's own options, and returns
 * the errors of each. One program for all: reading the declarations is what takes long.
 */
export function compile(sources: readonly string[]): string[][] {
  const files = new Map(sources.map((source, index) => [join(here, `source-${index}.ts`), source]));
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => files.has(path) || disk.fileExists(path),
    readFile: (path) => files.get(path) ?? disk.readFile(path),
    getSourceFile: (path, version, onError) => {
      const source = files.get(path);
      return source === undefined
        ? disk.getSourceFile(path, version, onError)
        : ts.createSourceFile(path, source, version);
    },
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()].map((path) => {
    const file = program.getSourceFile(path);
    return ts
      .getPreEmitDiagnostics(program, file)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  });
}
