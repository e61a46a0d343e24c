import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, owner } from './box.ts';
import { Person, hasFocus, launch, phone, tabTo } from './browser.ts';
import { answered, codeOn, expectOnceInOrder, read } from './people.ts';

/** From the log-in to a finished conversation with keys alone; every stop of the focus is to be seen. */
describe('With the keyboard alone', () => {
  let box: Box;
  let browser: Browser;
  let host: Person;
  let guest: Person;
  let session: string;

  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
    host = await Person.in(browser, box.url);
    guest = await Person.in(browser, box.url, { viewport: phone });
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  test('a host logs in', async () => {
    const { page } = host;
    const { keyboard } = page;
    await page.goto('/login');
    const email = page.getByLabel('E-mail');
    await email.waitFor();
    if (!(await hasFocus(email))) await tabTo(page, email);
    await keyboard.type(owner.email);
    await tabTo(page, page.getByLabel('Password', { exact: true }));
    await keyboard.type(owner.password);
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your sessions' }).waitFor();
  });

  test('makes a session from what there is to find out', async () => {
    const { page } = host;
    const { keyboard } = page;
    await tabTo(page, page.getByRole('link', { name: 'To the content' }));
    await keyboard.press('Enter'); // past what stands above every page
    await tabTo(page, page.getByRole('textbox', { name: 'What do you want to find out?' }));
    await keyboard.type('Where information gets lost at handover');
    await keyboard.press('Enter');
    await tabTo(page, page.getByLabel('Topic', { exact: true }));
    await keyboard.type('Handover between shifts');
    await tabTo(page, page.getByRole('textbox', { name: 'What must be learnt' }));
    await keyboard.type('What gets lost between two shifts');
    await keyboard.press('Enter');
    await keyboard.type('How nights differ');
    await tabTo(page, page.getByRole('button', { name: 'Draft the guide' }));
    await keyboard.press('Enter');
    await page.waitForURL(/\/sessions\/hst_\w+\/design/);
    session = /hst_\w+/.exec(page.url())?.[0] ?? '';
  });

  test('puts the guide in another order, rewords a question and saves', async () => {
    const { page } = host;
    const { keyboard } = page;
    const titles = page.locator('[data-open] .title');
    await titles.first().waitFor();
    const before = await titles.allInnerTexts();
    await tabTo(page, page.getByRole('button', { name: `Move ${before[0]}: drag, or use the arrow keys` }));
    await keyboard.press('ArrowDown');
    await page.getByText(`${before[0]} is now 2 of ${before.length}.`).waitFor({ state: 'attached' });
    expect(await titles.allInnerTexts()).toEqual([before[1], before[0], ...before.slice(2)]);
    await tabTo(page, page.getByRole('button', { name: before[0] ?? '', exact: false }).and(page.locator('[data-open]')));
    await keyboard.press('Enter');
    await tabTo(page, page.getByLabel('Question', { exact: true }));
    await keyboard.press('Control+a');
    await keyboard.type('What gets lost on your ward?');
    await tabTo(page, page.getByRole('button', { name: 'Save', exact: true }));
    await keyboard.press('Enter');
    await page.getByRole('button', { name: 'Version 2' }).waitFor();
  });

  test('rehearses it', async () => {
    const { page } = host;
    const { keyboard } = page;
    await tabTo(page, page.getByRole('navigation', { name: 'Pages of this session' }).getByRole('link', { name: 'Rehearse' }), 'Shift+Tab');
    await keyboard.press('Enter');
    await tabTo(page, page.getByRole('combobox', { name: 'Plain' }));
    await keyboard.press('ArrowUp');
    await tabTo(page, page.getByRole('button', { name: 'Start 1 conversation' }));
    await keyboard.press('Enter');
    const item = page.locator('summary', { hasText: 'finished' });
    await tabTo(page, item);
    await keyboard.press('Enter');
    await page.getByRole('list').getByText('Thank you for your answers.').waitFor();
    await tabTo(page, page.getByRole('switch', { name: 'Counts in the results' }));
    await keyboard.press('Space');
    await page.getByRole('switch', { name: 'Counts in the results', checked: true }).waitFor();
    await keyboard.press('Space');
    await page.getByRole('switch', { name: 'Counts in the results', checked: false }).waitFor();
  });

  test('opens it', async () => {
    const { page } = host;
    const { keyboard } = page;
    await keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find anything' }).waitFor();
    await keyboard.press('Escape'); // looked for nothing after all
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await tabTo(page, page.getByRole('navigation', { name: 'Pages of this session' }).getByRole('link', { name: 'Launch' }));
    await keyboard.press('Enter');
    await tabTo(page, page.getByRole('button', { name: 'Open the session' }));
    await keyboard.press('Enter');
    await page.getByRole('img', { name: /^QR code/ }).waitFor();
  });

  test('somebody joins, answers, and finishes early', async () => {
    const { page } = guest;
    const { keyboard } = page;
    const code = await codeOn(host.page);
    await page.goto('/join');
    const field = page.getByLabel('Code');
    await field.waitFor();
    if (!(await hasFocus(field))) await tabTo(page, field);
    await keyboard.type(code);
    await keyboard.press('Enter');
    await tabTo(page, page.getByRole('button', { name: 'Begin' }));
    await keyboard.press('Enter');
    await tabTo(page, page.getByLabel('I have read this and agree.'));
    await keyboard.press('Space');
    await tabTo(page, page.getByRole('button', { name: 'Start the conversation' }));
    await keyboard.press('Enter');

    await read(page, await answered(box, session, 0));
    await tabTo(page, page.getByRole('textbox', { name: 'Your answer' }));
    await keyboard.type('Changes to medication get lost,');
    await keyboard.press('Shift+Enter');
    await keyboard.type('because they are only written on a sticky note.');
    await keyboard.press('Enter');
    await read(page, await answered(box, session, 1));
    await keyboard.type('At night there is one nurse for two corridors.'); // the answer box has kept the focus
    await keyboard.press('Enter');
    await read(page, await answered(box, session, 2));
    await expectOnceInOrder(box, session, [
      'Changes to medication get lost,\nbecause they are only written on a sticky note.',
      'At night there is one nurse for two corridors.',
    ]);

    await tabTo(page, page.getByRole('button', { name: 'Finish early' }), 'Shift+Tab');
    await keyboard.press('Enter');
    await tabTo(page, page.getByRole('button', { name: 'Keep my answers' }));
    await keyboard.press('Enter');
    await page.getByText('You finished early.').waitFor();
    await page.locator('h1:focus').waitFor(); // a screen reader says that it is over
  });

  test('nothing went wrong unseen', () => {
    host.calm();
    guest.calm();
  });
});
