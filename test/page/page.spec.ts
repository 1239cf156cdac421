import { describe, expect, it, onTestFinished } from 'vitest';
import { started } from '../sample-app/run.js';
import { lowContrast } from './contrast.js';
import { answerOf, noBrowser, open, outcome, send, steps } from './browser.js';

if (noBrowser !== undefined) console.warn(`The page is not tested: ${noBrowser}.`);

async function application() {
  return started({ onTestFinished });
}

describe.skipIf(noBrowser !== undefined)('the page', () => {
  it('shows attempts, look-ups and waits as they happen, and the answer in the end', async () => {
    const page = await open((await application()).app);
    await send(page, 'meta', 'down-twice');

    const wait = page.locator('#timeline .bars .wait').first();
    const width = async () => Number(await wait.getAttribute('width'));
    await wait.waitFor();
    await page.locator('#timeline .planned .wait').first().waitFor();
    const before = await width();
    await expect.poll(width, { interval: 20 }).toBeGreaterThan(before + 20);
    expect(await page.locator('#timeline .of-wait').first().textContent()).toBe('wait 1 s');
    expect(await page.locator('#answer').isVisible()).toBe(false);

    expect(await outcome(page)).toMatch(
      /^HTTP 201 Created after 3\.\d\d s: 5 attempts, 2 waits\.$/,
    );
    expect(await steps(page)).toEqual([
      'create_campaign | attempt 1 | 3 s | ✗ HTTP 503 · PLATFORM_SERVICE_ERROR',
      'create_campaign | look-up | ◇ not there: may be repeated',
      'create_campaign | wait | 1 s',
      'create_campaign | attempt 2 | 3 s | ✗ HTTP 503 · PLATFORM_SERVICE_ERROR',
      'create_campaign | look-up | ◇ not there: may be repeated',
      'create_campaign | wait | 2 s',
      'create_campaign | attempt 3 | 3 s | ✓ HTTP 200',
      'create_ad_set | attempt 1 | 3 s | ✓ HTTP 200',
      'create_ad | attempt 1 | 3 s | ✓ HTTP 200',
    ]);
    expect(await page.locator('#answer-headers').textContent()).toMatch(
      /^HTTP\/1\.1 201 Created\n(.+\n)*content-type: application\/json/,
    );
    expect(await answerOf(page)).toMatchObject({ status: 'complete', counts: { created: 3 } });
  });

  it('shows an attempt grow towards its limit, and one that has reached it', async () => {
    const page = await open((await application()).app);
    await send(page, 'tiktok', 'hangs');
    await page.locator('#timeline .planned .attempt').waitFor();
    expect(await page.locator('#timeline .limit').textContent()).toBe('limit 2 s');
    const flag = page.locator('#timeline .of-attempt').first();
    await expect.poll(() => flag.textContent(), { timeout: 5000 }).toBe('1 ✗ limit reached');
    await page.click('#hang-up');
    await outcome(page);
  });

  it('shows that what was created is found, not created again', async () => {
    const page = await open((await application()).app);
    await send(page, 'google', 'answer-lost');
    expect(await outcome(page)).toContain('HTTP 201 Created');
    expect((await steps(page)).slice(0, 2)).toEqual([
      'create_campaign | attempt 1 | 3 s | ✗ no answer · CONNECTION_FAILED',
      'create_campaign | look-up | ✓ found: it was created',
    ]);
  });

  it('ends what is done for who hangs up', async () => {
    const { app, platforms } = await application();
    const page = await open(app);
    const request = page.waitForRequest(/\/ad-sets$/);
    await send(page, 'meta', 'down');
    await page.locator('#timeline .bars .wait').first().waitFor();
    await page.click('#hang-up');
    expect(await outcome(page)).toMatch(/^Hung up after .+: the application has ended its calls/);
    expect((await steps(page)).at(-1)).toBe(
      'list_ad_sets | wait | 1 s | ended: the client has left',
    );

    // The next attempt was due after a second; another run takes three.
    await send(page, 'meta', 'throttled');
    await outcome(page);
    const account = new URL((await request).url()).pathname.replace('/ad-sets', '');
    const { requests } = (await (await fetch(platforms + account)).json()) as { requests: [] };
    expect(requests).toHaveLength(1);
  });

  it('shows each person their own run only', async () => {
    const { app } = await application();
    const [one, other] = [await open(app), await open(app)];
    await Promise.all([send(one, 'meta', 'throttled'), send(other, 'gemini', 'down-twice')]);
    await Promise.all([outcome(one), outcome(other)]);
    expect(await steps(one)).toEqual([
      'create_campaign | attempt 1 | 3 s | ✗ HTTP 429 · API_RATE_LIMIT',
      'create_campaign | wait | 3 s',
      'create_campaign | attempt 2 | 3 s | ✓ HTTP 200',
      'create_ad_set | attempt 1 | 3 s | ✓ HTTP 200',
      'create_ad | attempt 1 | 3 s | ✓ HTTP 200',
    ]);
    expect(new Set((await steps(other)).map((step) => step.split(' | ')[0]))).toEqual(
      new Set(['generate_ad_copy']),
    );
  });
});

