import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, owner } from './box.ts';
import { Person, desktop, launch, phone } from './browser.ts';
import { answered, codeOn, read, say, talkToTheEnd } from './people.ts';

/** From a box that nobody has an account on to the words behind a sentence of the report. */
describe('The whole story', () => {
  let box: Box;
  let browser: Browser;
  let host: Person;
  let guest: Person;

  beforeAll(async () => {
    box = await Box.start({ account: false });
    browser = await launch();
    host = await Person.in(browser, box.url, { viewport: desktop });
    guest = await Person.in(browser, box.url, { viewport: phone });
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  const answers = [
    'Last Friday the handover was in the corridor because two bells rang at the same time.',
    'Changes to medication get lost, for example when they are only written on a sticky note.',
    'At night there is one nurse for two corridors, so nobody can hand over in peace.',
    'The printed list helps because everybody reads the same thing before the round begins.',
    'I would keep fifteen minutes free for handover, with somebody else answering the bells.',
    'It matters because a patient once got a dose twice after such an evening.',
    'Nothing else comes to mind, but please ask the night shift as well.',
  ];

  test('the printed link makes the first account', async () => {
    const { page } = host;
    await page.goto('/');
    await page.getByText('This box is new').waitFor();
    const link = /http:\/\/\S+\/setup#t=\S+/.exec(box.output)?.[0];
    expect(link, 'the set-up link that the program prints').toBeTruthy();
    await page.goto(link ?? '');
    await page.getByLabel('Name', { exact: true }).fill(owner.name);
    await page.getByLabel('E-mail').fill(owner.email);
    await page.getByLabel('Password', { exact: true }).fill(owner.password);
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.getByRole('heading', { name: 'What do you want to find out?' }).or(page.getByLabel('What do you want to find out?')).first().waitFor();
    expect(page.url()).not.toContain('#t=');
  });

  test('a brief becomes a guide', async () => {
    const { page } = host;
    await page.getByRole('textbox', { name: 'What do you want to find out?' }).fill('Where information gets lost at handover');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByLabel('Topic', { exact: true }).fill('Handover between shifts');
    expect(await page.getByLabel('Goal', { exact: true }).inputValue()).toBe('Where information gets lost at handover');
    await page.getByRole('textbox', { name: 'What must be learnt' }).fill('What gets lost between two shifts\nHow nights differ');
    await page.getByRole('button', { name: 'Draft the guide' }).click();
    await page.waitForURL(/\/sessions\/hst_\w+\/design/);
    await page.getByText('What gets lost between two shifts').first().waitFor();
  });

  test('the session is opened and shows a link and a code', async () => {
    const { page } = host;
    await page.getByRole('link', { name: 'Launch' }).first().click();
    await page.getByRole('button', { name: 'Open the session' }).click();
    await page.getByRole('img', { name: /^QR code/ }).waitFor();
  });

  test('somebody joins by the short code on a phone, and talks to the end', async () => {
    const session = /hst_\w+/.exec(host.page.url())?.[0] ?? '';
    const code = await codeOn(host.page);
    expect(code).toMatch(/^[A-Z2-9]{6}$/);
    const { page } = guest;
    await page.goto('/join');
    await page.getByLabel('Code').fill(code.toLowerCase());
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByLabel('I have read this and agree.').check();
    await page.getByRole('button', { name: 'Start the conversation' }).click();

    await host.page.goto(`/sessions/${session}/live`);
    await host.page.getByRole('table').getByRole('button', { name: /^Participant 1\b/ }).click();
    const along = host.page.getByRole('log', { name: 'What was said' });
    await along.waitFor();
    const [first = '', ...others] = answers;
    await read(page, await answered(box, session, 0));
    await say(page, first);
    await along.getByText(first).waitFor(); // read along, without loading the page again
    await talkToTheEnd(box, page, session, others, 1);
    await page.getByText('everything you said is saved').waitFor();
  }, 180_000);

  test('the host saw it arrive without loading the page again', async () => {
    await host.page.getByText('finished').first().waitFor();
    await host.page.getByText('Participant 1').first().waitFor();
  });

  test('a quotation in the report opens the words it came from', async () => {
    const session = /hst_\w+/.exec(host.page.url())?.[0] ?? '';
    const { page } = host;
    await page.goto(`/sessions/${session}/launch`);
    await page.getByRole('button', { name: 'Close the session' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Close the session' }).click();
    await page.goto(`/sessions/${session}/results`);
    await page.getByRole('heading', { name: 'At a glance' }).waitFor(); // it comes by itself
    await page.getByText('You may leave this page; the work goes on.').waitFor({ state: 'hidden' });
    const words = (await page.locator('figure:visible blockquote').first().innerText()).trim();
    expect(answers.join('\n')).toContain(words);
    // The report may have come anew meanwhile: what is opened is the quotation that was read.
    await page.locator('figure:visible', { hasText: words }).first().getByRole('link', { name: /Open at turn/ }).click();
    await page.waitForURL(/\/conversations\/cnv_\w+\?turn=\d+/);
    const marked = page.locator('mark').first();
    await marked.waitFor();
    expect((await marked.innerText()).trim()).toBe(words);
  });

  test('nothing went wrong unseen, and every request went to the box', () => {
    host.calm();
    guest.calm();
  });
});
