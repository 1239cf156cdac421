import { fileURLToPath } from 'node:url';
import type { NestExpressApplication } from '@nestjs/platform-express';

/** The page's own files, beside this one: `nest build` copies them (nest-cli.json, `assets`). */
const PAGE = fileURLToPath(new URL('page', import.meta.url));
/** The bundle of D3 that browsers can load without a build step. */
const D3 = fileURLToPath(new URL('.', import.meta.resolve('d3')));

/** Nothing from elsewhere, nothing inline, no eval. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/** Serves the page at `/`. */
export function servePage(app: NestExpressApplication): void {
  const setHeaders = (response: { setHeader(name: string, value: string): unknown }) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  };
  app.useStaticAssets(PAGE, { setHeaders });
  app.useStaticAssets(D3, { prefix: '/vendor/', index: false, setHeaders });
}
