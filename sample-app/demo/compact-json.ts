/** JSON for people: what fits into a line stays on it. */
export function compactJson(value: unknown, width: number, indent = ''): string {
  const line = oneLine(value);
  if (typeof value !== 'object' || value === null || indent.length + columns(line) <= width) {
    return line;
  }
  const inner = `${indent}  `;
  const [open, close, entries] = Array.isArray(value)
    ? ['[', ']', value.map((each): [string, unknown] => ['', each])]
    : ['{', '}', members(value).map(([key, each]): [string, unknown] => [`"${key}": `, each])];
  const lines = entries.map(([key, each]) => inner + key + compactJson(each, width, inner));
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}

function oneLine(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map((each) => oneLine(each)).join(', ')}]`;
  const parts = members(value).map(([key, each]) => `"${key}": ${oneLine(each)}`);
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}

function members(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, each]) => each !== undefined);
}

/** Chinese characters are two columns wide. */
export function columns(text: string): number {
  return text.length + (text.match(/[\u3000-\u9fff\uff00-\uffef]/g)?.length ?? 0);
}
