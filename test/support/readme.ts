import { writeFileSync } from 'node:fs';
import { codeBlocksIn, markdown, tablesIn, type CodeBlock } from './markdown.js';

const FILE = new URL('../../README.md', import.meta.url);

export function readme(): string {
  return markdown('README.md');
}

export function codeBlocks(): readonly CodeBlock[] {
  return codeBlocksIn(readme());
}

export function codeBlock(name: string): string {
  const found = codeBlocks().find((block) => block.name === name);
  if (found === undefined) throw new Error(`README.md has no block named ${name}`);
  return found.text;
}

/** The rows of every table whose head begins with these cells, each a list of cells. */
export function tables(...head: readonly string[]): readonly (readonly string[][])[] {
  return tablesIn(readme(), ...head);
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
