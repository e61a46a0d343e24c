import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box } from './box.ts';
import { Person, desktop, launch } from './browser.ts';
import { logIn } from './people.ts';

/** What the facilitator should know: a handbook, files that are read, looked at and taken away. */
describe('Background', () => {
  let box: Box;
  let browser: Browser;
  let host: Person;
  let session = '';

  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
    host = await Person.in(browser, box.url, { viewport: desktop });
    session = (await box.api<{ id: string }>('POST', '/sessions', { topic: 'Handover', goal: 'Learn what gets lost' })).id;
    await logIn(host.page);
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  const file = (name: string, text: string) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(text) });

  test('a handbook is written once for all sessions', async () => {
    const { page } = host;
    await page.goto(`/sessions/${session}/design?tab=background`);
    await page.getByRole('button', { name: 'Write one' }).click();
    await page.getByLabel('Text').fill('Ward three is the one on the top floor.');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Change' }).waitFor();
  });

  test('files are read, and one that cannot be is named with the reason', async () => {
    const { page } = host;
    await page.locator('input[type=file]').setInputFiles([
      file('rules.md', '# Rules\n\nNobody answers bells during handover.'),
      file('scan.pdf', '%PDF-nonsense'),
      file('long.txt', 'A sentence about the ward. '.repeat(500)),
    ]);
    await page.getByRole('alert').filter({ hasText: 'scan.pdf' }).getByText('damaged').waitFor();
    const long = page.getByRole('listitem').filter({ hasText: 'long.txt' });
    await long.getByText('Looked up for each turn.').waitFor();
    const rules = page.getByRole('listitem').filter({ hasText: 'rules.md' });
    await rules.getByRole('button', { name: 'Read' }).click();
    await page.getByRole('dialog').getByText('Nobody answers bells during handover.').waitFor();
    await page.keyboard.press('Escape');
    await long.getByRole('button', { name: 'Remove long.txt' }).click();
    await long.waitFor({ state: 'detached' });
    const left = await box.api<{ data: { name: string }[] }>('GET', `/sessions/${session}/background`);
    expect(left.data.map((b) => b.name)).toEqual(['', 'rules.md']);
  });
});