describe.skipIf(noBrowser !== undefined)('the languages of the page', () => {
  it.each([
    ['zh-CN', 'zh-CN', '发送请求'],
    ['zh-TW', 'zh-CN', '发送请求'],
    ['en-GB', 'en', 'Send request'],
    ['fr-FR', 'zh-CN', '发送请求'],
  ])('for a browser in %s it is %s', async (language, expected, button) => {
    const page = await open((await application()).app, { language });
    expect(await page.locator('html').getAttribute('lang')).toBe(expected);
    expect(await page.locator('#send').textContent()).toBe(button);
  });

  it('are switched by hand, for the JSON too, and remembered', async () => {
    const page = await open((await application()).app, { language: 'zh-CN' });
    await send(page, 'meta', 'token-expired');
    expect(await outcome(page)).toMatch(
      /^HTTP 401 Unauthorized，用时 \d+ ms：尝试 1 次，等待 0 次。$/,
    );
    expect(await answerOf(page)).toMatchObject({
      error: { message: '广告账户授权已过期，请重新授权' },
    });

    await page.click('[data-language=en]');
    expect(await page.locator('h1').textContent()).toBe('Retries as they happen');
    expect(await page.locator('#outcome').textContent()).toMatch(/1 attempt, 0 waits\.$/);
    await page.click('#send');
    await page.locator('#answer-headers', { hasText: 'content-language: en' }).waitFor();
    expect(await answerOf(page)).toMatchObject({
      error: { message: expect.stringMatching(/^The authorization/) as string },
    });

    await page.reload();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });
});

describe.skipIf(noBrowser !== undefined)('the page for everyone', () => {
  it('is used by keyboard alone', async () => {
    const page = await open((await application()).app);
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement as HTMLInputElement | null;
        return element?.value || element?.id || element?.textContent;
      });
    const order: unknown[] = [];
    for (let step = 0; step < 5; step++) {
      await page.keyboard.press('Tab');
      order.push(await focused());
    }
    expect(order).toEqual(['中文', 'English', 'meta', 'down-twice', 'send']);

    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('ArrowUp');
    expect(await focused()).toBe('none');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('tiktok');
    await page.keyboard.press('Enter');
    expect(await outcome(page)).toContain('HTTP 201 Created');
    expect(await steps(page)).toHaveLength(3);
  });

  it('tells a screen reader what is on it, and how a run has ended', async () => {
    const page = await open((await application()).app);
    await page.getByRole('group', { name: 'Platform' }).getByLabel('MCP').check();
    await page.getByRole('group', { name: 'What goes wrong' }).getByLabel('Tool fails').check();
    await page.getByRole('button', { name: 'Send request' }).click();
    await outcome(page);
    expect(await page.getByRole('status').textContent()).toMatch(/^HTTP 502 Bad Gateway after/);
    await page
      .getByRole('img', { name: 'Timeline of 1 call with 1 attempt and 0 waits' })
      .waitFor();
    expect(await page.getByRole('columnheader').allTextContents()).toContain('Limit or plan');
  });

  it.each(['en-US', 'zh-CN'])('fits a phone and wider windows in %s', async (language) => {
    const page = await open((await application()).app, { language, width: 360, height: 740 });
    const tooWide = () =>
      page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(await tooWide()).toBe(0);
    await send(page, 'meta', 'token-expired');
    await outcome(page);
    expect(await tooWide()).toBe(0);
    for (const width of [761, 800, 1121]) {
      await page.setViewportSize({ width, height: 700 });
      expect([width, await tooWide()]).toEqual([width, 0]);
    }
    const sizes = await page
      .locator('label, button')
      .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().height));
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(24);
  });

  it('moves less where that is asked for', async () => {
    const page = await open((await application()).app, { reducedMotion: 'reduce' });
    await page.evaluate(() => {
      const bars = document.querySelector('#timeline') as HTMLElement;
      let changes = 0;
      new MutationObserver(() => (bars.dataset['changes'] = String(++changes))).observe(bars, {
        subtree: true,
        attributeFilter: ['width'],
      });
    });
    await send(page, 'meta', 'throttled');
    await outcome(page);
    // Four times a second for three seconds, and what happens at its beginning and its end.
    const changes = Number(await page.locator('#timeline').getAttribute('data-changes'));
    expect(changes).toBeGreaterThan(8);
    expect(changes).toBeLessThan(25);
  });

  it.each(['light', 'dark'] as const)('can be read in %s colours', async (colorScheme) => {
    const page = await open((await application()).app, { colorScheme });
    await send(page, 'meta', 'budget-empty');
    await outcome(page);
    expect(await page.evaluate(lowContrast)).toEqual([]);
  });
});
