import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/hazards.md', import.meta.url), 'utf8');
const fileOf = (path: string) => new URL(`../${path}`, import.meta.url);

describe('the page of hazards', () => {
  it('names only specs that exist', () => {
    const named = [
      ...page.matchAll(/`((?:unit|integration|package|docs|ecosystem)\/[\w./-]+\.ts)`/g),
    ];
    expect(named.length).toBeGreaterThan(30);
    expect(named.map(([, path = '']) => path).filter((path) => !existsSync(fileOf(path)))).toEqual(
      [],
    );
  });
});
