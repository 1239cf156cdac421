import ts from 'typescript';

const STRICT: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts'],
  types: ['node'],
  strict: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  declaration: true,
  experimentalDecorators: true,
};

const SETTINGS = {
  node: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
};

/** What a compilation has shown. */
export interface Compilation {
  readonly problems: readonly string[];
  /** The names that the first import of the first file offers, as values and as types alone. */
  readonly values: readonly string[];
  readonly types: readonly string[];
}

/** Compiles a file as strictly as can be, every declaration file that it reaches included. */
export function compile(path: string, setting: keyof typeof SETTINGS): Compilation {
  const options = { ...STRICT, ...SETTINGS[setting] };
  const program = ts.createProgram([path], options);
  const host = ts.createCompilerHost(options);
  return {
    problems: ts
      .getPreEmitDiagnostics(program)
      .map((problem) => ts.formatDiagnostic(problem, host)),
    ...namesOffered(program, path),
  };
}

function namesOffered(program: ts.Program, path: string): Pick<Compilation, 'values' | 'types'> {
  const checker = program.getTypeChecker();
  const specifier = program.getSourceFile(path)?.statements.find(ts.isImportDeclaration);
  const module = specifier && checker.getSymbolAtLocation(specifier.moduleSpecifier);
  const offered = (module ? checker.getExportsOfModule(module) : []).map((symbol) => {
    const { Alias, Value } = ts.SymbolFlags;
    const target = symbol.flags & Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return { name: symbol.name, isValue: (target.flags & Value) !== 0 };
  });
  const names = (isValue: boolean) =>
    offered.filter((each) => each.isValue === isValue).map(({ name }) => name);
  return { values: names(true).toSorted(), types: names(false).toSorted() };
}
