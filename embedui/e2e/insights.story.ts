import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box } from './box.ts';
import { drawn, launch, Person, phone } from './browser.ts';
import { logIn } from './people.ts';

const pictures = process.env.PICTURES;

/** What every conversation is asked, without a model: what the words say plainly, over the words; the rest waits. */
describe('Insights', () => {
  let box: Box;
  let browser: Browser;
  let session: string;

  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
    session = (await box.api<{ id: string }>('POST', '/sessions', { topic: 'Handover', goal: 'Find out what gets lost.', language: 'en' })).id;
    for (const text of ['I work at night and the handover takes 20 minutes.', 'I work in the morning, and the board is always full.']) {
      const turns = [{ speaker: 'Interviewer', text: 'When do you work?' }, { speaker: 'Ana', text }];
      await box.api('POST', `/sessions/${session}/conversations`, { title: text.slice(0, 9), turns });
    }
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  test('a question by hand is answered over the words that bear it out', { timeout: 120_000 }, async () => {
    const { page } = await Person.in(browser, box.url);
    await logIn(page);
    await page.goto(`/sessions/${session}/insights`);
    await page.getByText('Write a question', { exact: true }).click();
    await page.getByLabel('Question', { exact: true }).fill('When does this person work?');
    await page.getByLabel('Kind of answer').selectOption('category');
    await page.getByLabel('Possible answers').fill('Morning\nNight');
    await page.getByRole('button', { name: 'Ask this', exact: true }).click();
    const cell = page.getByRole('cell', { name: /^Night/ });
    await cell.waitFor();
    await cell.getByText(/^Words/).click();
    expect(await cell.getByRole('link').textContent()).toContain('I work at night');
    for (const viewport of [phone, { width: 1280, height: 860 }]) {
      await page.setViewportSize(viewport);
      await drawn(page);
      if (pictures) await page.screenshot({ path: `${pictures}/insights-${viewport.width}.png`, fullPage: true });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
    await cell.getByRole('link').click();
    await page.waitForURL(/turn=/);
    await page.close();
  });
});
