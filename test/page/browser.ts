import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** Why these tests are skipped, or undefined. */
export const noBrowser = existsSync(CHROMIUM)
  ? undefined
  : `there is no ${CHROMIUM}; CHROMIUM names another`;

/** It speaks to nobody but the page's server. */
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface Person {
  readonly language?: string;
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly reducedMotion?: 'reduce';
}

/**
 * Opens the page in a browser of its own. In the end nothing may have been asked of another host,
 * and nothing may have been complained of.
 */
export async function open(url: string, person: Person = {}): Promise<Page> {
  const { language = 'en-US', width = 1200, height = 860, ...rest } = person;
  const directory = await mkdtemp(join(tmpdir(), 'page-'));
  const context = await chromium.launchPersistentContext(directory, {
    executablePath: CHROMIUM,
    args: ARGUMENTS,
    locale: language,
    viewport: { width, height },
    ...rest,
  });
  const complaints: string[] = [];
  const hosts = new Set<string>();
  listen(context, complaints, hosts);
  onTestFinished(async () => {
    await context.close();
    await rm(directory, { recursive: true, force: true });
    expect(complaints).toEqual([]);
    expect([...hosts]).toEqual(['127.0.0.1']);
  });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(url);
  return page;
}

function listen(context: BrowserContext, complaints: string[], hosts: Set<string>): void {
  context.on('request', (request) => hosts.add(new URL(request.url()).hostname));
  context.on('weberror', (error) => complaints.push(String(error.error())));
  context.on('console', (message) => {
    // Chromium says so of every answer that is an error; those are what the page is there for.
    const isAnswer = message.text().startsWith('Failed to load resource: the server responded');
    const isOfApp = /\/(?:accounts|campaigns|copy|mcp)\b/.test(message.location().url);
    if (!(isAnswer && isOfApp)) complaints.push(`${message.type()}: ${message.text()}`);
  });
}

/** Chooses, and sends the request. */
export async function send(page: Page, platform: string, failure: string): Promise<void> {
  await page.check(`input[name=platform][value=${platform}]`);
  await page.check(`input[name=failure][value=${failure}]`);
  await page.click('#send');
}

/** What the page says when a run is over. */
export async function outcome(page: Page): Promise<string> {
  const over = page.locator('#outcome.ok, #outcome.failed');
  await over.waitFor({ timeout: 40_000 });
  return (await over.textContent()) ?? '';
}

/** The table of steps, without what differs from run to run. */
export async function steps(page: Page): Promise<string[]> {
  const rows = await page.locator('#steps tbody tr').all();
  return Promise.all(
    rows.map(async (row) => {
      const [, call, step, , limit, result] = await row.locator('td').allTextContents();
      return [call, step, limit, result].filter((text) => text !== '').join(' | ');
    }),
  );
}

/** The JSON of the answer. */
export async function answerOf(page: Page): Promise<unknown> {
  return JSON.parse((await page.locator('#answer-body').textContent()) ?? '');
}
