import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Manifest {
  readonly engines: { readonly node: string };
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

const manifest = (path: string) =>
  JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Manifest;

const project = manifest('../../package.json');
const { dependencies: nodes } = manifest('nodes/package.json');
const { dependencies: nest11 } = manifest('nest11/package.json');

/** All but the tools that build. */
const NEST = /^@nestjs\/(?!cli$|schematics$)/;

describe('the matrix', () => {
  it('differs from the project in Nest alone', () => {
    const others = Object.entries(nest11).filter(([name]) => !NEST.test(name));
    expect({ ...project.devDependencies, ...project.dependencies }).toMatchObject(
      Object.fromEntries(others),
    );
    const nest = Object.entries(nest11).filter(([name]) => NEST.test(name));
    expect(nest.length).toBeGreaterThan(5);
    expect(nest.filter(([, range]) => !range.startsWith('^11.'))).toEqual([]);
  });

  it('begins with the oldest Node that the package promises', () => {
    const majors = Object.values(nodes).map((range) => /^npm:node@\^(\d+)\./.exec(range)?.[1]);
    expect(majors).toEqual(['22', '24', '26']);
    expect(project.engines.node).toBe(`>=${majors[0]}.12`);
  });
});
