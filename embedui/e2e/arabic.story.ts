import AxePackage from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import hostArabic from '../host/i18n/language-ar.ts';
import hostEnglish from '../host/i18n/language-en.ts';
import guestArabic from '../participant/i18n/language-ar.ts';
import guestEnglish from '../participant/i18n/language-en.ts';
import type { Catalogue } from '../shared/i18n/message.ts';
import { Box } from './box.ts';
import { Person, desktop, drawn, launch, phone, type Scheme } from './browser.ts';
import { foreign, leftIn } from './language.ts';
import { answered, logIn, openSession, read, say } from './people.ts';

const topic = (question: string, follow_ups: number, control?: Record<string, unknown>) => ({
  id: '', title: question.replace('؟', ''), aim: '', question, probes: [], follow_ups, minutes: 2, control,
});

/** A whole interview in Arabic on a phone, and what the host sees of it: from right to left, and nothing left in English. */
describe('In Arabic', () => {
  let box: Box;
  let browser: Browser;
  let session: string;
  const strange: string[] = [];

  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
    session = await openSession(box, { topic: 'التسليم بين النوبات', goal: 'معرفة أين تضيع المعلومات', critical: 'ما الذي يضيع بين النوبتين', language: 'ar' });
    const topics = [
      topic('ما الذي يضيع بين نوبتين؟', 2),
      topic('كم مرة يحدث ذلك؟', 0, { type: 'single', options: ['كل يوم', 'كل أسبوع', 'نادرًا'] }),
      topic('ما أهم ما ينبغي أن يتغير؟', 0, { type: 'ranking', options: ['الوقت', 'القائمة', 'الهدوء'] }),
    ];
    await box.api('PUT', `/sessions/${session}/guide`, { guide: { opening: 'مرحبًا، وشكرًا على وقتك.', closing: 'شكرًا على إجاباتك.', topics }, base_version: 1 });
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  /** From right to left, nothing in English, nothing that axe finds serious, nothing wider than the screen. */
  async function look({ page }: Person, name: string, english: RegExp[]): Promise<void> {
    await page.evaluate(AxePackage.source);
    for (const scheme of ['light', 'dark'] as Scheme[]) {
      await page.emulateMedia({ colorScheme: scheme });
      await drawn(page);
      if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/ar-${name}-${scheme}.png`, fullPage: true });
      const found = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: typeof AxePackage };
        const result = await axe.run(document, { resultTypes: ['violations'] });
        const serious = result.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => v.id);
        const { clientWidth, scrollWidth } = document.documentElement;
        if (scrollWidth > clientWidth) serious.push(`wider than the screen by ${scrollWidth - clientWidth} px`);
        if (getComputedStyle(document.body).direction !== 'rtl') serious.push('not from right to left');
        return serious;
      });
      strange.push(...found.map((what) => `${name}, ${scheme}: ${what}`));
    }
    strange.push(...(await leftIn(page, 'ar', english)).map((what) => `${name}: ${what}`));
  }

  test('somebody takes part on a phone, from the code to the end', async () => {
    const words = foreign(guestEnglish as Catalogue, guestArabic as Catalogue);
    const guest = await Person.in(browser, box.url, { viewport: phone, language: 'ar' });
    const { page } = guest;
    await page.goto('/join');
    await page.getByRole('button', { name: guestArabic['join.go'] }).waitFor();
    await look(guest, '1-join', words);
    await page.goto(`/chat?s=${session}`);
    await page.getByRole('button', { name: guestArabic['welcome.begin'] }).waitFor();
    await look(guest, '2-welcome', words);
    await page.getByRole('button', { name: guestArabic['welcome.begin'] }).click();
    await page.getByLabel(guestArabic['form.agree']).check();
    await look(guest, '3-form', words);
    await page.getByRole('button', { name: guestArabic['form.start'] }).click();
    await read(page, await answered(box, session, 0));
    await say(page, 'لا أفهم السؤال');
    await read(page, await answered(box, session, 1));
    await say(page, 'تضيع تغييرات الأدوية (مثل Marcumar 3 mg) لأن أحدًا لا يكتبها.');
    await read(page, await answered(box, session, 2));
    await page.getByRole('radio', { name: 'كل أسبوع' }).check();
    await look(guest, '4-choice', words);
    await page.getByRole('button', { name: guestArabic['control.send'] }).click();
    await read(page, await answered(box, session, 3));
    await look(guest, '5-ranking', words);
    await page.getByRole('button', { name: guestArabic['control.send'] }).click();
    await read(page, await answered(box, session, 4));
    await say(page, 'لا شيء');
    await read(page, await answered(box, session, 5));
    await look(guest, '6-read-back', words);
    await say(page, 'كل شيء صحيح');
    await page.getByRole('heading', { name: guestArabic['end.over'] }).waitFor();
    await look(guest, '7-end', words);
    expect(strange).toEqual([]);
    guest.calm();
  });

  test('a host reads it', async () => {
    const words = foreign(hostEnglish as Catalogue, hostArabic as Catalogue);
    const host = await Person.in(browser, box.url, { viewport: desktop });
    const { page } = host;
    await logIn(page);
    await page.goto('/account');
    await page.getByLabel('Language').selectOption('العربية');
    await page.getByRole('heading', { name: hostArabic['shell.account'] }).waitFor();
    await look(host, 'account', words);
    for (const [name, address, shown] of [
      ['home', '/', hostArabic['home.sessions']],
      ['design', `/sessions/${session}/design`, hostArabic['design.guide']],
      ['live', `/sessions/${session}/live`, hostArabic['live.participant']],
      ['results', `/sessions/${session}/results`, hostArabic['results.responses']],
    ] as const) {
      await page.goto(address);
      await page.getByText(shown).first().waitFor();
      await look(host, name, words);
    }
    expect(strange).toEqual([]);
    host.calm();
  });
});
