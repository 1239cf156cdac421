import { STYLE } from './line-style.js';

export interface Line {
  /** The class of its style. */
  readonly style: string;
  readonly title: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

export interface LineChart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  /** A part of the x axis with a name. */
  readonly band: { readonly from: number; readonly to: number; readonly label: string };
  readonly lines: readonly Line[];
}

const WIDTH = 880;
const HEIGHT = 460;
const PLOT = { left: 60, right: 860, top: 118, bottom: 410 };
const LEGEND = { left: 60, top: 54, column: 270, row: 22, columns: 3, key: 34 };

/** A line chart as SVG; it brings its own background, so that it can be read on any page. */
export function lineChart(chart: LineChart): string {
  const { title, x, y, band, lines } = chart;
  const atX = (value: number) => scaled(value, x, PLOT.left, PLOT.right);
  const atY = (value: number) => scaled(value, y, PLOT.bottom, PLOT.top);
  const width = atX(band.to) - atX(band.from);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    text(PLOT.left, 32, title, 'title'),
    ...lines.map(legendOf),
    `<rect class="band" x="${round(atX(band.from))}" y="${PLOT.top}" width="${round(width)}" height="${PLOT.bottom - PLOT.top}"/>`,
    text(atX(band.from) + width / 2, PLOT.top + 16, band.label, 'middle faint'),
    ...ticks(y).flatMap((value) => [
      `<path class="grid" d="M${PLOT.left} ${round(atY(value))}H${PLOT.right}"/>`,
      text(PLOT.left - 8, atY(value) + 4, String(value), 'end'),
    ]),
    ...ticks(x).map((value) => text(atX(value), PLOT.bottom + 18, String(value), 'middle')),
    text(PLOT.left, PLOT.top - 10, y.label, 'faint'),
    text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 38, x.label, 'middle faint'),
    ...lines.map(({ style, points }) => {
      const path = points.map(([px, py]) => `${round(atX(px))} ${round(atY(py))}`).join('L');
      return `<path class="line ${style}" d="M${path}"/>`;
    }),
    '</svg>\n',
  ].join('\n');
}

function legendOf({ style, title }: Line, index: number): string {
  const { left, top, column, row, columns, key } = LEGEND;
  const x = left + (index % columns) * column;
  const y = top + Math.floor(index / columns) * row;
  return `<path class="line ${style}" d="M${x} ${y}h${key - 8}"/>${text(x + key, y + 4, title)}`;
}

function text(x: number, y: number, content: string, style = ''): string {
  const className = style === '' ? '' : ` class="${style}"`;
  return `<text x="${round(x)}" y="${round(y)}"${className}>${escaped(content)}</text>`;
}

function ticks({ from, to, step }: Axis): number[] {
  return Array.from(
    { length: Math.floor((to - from) / step) + 1 },
    (_, tick) => from + tick * step,
  );
}

function scaled(value: number, { from, to }: Axis, start: number, end: number): number {
  return start + ((value - from) / (to - from)) * (end - start);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
