import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { htmlOf } from '../../src/verify/report/html.ts';
import { junitOf } from '../../src/verify/report/junit.ts';
import { report, sample, secret, token } from './reports-fixture.ts';

let browser: Browser;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'report-'));
const file = path.join(folder, 'report.html');

beforeAll(async () => {
  fs.writeFileSync(file, htmlOf(sample));
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
});
afterAll(async () => {
  await browser?.close();
  fs.rmSync(folder, { recursive: true });
});

describe('html', () => {
  async function opened(colorScheme: 'light' | 'dark' = 'light'): Promise<{ page: Page; events: string[] }> {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 900 } });
    const events: string[] = [];
    page.on('console', (message) => events.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => events.push(`error: ${error.message}`));
    page.on('request', (request) => events.push(`request: ${request.url()}`));
    await page.goto(pathToFileURL(file).href);
    return { page, events };
  }

  test('is one page without errors that asks for nothing else', async () => {
    const { page, events } = await opened();
    expect(events).toEqual([`request: ${pathToFileURL(file).href}`]);
    expect(await page.title()).toBe('Fails 2 of 6 rows: http://localhost:3000');
    expect(await page.locator('script, img, iframe, link:not([rel=icon])').count()).toBe(0);
  });

  test('shows the verdict, the counts and the ten answers', async () => {
    const { page } = await opened();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('✖ Fails 2 of 6 rows');
    expect(await page.locator('.counts li').allInnerTexts()).toEqual([
      ...['4 passed', '2 failed', '1 left to the balancer', '2 not applicable', '1 skipped', 'in 12.3 s'],
    ]);
    const tiles = await page.locator('.card li').allInnerTexts();
    expect(tiles).toHaveLength(10);
    expect(tiles[0]).toMatch(/^Is it stateless\?\s+✔ Yes\s+PG2, PG6$/);
    expect(tiles[4]).toMatch(/^Is it rate limited\?\s+✖ No\s+RL3 failed$/);
    expect(tiles[9]).toMatch(/^Was it tested under load\?\s+– No evidence\s*$/);
    expect(await page.locator('main h2').allTextContents()).toEqual([
      'Scalability checklist',
      'Errors 1 passed, 1 failed',
      'Lists 2 passed',
      'Caching 2 not applicable',
      'Limits 1 passed, 1 failed',
      'Lifecycle 1 left to the balancer',
      'Observability 1 skipped',
    ]);
  });

  test('opens a row by a click, by the keyboard and by a link of the checklist', async () => {
    const { page } = await opened();
    const shown = (id: string) => page.locator(`#${id}`).isVisible();
    expect([await shown('PD1'), await shown('VA2'), await shown('PG2')]).toEqual([false, true, false]);
    await page.getByText('Every error is a problem document').click();
    expect(await shown('PD1')).toBe(true);
    await page.locator('summary', { hasText: 'PG2' }).press('Enter');
    expect(await shown('PG2')).toBe(true);
    await page.getByRole('link', { name: 'PG6' }).click();
    expect(await shown('PG6')).toBe(true);
  });

  test('shows what was sent and what came, as text', async () => {
    const { page } = await opened();
    const row = page.locator('#VA2');
    expect(await row.locator('figure').first().innerText()).toContain(
      'POST http://localhost:3000/v1/products',
    );
    expect(await row.locator('.got').innerText()).toContain('</pre></style><script>');
    expect(await row.innerText()).toContain('\\u001b]0;taken');
    expect(await row.getByText('curl -i').count()).toBe(1);
    for (const hidden of [secret, token]) expect(await page.content()).not.toContain(hidden);
  });

  test.each(['light', 'dark'] as const)('can be read in %s colours', async (colours) => {
    const { page } = await opened(colours);
    const poor = await page.evaluate(`(() => {
      const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
      const luminance = (colour) => channels(colour).slice(0, 3)
        .map((value) => value / 255)
        .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
        .reduce((sum, value, place) => sum + value * [0.2126, 0.7152, 0.0722][place], 0);
      const opaque = (colour) => channels(colour)[3] !== 0;
      const behind = (element) => {
        const colour = getComputedStyle(element).backgroundColor;
        return opaque(colour) ? colour : behind(element.parentElement);
      };
      for (const details of document.querySelectorAll('details')) details.open = true;
      return [...document.body.querySelectorAll('*')]
        .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
        .map((element) => {
          const [a, b] = [getComputedStyle(element).color, behind(element)].map(luminance);
          const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          return { what: element.tagName + '.' + element.className, contrast };
        })
        .filter(({ contrast }) => contrast < 4.5);
    })()`);
    expect(poor).toEqual([]);
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 900 });
      const cut = await page.evaluate(`[...document.body.querySelectorAll('*')]
        .filter((element) => element.getBoundingClientRect().right > innerWidth ||
          (element.clientWidth > 0 && element.scrollWidth > element.clientWidth))
        .map((element) => element.tagName + '.' + element.className)`);
      expect(cut).toEqual([]);
    }
  });

  test('is printed in dark letters, whatever colours the reader prefers', async () => {
    const { page } = await opened('dark');
    const colour = () => page.evaluate('getComputedStyle(document.body).color');
    expect(await colour()).toBe('rgb(230, 233, 238)');
    await page.emulateMedia({ media: 'print' });
    expect(await colour()).toBe('rgb(27, 31, 36)');
  });
});

