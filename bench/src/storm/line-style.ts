interface Colours {
  readonly page: string;
  readonly ink: string;
  readonly faint: string;
  readonly grid: string;
  readonly band: string;
  readonly none: string;
  readonly defaults: string;
  readonly fullJitter: string;
  readonly naive: string;
  readonly aws: string;
  readonly grpc: string;
}

const LIGHT: Colours = {
  page: '#ffffff',
  ink: '#1f2328',
  faint: '#59636e',
  grid: '#d1d9e0',
  band: '#f0f2f5',
  none: '#6e7781',
  defaults: '#0550ae',
  fullJitter: '#1b7c83',
  naive: '#cf222e',
  aws: '#bc6c00',
  grpc: '#8250df',
};

const DARK: Colours = {
  page: '#0d1117',
  ink: '#e6edf3',
  faint: '#9198a1',
  grid: '#30363d',
  band: '#171d26',
  none: '#8b949e',
  defaults: '#58a6ff',
  fullJitter: '#39c5cf',
  naive: '#ff7b72',
  aws: '#e3a34f',
  grpc: '#bc8cff',
};

const SHAPES = `
text{font:13px system-ui,sans-serif}.title{font-size:16px;font-weight:600}
.middle{text-anchor:middle}.end{text-anchor:end}
.grid{stroke-width:1}.line{fill:none;stroke-width:1.75;stroke-linejoin:round}
.line.defaults{stroke-width:3}.line.none{stroke-dasharray:2 4}.line.fullJitter{stroke-dasharray:8 4}
.line.aws{stroke-dasharray:12 3 3 3}.line.grpc{stroke-dasharray:5 3}`;

/** The style sheet of a chart: its lines differ by more than their colours. */
export const STYLE = `${SHAPES}
${coloursOf(LIGHT)}
@media (prefers-color-scheme:dark){
${coloursOf(DARK)}
}
`;

function coloursOf({ page, ink, faint, grid, band, ...lines }: Colours): string {
  const strokes = Object.entries(lines).map(([name, colour]) => `.line.${name}{stroke:${colour}}`);
  return [
    `.page{fill:${page}}text{fill:${ink}}.faint{fill:${faint}}`,
    `.grid{stroke:${grid}}.band{fill:${band}}`,
    strokes.join(''),
  ].join('');
}
