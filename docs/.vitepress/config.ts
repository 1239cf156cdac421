import { defineConfig, type MarkdownOptions } from 'vitepress';
import { sidebar } from './sidebar.js';

type MarkdownIt = Parameters<NonNullable<MarkdownOptions['config']>>[0];

/**
 * README.md is the page `manual` here. As files the two lie in different folders, so that the links
 * that are right for who reads the files are not for who reads the site.
 */
function linkManual(markdown: MarkdownIt): void {
  markdown.core.ruler.push('link_manual', ({ tokens, env }) => {
    const isManual = env.relativePath === 'manual.md';
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.attrGet('href');
      if (href !== null) token.attrSet('href', isManual ? fromRoot(href) : toManual(href));
      const src = token.attrGet('src');
      if (src !== null && isManual) token.attrSet('src', src.replace(/^docs\//, ''));
    }
  });
}

const fromRoot = (href: string) => href.replace(/^docs\//, '/');
const toManual = (href: string) => href.replace(/^(?:\.\.\/)+README\.md/, '/manual.md');

/** Pages of wide tables: they need the room more than an outline of two lines. */
const WIDE =
  /^(?:platforms|reference)\/|^(?:hazards|performance|storm|cluster|parked|mutation)\.md$/;

export default defineConfig({
  title: 'nestjs-retryable',
  description: 'Retries, time limits and one standard error JSON for NestJS services',
  lang: 'en',
  lastUpdated: false,
  // Browsers ask for an icon of their own accord.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: { config: linkManual },
  transformPageData: ({ relativePath, frontmatter }) =>
    WIDE.test(relativePath)
      ? { frontmatter: { ...frontmatter, aside: false, pageClass: 'wide' } }
      : undefined,
  themeConfig: {
    sidebar,
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    nav: [
      { text: 'Guide', link: '/guide/quick-start' },
      { text: 'Recipes', link: '/recipes/calls' },
      { text: 'Platforms', link: '/platforms/any' },
      { text: 'Manual', link: '/manual' },
    ],
  },
});
