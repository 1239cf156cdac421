import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { started } from '../sample-app/run.js';
import { noBrowser, open, outcome, send } from './browser.js';

async function picture(page: Page, name: string): Promise<void> {
  const path = fileURLToPath(new URL(`../../docs/page/${name}.png`, import.meta.url));
  await page.screenshot({ path, animations: 'disabled' });
  expect(statSync(path).size).toBeLessThan(150_000);
}

describe.skipIf(noBrowser !== undefined)('pictures of the page', () => {
  it('while it waits', async () => {
    const page = await open((await started({ onTestFinished })).app, { height: 730 });
    await send(page, 'meta', 'down-twice');
    await page.locator('#elapsed', { hasText: /^2\.[2-9]/ }).waitFor();
    await picture(page, 'waiting');
  });

  it('in the end, in dark colours', async () => {
    const page = await open((await started({ onTestFinished })).app, { colorScheme: 'dark' });
    await send(page, 'tiktok', 'hangs');
    await outcome(page);
    await picture(page, 'dark');
  });

  it('on a phone', async () => {
    const options = { width: 375, height: 812 };
    const page = await open((await started({ onTestFinished })).app, options);
    await send(page, 'google', 'answer-lost');
    await outcome(page);
    await page.locator('#watched').evaluate((element) => element.scrollIntoView());
    await picture(page, 'phone');
  });

  // Without a font for it, Chinese is boxes: look before you commit.
  it('in Chinese', async () => {
    const page = await open((await started({ onTestFinished })).app, { language: 'zh-CN' });
    await send(page, 'meta', 'token-expired');
    await outcome(page);
    await picture(page, 'zh-CN');
  });
});
