import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { expect } from 'vitest';

const patienceMs = 60_000;

export interface Account {
  email: string;
  password: string;
}

/** How callers sign in: with a password, or at an issuer with that URL; without either, nobody does. */
export interface SignIn {
  account?: Account | undefined;
  issuer?: string | undefined;
}

/** Reads and uses the page of documentation as a person does, in light and dark. */
export async function expectDocsPage(url: string, { account, issuer }: SignIn): Promise<void> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    const dark = await opened(browser, url, 'dark', issuer);
    const light = await opened(browser, url, 'light', issuer);
    expect(brightness(await background(dark.page))).toBeLessThan(60);
    expect(brightness(await background(light.page))).toBeGreaterThan(200);
    await expectFoldedErrors(light.page);
    if (account) await signIn(light.page, account);
    if (issuer) await signInAt(issuer, light.page);
    await expectProposedBodyIsStored(light.page, url);
    if (account ?? issuer) await expectStillSignedIn(light.page);
    for (const { foreign, errors } of [dark, light])
      expect({ foreign, errors }).toEqual({ foreign: [], errors: [] });
  } finally {
    await browser.close();
  }
}

async function opened(browser: Browser, url: string, colorScheme: 'light' | 'dark', issuer = url) {
  const own = [`${url}/`, `${issuer}/`];
  const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 1000 } });
  page.setDefaultTimeout(patienceMs);
  const foreign: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => {
    if (/^(?!data:|blob:)/.test(request.url()) && !own.some((start) => request.url().startsWith(start)))
      foreign.push(request.url());
  });
  // Among others, what the policy of the page forbids.
  page.on('console', (message) => {
    const elsewhere = issuer !== url && message.location().url.startsWith(`${issuer}/`);
    if (message.type() === 'error' && !elsewhere) errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${url}/docs`);
  await page.locator('.opblock').first().waitFor();
  return { page, foreign, errors };
}

function background(page: Page): Promise<string> {
  return page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
}

/** Of a color such as rgb(28, 32, 34); no color is the white of the browser. */
function brightness(color: string): number {
  const [red = 255, green = 255, blue = 255, alpha = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return alpha === 0 ? 255 : (red + green + blue) / 3;
}

/** The operation whose path and method are those, opened. */
async function operation(page: Page, method: string, path: string): Promise<Locator> {
  const found = page
    .locator(`.opblock-${method}`)
    .filter({ has: page.locator(`[data-path="${path}"]`) })
    .first();
  if (!(await found.getAttribute('class'))?.includes('is-open'))
    await found.locator('.opblock-summary-control').click();
  await found.locator('.execute').waitFor();
  return found;
}

async function execute(found: Locator): Promise<{ status: string; body: string }> {
  await found.locator('.execute').click();
  const answer = found.locator('.live-responses-table .response').first();
  await answer.waitFor();
  const status = await answer.locator('.response-col_status').innerText();
  return {
    status: status.trim().slice(0, 3),
    body: await answer.locator('.response-col_description').innerText(),
  };
}

async function firstCollection(page: Page): Promise<string> {
  const paths = await page
    .locator('.opblock-post [data-path]')
    .evaluateAll((all) => all.map((one) => one.getAttribute('data-path')!));
  return paths.find((path) => !path.includes('/auth/'))!;
}

async function expectFoldedErrors(page: Page): Promise<void> {
  const found = await operation(page, 'get', await firstCollection(page));
  const rows = found.locator('.responses-table:not(.live-responses-table) tr.response:visible');
  const codes = () => rows.evaluateAll((all) => all.map((row) => row.getAttribute('data-code')!));
  expect(await codes()).toEqual(['200']);
  await found.locator('.problems summary').click();
  await expect.poll(codes).toContain('429');
}

async function signIn(page: Page, { email, password }: Account): Promise<void> {
  const found = await operation(page, 'post', '/v1/auth/login');
  await found.locator('.body-param__text').fill(JSON.stringify({ email, password }));
  expect((await execute(found)).status).toBe('200');
  await page.locator('.auth-wrapper .authorize.locked').waitFor();
}

async function signInAt(issuer: string, page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'editor' }).waitFor();
  expect(page.url()).toContain(issuer);
  await page.getByRole('link', { name: 'editor' }).click();
  await page.locator('.auth-wrapper .authorize.locked').waitFor();
}

/** One click, with the body as the page proposes it. */
async function expectProposedBodyIsStored(page: Page, url: string): Promise<void> {
  const path = await firstCollection(page);
  const found = await operation(page, 'post', path);
  const proposed = JSON.parse(await found.locator('.body-param__text').inputValue());
  const { status, body } = await execute(found);
  expect([status, body]).toEqual(['201', expect.any(String)]);
  const authorized: string | null = await page.evaluate("localStorage.getItem('authorized')");
  const token = JSON.parse(authorized ?? '{}').bearer?.value;
  const newest = await fetch(
    `${url}${path}?limit=1`,
    token ? { headers: { authorization: `Bearer ${token}` } } : {},
  );
  expect(((await newest.json()) as { data: unknown[] }).data[0]).toMatchObject(proposed);
}

async function expectStillSignedIn(page: Page): Promise<void> {
  await page.reload();
  await page.locator('.auth-wrapper .authorize.locked').waitFor();
}
