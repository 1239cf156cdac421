/** What a figure should be, and what it is. */
export interface Goal {
  readonly what: string;
  readonly value: number;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export function heading(text: string): void {
  console.log(`\n## ${text}\n`);
}

/** A Markdown table whose columns stand under each other in a terminal too. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    console.log(
      `| ${cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0))).join(' | ')} |`,
    );
  line(columns);
  console.log(
    `| ${widths.map((width, index) => (index === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`,
  );
  for (const row of rows) line(row);
}

/** Figures never fail the command: they say by themselves whether they are good enough. */
export function goals(list: readonly Goal[]): void {
  console.log();
  table(
    ['goal', 'wanted', 'measured', ''],
    list.map(({ what, value, atMost, atLeast }) => [
      what,
      atMost === undefined ? `>= ${atLeast}` : `<= ${atMost}`,
      number(value),
      verdict(value, atMost, atLeast),
    ]),
  );
}

function verdict(value: number, atMost = Infinity, atLeast = -Infinity): string {
  if (Number.isNaN(value)) return 'not measured';
  return value <= atMost && value >= atLeast ? 'met' : 'not met';
}

/** Three digits that count are more than these figures are good for. */
export function number(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '-';
  if (value >= 100) return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
