import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import english from '../participant/i18n/language-en.ts';
import french from '../participant/i18n/language-fr.ts';
import spanish from '../participant/i18n/language-es.ts';
import ukrainian from '../participant/i18n/language-uk.ts';
import type { Catalogue } from '../shared/i18n/message.ts';
import { Box } from './box.ts';
import { Person, drawn, launch, phone } from './browser.ts';
import { foreign, leftIn } from './language.ts';
import { answered, openSession, read } from './people.ts';

/** Languages of participants: complete ones, and one in which the box has no texts. */
describe('Languages of participants', () => {
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

  test.each([['fr', french, 'Français'], ['es', spanish, 'Español'], ['uk', ukrainian, 'Українська']] as const)('an interview in %s leaves no English and fits a phone', async (code, texts, name) => {
    const session = await openSession(box, { language: code });
    const guest = await Person.in(browser, box.url, { viewport: phone });
    const { page } = guest;
    const strange: string[] = [];
    const look = async (where: string) => {
      await drawn(page);
      strange.push(...(await leftIn(page, code, foreign(english as Catalogue, texts as Catalogue))).map((what) => `${where}: ${what}`));
      expect(await page.evaluate(() => document.documentElement.scrollWidth), where).toBeLessThanOrEqual(phone.width);
      if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${code}-${where}.png`, fullPage: true });
    };
    await page.goto(`/chat?s=${session}`);
    await page.getByLabel('Language').selectOption(name);
    await page.getByRole('button', { name: texts['welcome.begin'] }).waitFor();
    await look('welcome');
    await page.getByRole('button', { name: texts['welcome.begin'] }).click();
    await page.getByLabel(texts['form.agree']).check();
    await look('form');
    await page.getByRole('button', { name: texts['form.start'] }).click();
    await read(page, await answered(box, session, 0));
    await look('conversation');
    expect(strange).toEqual([]);
    guest.calm();
  });

  test('who speaks Polish is told how the questions will be asked', async () => {
    const session = await openSession(box, { language: 'fr' });
    const guest = await Person.in(browser, box.url, { viewport: phone });
    const { page } = guest;
    await page.goto(`/chat?s=${session}`);
    await page.getByLabel('Language').selectOption('pl');
    await page.getByText('The questions are asked in French').waitFor();
    await drawn(page);
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/pl-welcome.png`, fullPage: true });
    await page.getByRole('button', { name: english['welcome.begin'] }).click();
    await page.getByLabel(english['form.agree']).check();
    await page.getByRole('button', { name: english['form.start'] }).click();
    await page.getByText('Bonjour').first().waitFor();
    guest.calm();
  });
});

