import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box } from './box.ts';
import { Person, launch } from './browser.ts';
import { logIn } from './people.ts';

/** Makes a session of what people have said, with a report. */
async function results(box: Box, topic: string, language: string, said: string[]): Promise<string> {
  const session = await box.api<{ id: string }>('POST', '/sessions', { topic, goal: topic, language });
  for (const [n, text] of said.entries()) {
    await box.api('POST', `/sessions/${session.id}/conversations`, { title: `Talk ${n + 1}`, turns: [{ speaker: `Ada ${n + 1}`, text }] });
  }
  await box.api('POST', `/sessions/${session.id}/summary`, {});
  return session.id;
}

/** Chooses a format, waits for what the page says of it, downloads the file and gives its bytes. */
async function taken(page: Page, label: RegExp): Promise<Buffer> {
  await page.getByRole('radio', { name: label }).check();
  await page.getByRole('heading', { name: 'What is left out, and why' }).waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Make and download' }).click()]);
  const file = readFileSync(await download.path());
  await page.getByText(`${download.suggestedFilename()} was made and saved.`).waitFor();
  return file;
}

describe('Handing results over', () => {
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

  test('a host sees what will be in each file, and opens it', async () => {
    const decision = 'We decided to buy a drill press before summer.';
    const session = await results(box, 'Tools', 'en', [decision, 'I will bring the list of tools by Friday.', 'The lamp over the bench flickers all afternoon.']);
    const host = await Person.in(browser, box.url);
    const { page } = host;
    await logIn(page);
    await page.goto(`/sessions/${session}/results`);
    const found = page.getByRole('region', { name: 'Decisions, actions, open questions' });
    await found.getByText('by Friday', { exact: true }).waitFor();
    await found.getByRole('link', { name: 'Open at turn 1' }).first().click();
    await page.getByText(decision).first().waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/meetings\//);

    await page.goto(`/sessions/${session}/export`);
    await page.getByRole('listitem').filter({ hasText: 'It rests on 3 conversations.' }).waitFor();
    await page.getByRole('listitem').filter({ hasText: 'Participants are called by numbers.' }).waitFor();
    for (const [label, begins, holds] of [
      [/HTML/, '<!', decision],
      [/^Markdown/, '', decision],
      [/PDF/, '%PDF-', ''],
      [/Word/, 'PK', 'word/document.xml'],
      [/Excel/, 'PK', 'xl/workbook.xml'],
      [/^CSV/, '\ufeff', decision],
      [/Polis/, 'timestamp', decision],
    ] as const) {
      const text = (await taken(page, label)).toString();
      expect(text.startsWith(begins), String(label)).toBe(true);
      expect(text, String(label)).toContain(holds);
      expect(text, String(label)).not.toContain('Ada');
    }
    const archive = JSON.parse((await taken(page, /JSON/)).toString()) as { format: string; conversations: unknown[] };
    expect([archive.format, archive.conversations.length]).toEqual(['harmonium.session', 3]);

    await page.getByRole('radio', { name: /^CSV/ }).check();
    await page.getByRole('radio', { name: 'Decisions, actions and open questions' }).check();
    await page.getByLabel('With the names that participants gave').check();
    await page.getByRole('listitem').filter({ hasText: 'It holds the names that participants gave.' }).waitFor();
    expect(await page.getByRole('cell', { name: decision }).count()).toBeGreaterThan(0);
    host.calm();
  });

  test('Arabic is a page from right to left, and a PDF of it is refused before it is made', async () => {
    const session = await results(box, 'الورشة', 'ar', ['قررنا أن نشتري مثقابا جديدا قبل الصيف.', 'المصباح فوق الطاولة يرتجف طوال المساء.']);
    const host = await Person.in(browser, box.url);
    const { page } = host;
    await logIn(page);
    await page.goto(`/sessions/${session}/export`);
    const file = (await taken(page, /HTML/)).toString();
    const opened = await host.context.newPage();
    await opened.setContent(file);
    expect(await opened.locator('html').evaluate((html) => getComputedStyle(html).direction)).toBe('rtl');
    await opened.getByText('قررنا أن نشتري مثقابا جديدا قبل الصيف.').first().waitFor();
    await page.getByRole('radio', { name: /PDF/ }).check();
    await page.getByText('Choose the web page and print it').waitFor();
    expect(await page.getByRole('button', { name: 'Make and download' }).isDisabled()).toBe(true);
    host.calm();
  });
});
