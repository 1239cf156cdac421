import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../../README.md', import.meta.url);
const BLOCK = /(?:<!-- (?<name>.+?) -->\n+)?```(?<language>\w+)\n(?<text>[\s\S]*?)\n?```/g;

export interface CodeBlock {
  /** What the comment above it says. */
  readonly name: string | undefined;
  readonly language: string;
  readonly text: string;
}

export function readme(): string {
  return readFileSync(FILE, 'utf8');
}

export function codeBlocks(): readonly CodeBlock[] {
  return [...readme().matchAll(BLOCK)].map(({ groups }) => ({
    name: groups?.['name'],
    language: groups?.['language'] ?? '',
    text: groups?.['text'] ?? '',
  }));
}

export function codeBlock(name: string): string {
  const found = codeBlocks().find((block) => block.name === name);
  if (found === undefined) throw new Error(`README.md has no block named ${name}`);
  return found.text;
}

/** The rows of every table whose head begins with these cells, each a list of cells. */
export function tables(...head: readonly string[]): readonly (readonly string[][])[] {
  const found: string[][][] = [];
  const lines = readme().split('\n');
  for (const [index, line] of lines.entries()) {
    if (!head.every((cell, column) => cellsOf(line)[column] === cell)) continue;
    const rest = lines.slice(index + 2);
    found.push(
      rest
        .slice(
          0,
          rest.findIndex((row) => !row.startsWith('|')),
        )
        .map(cellsOf),
    );
  }
  return found;
}

function cellsOf(line: string): string[] {
  const cells = line.split(/(?<!\\)\|/).slice(1, -1);
  return cells.map((cell) => cell.replaceAll('`', '').trim());
}

/** With UPDATE_README set, puts what a run has printed into the block; the test then compares. */
export function updateBlock(name: string, text: string): void {
  if (process.env['UPDATE_README'] === undefined) return;
  const updated = readme().replace(
    new RegExp(`(<!-- ${name} -->\\n+\`\`\`\\w+\\n)[\\s\\S]*?(\`\`\`)`),
    (_, before: string, after: string) => `${before}${text}\n${after}`,
  );
  writeFileSync(FILE, updated);
}