describe('junit', () => {
  /** The document as a parser of XML reads it. */
  async function parsed(xml: string): Promise<unknown> {
    const page = await browser.newPage();
    return page.evaluate(`(() => {
      const document = new DOMParser().parseFromString(${JSON.stringify(xml)}, 'application/xml');
      const read = (element) => ({
        name: element.tagName,
        ...Object.fromEntries([...element.attributes].map(({ name, value }) => ['@' + name, value])),
        ...(element.children.length > 0 ? { children: [...element.children].map(read) } : {}),
        ...(element.children.length === 0 && element.textContent ? { text: element.textContent } : {}),
      });
      return read(document.documentElement);
    })()`);
  }

  test('is XML with a suite for each group and a case for each row', async () => {
    expect(await parsed(junitOf(sample))).toMatchObject({
      name: 'testsuites',
      '@tests': '10',
      '@failures': '2',
      '@skipped': '4',
      '@time': '12.346',
      children: [
        {
          name: 'testsuite',
          '@name': 'errors',
          '@tests': '2',
          '@failures': '1',
          '@errors': '0',
          '@skipped': '0',
          '@time': '0.024',
          children: [
            {
              name: 'testcase',
              '@classname': 'verify.errors',
              '@name': 'PD1 Every error is a problem document (RFC 9457)',
              '@time': '0.012',
            },
            {
              children: [
                {
                  name: 'failure',
                  '@type': 'Mismatch',
                  '@message': expect.stringMatching(
                    /^expected status 422, got status 200: .*<\/pre>.*\\u001b/,
                  ),
                  text: expect.stringContaining('Again:\ncurl -i'),
                },
              ],
            },
          ],
        },
        { '@name': 'lists' },
        {
          '@name': 'caching',
          children: [
            { children: [{ name: 'skipped', '@message': 'the project has no shared cache' }] },
            { children: [{ name: 'skipped' }] },
          ],
        },
        { '@name': 'limits' },
        {
          '@name': 'lifecycle',
          children: [{ children: [{ name: 'skipped', '@message': 'the server has no setting for it' }] }],
        },
        { '@name': 'observability', children: [{ children: [{ name: 'skipped', '@message': '--quick' }] }] },
      ],
    });
    expect(await parsed(junitOf(report([])))).toMatchObject({ name: 'testsuites', '@tests': '0' });
  });

  test('hides secrets', () => {
    for (const hidden of [secret, token]) expect(junitOf(sample)).not.toContain(hidden);
  });
});
