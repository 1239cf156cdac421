import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);
const BLOCK = /(?:<!-- (?<name>.+?) -->\n+)?```(?<language>\w*)[^\n]*\n(?<text>[\s\S]*?)\n?```/g;

export interface CodeBlock {
  /** What the comment above it says. */
  readonly name: string | undefined;
  readonly language: string;
  readonly text: string;
}

/** The pages of docs/ and the README, by their paths in the repository. */
export function markdownFiles(): string[] {
  const pages = readdirSync(new URL('docs/', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !/(?:^|\/)(?:node_modules|\.vitepress)\//.test(path))
    .map((path) => `docs/${path}`);
  return ['README.md', ...pages.toSorted()];
}

export function markdown(file: string): string {
  return readFileSync(new URL(file, ROOT), 'utf8');
}

export function codeBlocksIn(text: string): readonly CodeBlock[] {
  return [...text.matchAll(BLOCK)].map(({ groups }) => ({
    name: groups?.['name'],
    language: groups?.['language'] ?? '',
    text: groups?.['text'] ?? '',
  }));
}

/** The text without what stands in blocks and spans of code. */
export function proseOf(text: string): string {
  return text.replace(BLOCK, '').replace(/`[^`\n]*`/g, '');
}

/** The rows of every table whose head begins with these cells, each a list of cells. */
export function tablesIn(
  text: string,
  ...head: readonly string[]
): readonly (readonly string[][])[] {
  const found: string[][][] = [];
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (!head.every((cell, column) => cellsOf(line)[column] === cell)) continue;
    const rest = [...lines.slice(index + 2), ''];
    const end = rest.findIndex((row) => !row.startsWith('|'));
    found.push(rest.slice(0, end).map(cellsOf));
  }
  return found;
}

function cellsOf(line: string): string[] {
  const cells = line.split(/(?<!\\)\|/).slice(1, -1);
  return cells.map((cell) => cell.replaceAll('`', '').trim());
}
