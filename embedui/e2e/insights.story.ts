import AxePackage from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import hostArabic from '../host/i18n/language-ar.ts';
import hostEnglish from '../host/i18n/language-en.ts';
import { Box } from './box.ts';
import { desktop, drawn, launch, Person, phone, tabTo, type Scheme } from './browser.ts';
import { foreign, leftIn, type Catalogue } from './language.ts';
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
    for (const text of [
      'I work at night and the handover takes 20 minutes.',
      'I work in the morning, and the board is always full. The handover takes 5 minutes.',
      'The lift is broken and nobody repairs it.',
    ]) {
      const turns = [{ speaker: 'Interviewer', text: 'When do you work?' }, { speaker: 'Ana', text }];
      await box.api('POST', `/sessions/${session}/conversations`, { title: text.slice(0, 9), turns });
    }
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  /** Nothing that axe finds serious, nothing wider than the screen, at both sizes and in both schemes. */
  async function look(page: Page, name: string): Promise<void> {
    await page.evaluate(AxePackage.source);
    for (const viewport of [phone, desktop]) {
      await page.setViewportSize(viewport);
      for (const colorScheme of ['light', 'dark'] as Scheme[]) {
        await page.emulateMedia({ colorScheme });
        await drawn(page);
        if (pictures) await page.screenshot({ path: `${pictures}/insights-${name}-${viewport.width}-${colorScheme}.png`, fullPage: true });
        const found = await page.evaluate(async () => {
          const { axe } = window as unknown as { axe: typeof AxePackage };
          const { violations } = await axe.run(document, { resultTypes: ['violations'] });
          const serious = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes[0]?.html}`);
          const { clientWidth, scrollWidth } = document.documentElement;
          return scrollWidth > clientWidth ? [...serious, `wider than the screen by ${scrollWidth - clientWidth} px`] : serious;
        });
        expect(found, `${name}, ${viewport.width}, ${colorScheme}`).toEqual([]);
      }
    }
  }

  test('a question by hand is answered over the words that bear it out', { timeout: 120_000 }, async () => {
    const person = await Person.in(browser, box.url);
    const { page } = person;
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
    await look(page, 'page');
    await cell.getByRole('link').click();
    await page.waitForURL(/turn=/);
    person.calm();
    await person.close();
  });

  test('it is changed by keyboard alone, only what changed is asked, and the two versions are compared', { timeout: 180_000 }, async () => {
    await box.api('POST', `/sessions/${session}/insights`, { insights: [{ question: 'How long does the handover take?', kind: 'number', unit: 'minutes' }] });
    await box.api('POST', `/sessions/${session}/insights/run`, {});
    const person = await Person.in(browser, box.url);
    const { page } = person;
    await logIn(page);
    await page.goto(`/sessions/${session}/insights`);
    await page.getByRole('cell', { name: /^20 minutes/ }).waitFor();

    const number = page.getByRole('group', { name: 'How long does the handover take?' });
    await tabTo(page, number.getByRole('button', { name: 'Change' }));
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Change the question' });
    await dialog.waitFor();
    await tabTo(page, dialog.getByLabel('Smallest number'));
    await page.keyboard.type('10');
    await tabTo(page, dialog.getByLabel('Largest number'));
    await page.keyboard.type('5');
    await dialog.getByText(/becomes a new version/).waitFor();
    await page.keyboard.press('Enter');
    await dialog.getByText('The largest number must be more than the smallest.').waitFor();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('60');
    await look(page, 'change');
    await dialog.getByLabel('Largest number').focus();
    await page.keyboard.press('Enter');
    await page.getByText('3 answers are to come.').waitFor(); // of this question, and of no other
    await page.getByRole('cell', { name: /^5 minutes/ }).waitFor({ state: 'detached' });
    await page.getByText('at least 10 minutes').waitFor();

    await number.getByRole('button', { name: 'Versions and differences' }).click();
    const history = page.getByRole('dialog', { name: 'Versions of the question' });
    await history.getByText('Answered otherwise: 1. As before: 2.').waitFor();
    const row = history.getByRole('row', { name: /5 minutes/ });
    await row.getByRole('cell', { name: 'Not found by rules' }).waitFor();
    await look(page, 'history');
    person.calm();
    await person.close();
  });

  test('the table shows whom one looks for', { timeout: 120_000 }, async () => {
    const person = await Person.in(browser, box.url);
    const { page } = person;
    await logIn(page);
    await page.goto(`/sessions/${session}/insights`);
    const rows = page.getByRole('region', { name: 'Answers' }).getByRole('row');
    await expect.poll(() => rows.count()).toBe(4);
    await page.getByLabel('Show', { exact: true }).selectOption({ label: 'When does this person work?' });
    await page.getByLabel('With this answer').selectOption('Night');
    await expect.poll(() => rows.count()).toBe(2);
    await page.getByLabel('With this answer').selectOption('');
    await page.getByLabel('State of the answer').selectOption('not_said');
    await expect.poll(() => rows.count()).toBe(2);
    await page.getByLabel('Only with words that bear it out').check();
    await expect.poll(() => rows.count()).toBe(1);
    await look(page, 'filters');
    await page.getByRole('button', { name: 'Show all again' }).click();
    await expect.poll(() => rows.count()).toBe(4);
    person.calm();
    await person.close();
  });

  test('in Arabic everything runs the other way, and nothing is left in English', { timeout: 120_000 }, async () => {
    const words = foreign(hostEnglish as Catalogue, hostArabic as Catalogue);
    const person = await Person.in(browser, box.url);
    const { page } = person;
    await logIn(page);
    await page.goto('/account');
    await page.getByLabel('Language').selectOption('العربية');
    await page.getByRole('heading', { name: hostArabic['shell.account'] }).waitFor();
    await page.goto(`/sessions/${session}/insights`);
    await page.getByRole('button', { name: hostArabic['insight.history'] }).click();
    await page.getByRole('dialog').getByRole('table').waitFor();
    await look(page, 'ar-history');
    await page.keyboard.press('Escape');
    await look(page, 'ar');
    expect(await page.evaluate(() => getComputedStyle(document.body).direction)).toBe('rtl');
    const content = /When does this person work|How long does the handover take|minutes|Participant \d/; // in the language of the session
    expect((await leftIn(page, 'ar', words)).filter((text) => !content.test(text))).toEqual([]);
    await page.getByRole('button', { name: hostArabic['insight.archive'] }).last().click();
    await page.getByRole('button', { name: hostArabic['insight.remove'], exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: hostArabic['insight.remove'], exact: true }).click();
    await page.getByText(hostArabic['insight.removed']).waitFor();
    person.calm();
    await person.close();
  });
});
