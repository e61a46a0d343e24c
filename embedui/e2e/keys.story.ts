import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box } from './box.ts';
import { Person, launch } from './browser.ts';
import { logIn, openSession } from './people.ts';

describe('An API key', () => {
  let box: Box;
  let browser: Browser;

  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  test('is made, does what it may and no more, and does nothing once it is revoked', async () => {
    const session = await openSession(box);
    const host = await Person.in(browser, box.url);
    const { page } = host;
    await logIn(page);
    await page.goto('/account');
    await page.getByRole('button', { name: 'New key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').first().fill('Statistics');
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    const key = await dialog.getByLabel('Statistics').inputValue();
    expect(key).toMatch(/^hm_live_[0-9a-f]{32}$/);
    await dialog.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByText(`${key.slice(0, 12)}…`).waitFor();
    expect(await page.content()).not.toContain(key);

    const ask = (path: string) => fetch(`${box.url}/api/v1${path}`, { headers: { Authorization: `Bearer ${key}` } });
    expect((await ask(`/sessions/${session}`)).status).toBe(200);
    const refused = await ask(`/sessions/${session}/responses`);
    expect([refused.status, (await refused.json()).error.code]).toEqual([403, 'forbidden']);

    await page.getByRole('button', { name: 'Revoke the key Statistics' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText(`${key.slice(0, 12)}…`).waitFor({ state: 'detached' });
    expect((await ask(`/sessions/${session}`)).status).toBe(401);

    await page.getByRole('link', { name: 'Read and try the interface' }).click();
    await page.getByLabel('Find an operation').fill('listSessions');
    await page.locator('summary').first().click();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Answered with 200').waitFor();
    expect(await page.locator('pre').last().innerText()).toContain(session);
    host.calm();
  });
});
