import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import hostGerman from '../host/i18n/language-de.ts';
import hostEnglish from '../host/i18n/language-en.ts';
import guestGerman from '../participant/i18n/language-de.ts';
import guestEnglish from '../participant/i18n/language-en.ts';
import type { Catalogue } from '../shared/i18n/message.ts';
import { Box } from './box.ts';
import { Person, desktop, drawn, launch, phone } from './browser.ts';
import { foreign, leftIn } from './language.ts';
import { answered, codeOn, logIn, read, say, talkToTheEnd } from './people.ts';

/** Both apps in German, chosen on the pages themselves by people whose browsers ask for English. */
describe('In German', () => {
  let box: Box;
  let browser: Browser;
  let host: Person;
  let guest: Person;
  let session: string;
  const strange: string[] = [];

  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
    host = await Person.in(browser, box.url, { viewport: desktop });
    guest = await Person.in(browser, box.url, { viewport: phone });
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  const hostWords = foreign(hostEnglish as Catalogue, hostGerman as Catalogue);
  const guestWords = foreign(guestEnglish as Catalogue, guestGerman as Catalogue);

  async function look(page: Page, english: RegExp[], name: string): Promise<void> {
    await drawn(page);
    strange.push(...(await leftIn(page, 'de', english)).map((what) => `${name}: ${what}`));
  }

  const answers = [
    'Am Freitag war die Übergabe im Flur, weil zwei Klingeln zugleich gingen.',
    'Änderungen der Medikamente gehen verloren, zum Beispiel wenn sie nur auf einem Zettel stehen.',
    'Nachts ist eine Pflegekraft für zwei Flure da, deshalb kann niemand in Ruhe übergeben.',
    'Die gedruckte Liste hilft, weil vor der Runde alle dasselbe lesen.',
    'Mehr fällt mir nicht ein, aber fragen Sie bitte auch die Nachtschicht.',
  ];

  test('a host chooses it, and a brief becomes a guide', async () => {
    const { page } = host;
    await logIn(page);
    await page.goto('/account');
    await page.getByLabel('Language').selectOption('Deutsch');
    await page.getByRole('heading', { name: 'Ihr Konto' }).waitFor();
    await look(page, hostWords, 'account');
    await page.goto('/'); // from the box, not from this window, comes the language now
    await page.getByRole('heading', { name: 'Noch keine Sitzung' }).or(page.getByText('Noch keine Sitzung')).first().waitFor();
    await look(page, hostWords, 'home');
    await page.getByRole('textbox', { name: hostGerman['home.ask'] }).fill('Wo bei der Übergabe etwas verloren geht');
    await page.getByRole('button', { name: hostGerman['home.start'] }).click();
    await page.getByLabel(hostGerman['brief.topic'], { exact: true }).fill('Übergabe zwischen den Schichten');
    await page.getByRole('textbox', { name: hostGerman['brief.critical'] }).fill('Was zwischen zwei Schichten verloren geht\nWas nachts anders ist');
    await look(page, hostWords, 'create');
    await page.getByRole('button', { name: hostGerman['create.do'] }).click();
    await page.waitForURL(/\/sessions\/hst_\w+\/design/);
    session = /hst_\w+/.exec(page.url())?.[0] ?? '';
    await page.getByText('Was zwischen zwei Schichten verloren geht').first().waitFor();
    await look(page, hostWords, 'design');
    await page.locator('[data-open]').first().click();
    await page.getByLabel(hostGerman['topic.question'], { exact: true }).waitFor();
    await look(page, hostWords, 'topic');
    for (const tab of ['form', 'settings']) {
      await page.goto(`/sessions/${session}/design?tab=${tab}`);
      await page.locator('h1').waitFor();
      await look(page, hostWords, tab);
    }
  });

  test('the host rehearses it', async () => {
    const { page } = host;
    await page.goto(`/sessions/${session}/rehearse`);
    await page.getByText(hostGerman['rehearse.none']).waitFor();
    await look(page, hostWords, 'not rehearsed');
    await page.getByRole('button', { name: '2 Gespräche starten' }).click();
    await page.locator('summary', { hasText: hostGerman['ended.complete'] }).nth(1).waitFor();
    await page.locator('summary').first().click();
    await page.locator('.turns').waitFor();
    await look(page, hostWords, 'rehearsals');
    await page.getByRole('button', { name: hostGerman['rehearse.talk'] }).click();
    const [tab] = await Promise.all([host.context.waitForEvent('page'), page.getByRole('link', { name: hostGerman['rehearse.here'] }).click()]);
    await tab.getByText(guestGerman['rehearsal.title']).waitFor();
    await look(tab, guestWords, 'in a rehearsal');
    await tab.close();
  });

  test('somebody chooses it on a phone, and talks to the end', async () => {
    await host.page.goto(`/sessions/${session}/launch`);
    await host.page.getByRole('button', { name: hostGerman['launch.draft_do'] }).waitFor();
    await look(host.page, hostWords, 'launch of a draft');
    await host.page.getByRole('button', { name: hostGerman['launch.draft_do'] }).click();
    const code = await codeOn(host.page);
    await look(host.page, hostWords, 'launch');

    const { page } = guest;
    await page.goto('/join');
    await page.getByLabel('Language').selectOption('Deutsch');
    await page.getByLabel(guestGerman['join.code']).fill(code);
    await look(page, guestWords, 'join');
    await page.getByRole('button', { name: guestGerman['join.go'] }).click();
    await page.getByRole('button', { name: guestGerman['welcome.begin'] }).waitFor();
    await look(page, guestWords, 'welcome');
    await page.getByRole('button', { name: guestGerman['welcome.begin'] }).click();
    await page.getByRole('button', { name: guestGerman['form.start'] }).click();
    await page.getByText(guestGerman['form.problem.tick']).waitFor();
    await look(page, guestWords, 'form');
    await page.getByLabel(guestGerman['form.agree']).check();
    await page.getByRole('button', { name: guestGerman['form.start'] }).click();
    await read(page, await answered(box, session, 0));
    const [first = '', ...others] = answers;
    await say(page, first);
    await read(page, await answered(box, session, 1));
    await look(page, guestWords, 'conversation');
    await page.getByRole('button', { name: guestGerman['menu.link'] }).click();
    await page.getByRole('dialog').getByRole('img').waitFor();
    await look(page, guestWords, 'private link');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: guestGerman['menu.finish'] }).click();
    await page.getByRole('dialog').waitFor();
    await look(page, guestWords, 'finish early');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await talkToTheEnd(box, page, session, others, 1);
    await page.getByText(guestGerman['end.complete']).waitFor();
    await page.getByText(guestGerman['end.read']).click();
    await page.getByText(first).first().waitFor();
    await look(page, guestWords, 'end');
  });

  test('the host reads along, closes, and reads the report', async () => {
    const { page } = host;
    await page.goto(`/sessions/${session}/live`);
    await page.getByText(answers[0] ?? '').or(page.getByRole('table')).first().waitFor();
    await look(page, hostWords, 'live');
    await page.goto(`/sessions/${session}/projector`);
    await page.locator('h1').waitFor();
    await look(page, hostWords, 'projector');
    await page.goto(`/sessions/${session}/launch`);
    await page.getByRole('button', { name: hostGerman['menu.close'] }).click();
    await page.getByRole('dialog').waitFor();
    await look(page, hostWords, 'closing');
    await page.getByRole('dialog').getByRole('button', { name: hostGerman['menu.close'] }).click();
    await page.getByRole('heading', { name: hostGerman['launch.closed_title'] }).waitFor();
    await page.goto(`/sessions/${session}/results`);
    await page.locator('figure:visible').first().waitFor(); // the report comes by itself
    await page.getByText(hostGerman['work.leave']).waitFor({ state: 'hidden' });
    await look(page, hostWords, 'report');
    await page.locator('figure:visible').first().getByRole('link').click();
    await page.locator('mark').first().waitFor();
    await look(page, hostWords, 'conversation of the host');
    for (const [name, address] of [['responses', `/sessions/${session}/responses`], ['projects', '/projects'], ['health', '/health'], ['missing', '/nowhere']]) {
      await page.goto(address ?? '');
      await page.locator('h1').first().waitFor();
      await look(page, hostWords, name ?? '');
    }
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: hostGerman['shell.find'] }).fill('Zettel');
    await page.getByRole('option').first().waitFor();
    await look(page, hostWords, 'palette');
  });

  test('no English word was left on any page, and nothing went wrong unseen', () => {
    expect([...new Set(strange)]).toEqual([]);
    host.calm();
    guest.calm();
  });
});
