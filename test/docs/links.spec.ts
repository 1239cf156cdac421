import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sidebar } from '../../docs/.vitepress/sidebar.js';
import { markdown, markdownFiles, proseOf } from '../support/markdown.js';

const ROOT = new URL('../../', import.meta.url);
const LINK = /\]\(([^)\s]+)\)/g;

/** The anchor of a heading as GitHub makes it. */
function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\- _]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

/** The anchor of a heading as VitePress makes it. */
function siteSlugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .replace(/^(?=\d)/, '_');
}

function headingsOf(file: string): string[] {
  const text = markdown(file).replace(/```[\s\S]*?```/g, '');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
}

/** Where a link of a page leads: a path in the repository, and an anchor. */
function targetOf(file: string, link: string): { readonly path: string; readonly anchor: string } {
  const [path = '', anchor = ''] = link.split('#');
  const url = path === '' ? new URL(file, ROOT) : new URL(path, new URL(file, ROOT));
  return { path: decodeURIComponent(url.pathname.slice(ROOT.pathname.length)), anchor };
}

const links = markdownFiles().flatMap((file) =>
  [...proseOf(markdown(file)).matchAll(LINK)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => ({ file, link, ...targetOf(file, link) })),
);

describe('the links in README and docs/', () => {
  it('lead to files that exist', () => {
    expect(links.length).toBeGreaterThan(50);
    expect(links.filter(({ path }) => !existsSync(new URL(path, ROOT)))).toEqual([]);
  });

  it('lead to headings that exist, as files and on the site', () => {
    const lost = links.filter(({ path, anchor }) => {
      if (anchor === '') return false;
      const found = headingsOf(path).filter((heading) => slugOf(heading) === anchor);
      return found.length !== 1 || siteSlugOf(found[0] ?? '') !== siteSlugOf(anchor);
    });
    expect(lost).toEqual([]);
  });

  it('leave docs/ for the README alone, which is a page of the site too', () => {
    const leaving = links.filter(
      ({ file, path }) => file !== 'README.md' && !path.startsWith('docs/') && path !== 'README.md',
    );
    expect(leaving).toEqual([]);
  });
});

describe('the navigation', () => {
  it('has every page once', () => {
    const linked = sidebar
      .flatMap(({ items }) => items)
      .map(({ link }) => `docs${link === '/' ? '/index' : link}.md`);
    expect(linked.toSorted()).toEqual(markdownFiles().filter((file) => file !== 'README.md'));
  });
});
