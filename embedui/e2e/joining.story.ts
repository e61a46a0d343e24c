import type { Browser, Page } from 'playwright-core';
import { mkdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, owner } from './box.ts';
import { Person, drawn, launch, phone } from './browser.ts';
import { answered, logIn, openSession, read } from './people.ts';

const pictures = process.env.PICTURES;

/** Who may join: by an invitation from a card, with the short code, with an account. */
describe('Who may join', () => {
  let box: Box;
  let browser: Browser;
  let host: Person;
  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
    if (pictures) mkdirSync(pictures, { recursive: true });
    host = await Person.in(browser, box.url);
    await logIn(host.page);
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  async function look(page: Page, name: string): Promise<void> {
    await drawn(page);
    if (pictures) await page.screenshot({ path: `${pictures}/joining-${name}.png`, fullPage: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
  }

  async function begin(page: Page): Promise<void> {
    await page.getByLabel('I have read this and agree.').check();
    await page.getByRole('button', { name: 'Start the conversation' }).click();
  }

  test('cards are made and printed; each lets one phone in, and the same phone back', async () => {
    const { page } = host;
    const session = await openSession(box, {
      draft: true,
      topic: 'How handover between the shifts of the surgical intensive care unit and the emergency room becomes better and safer for all',
    });
    await page.goto(`/sessions/${session}/design?tab=settings`);
    await page.getByLabel('Single-use invitations').check();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved').first().waitFor();
    await page.goto(`/sessions/${session}/launch`);
    await page.getByRole('button', { name: 'Open the session' }).click();
    await page.getByLabel('Or for whom, one a line').fill('Ana Koch, Ward 3\nDr. Anastasia Papadopoulos-Hohenstein, surgical intensive care unit, nights\n"Zoë, night shift"\n' + 'Ward 5\n'.repeat(7));
    await page.getByText('10 cards, the first for Ana Koch, Ward 3').waitFor();
    await look(page, 'invitations');
    await page.getByRole('button', { name: 'Make invitations' }).click();
    await page.getByRole('heading', { name: '10 new cards' }).waitFor();
    await look(page, 'cards');
    const links = await page.locator('.cards .link').allTextContents();
    expect(links).toHaveLength(10);

    await page.emulateMedia({ media: 'print' });
    const paper = await page.pdf({ preferCSSPageSize: true, printBackground: true, ...(pictures && { path: `${pictures}/joining-cards.pdf` }) });
    expect(paper.toString('latin1').match(/\/Type ?\/Page\b/g), 'eight cards to a page').toHaveLength(2);
    const cut = () =>
      page.locator('.cards article, .cards .words').evaluateAll((all) => all.filter((one) => one.scrollHeight > one.clientHeight + 1).length);
    expect(await cut(), 'cards of eight that are cut off').toBe(0);
    await page.emulateMedia({ media: 'screen' });
    await page.getByLabel('10', { exact: true }).check();
    await page.emulateMedia({ media: 'print' });
    expect(await cut(), 'cards of ten that are cut off').toBe(0);
    await page.emulateMedia({ media: 'screen' });
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the cards as a file' }).click()]);
    const saved = readFileSync(await file.path(), 'utf8');
    expect(saved).toContain(links[0]);
    expect(saved).toContain('@page cards');
    expect(saved).not.toContain('<script');
    await page.getByRole('button', { name: 'Done', exact: true }).click();
    await page.getByText('10 made · 0 used').waitFor();

    const ana = await Person.in(browser, box.url, { viewport: phone });
    await ana.page.goto(`http://${links[0]}`);
    await ana.page.getByText('Those who ask see that your invitation was used').waitFor();
    expect(ana.page.url(), 'the secret stays in the address').not.toContain('#');
    await ana.page.reload(); // before anything was said
    await look(ana.page, 'invited');
    await ana.page.getByRole('button', { name: 'Begin' }).click();
    await begin(ana.page);
    await read(ana.page, await answered(box, session, 0));

    const other = await Person.in(browser, box.url, { viewport: phone, scheme: 'dark' });
    await other.page.goto(`http://${links[0]}`);
    await other.page.getByRole('heading', { name: 'This invitation was used already' }).waitFor();
    await look(other.page, 'used');
    await other.page.goto(`/chat?s=${session}`); // without the card: the device has it
    await other.page.getByRole('heading', { name: 'This invitation was used already' }).waitFor();
    // The next person takes the device, and another card.
    await other.page.goto(`http://${links[1]}`);
    await other.page.getByRole('button', { name: 'Begin' }).waitFor();

    await ana.page.goto('about:blank');
    await ana.page.goto(`http://${links[0]}`); // her own card again
    await ana.page.getByRole('textbox', { name: 'Your answer' }).waitFor();
    // Somebody who was handed Ana's phone, with a card of their own, begins anew; with a used one, Ana's talk is not lost.
    await ana.page.goto('about:blank');
    await ana.page.goto(`http://${links[2]}`);
    await ana.page.getByRole('button', { name: 'Begin' }).waitFor();

    await page.getByText('10 made · 1 used').waitFor();
    await page.getByLabel('No. 3, Zoë, night shift').check();
    await page.getByRole('button', { name: 'Take back' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
    await page.getByText('1 taken back').waitFor();
    await look(page, 'list');
    await ana.page.reload();
    await ana.page.getByRole('heading', { name: 'This invitation was taken back' }).waitFor();
    await look(ana.page, 'revoked');
    await ana.page.getByRole('button', { name: 'Back to my conversation' }).click();
    await ana.page.getByRole('textbox', { name: 'Your answer' }).waitFor();

    const stranger = await Person.in(browser, box.url, { viewport: phone });
    await stranger.page.goto(`/chat?s=${session}`);
    await stranger.page.getByRole('heading', { name: 'This session is for invited people' }).waitFor();
    await look(stranger.page, 'stranger');
    for (const person of [ana, other, stranger, host]) person.calm();
  });

  test('the short code is asked for on the welcome page, and once', async () => {
    const session = await openSession(box, { who_may_join: 'code' });
    const code = (await box.api<{ join_code: string }>('GET', `/sessions/${session}`)).join_code;
    const guest = await Person.in(browser, box.url, { viewport: phone });
    const { page } = guest;
    await page.goto(`/chat?s=${session}`);
    await page.getByLabel('Code').fill('AAAAAA');
    await page.keyboard.press('Enter');
    await page.getByText('This is not the code of this session.').waitFor();
    await look(page, 'wrong-code');
    await page.getByLabel('Code').fill(`${code.slice(0, 3).toLowerCase()} ${code.slice(3)}`);
    await page.keyboard.press('Enter');
    await begin(page);
    await read(page, await answered(box, session, 0));
    guest.calm();

    // Who came by the code has typed it already.
    const second = await Person.in(browser, box.url, { viewport: phone });
    await second.page.goto('/join');
    await second.page.getByLabel('Code').fill(code);
    await second.page.keyboard.press('Enter');
    await second.page.getByLabel('Code').waitFor();
    expect(await second.page.getByLabel('Code').inputValue()).toBe(code);
    await second.page.getByRole('button', { name: 'Begin' }).click();
    await begin(second.page);
    await second.page.getByRole('textbox', { name: 'Your answer' }).waitFor();
    second.calm();
  });

  test('who has an account logs in, comes back, and takes part once under its name', async () => {
    const session = await openSession(box, { who_may_join: 'account' });
    const member = await Person.in(browser, box.url, { viewport: phone });
    const { page } = member;
    await page.goto(`/chat?s=${session}`);
    await page.getByRole('heading', { name: 'This session is for people with an account on this box' }).waitFor();
    await look(page, 'log-in');
    await page.getByRole('link', { name: 'Log in' }).click();
    await page.getByLabel('E-mail').fill(owner.email);
    await page.getByLabel('Password', { exact: true }).fill(owner.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText(`You take part as ${owner.name}.`).waitFor();
    await look(page, 'member');
    await page.getByRole('button', { name: 'Begin' }).click();
    expect(await page.getByLabel('Your name').count()).toBe(0);
    await begin(page);
    await page.getByRole('textbox', { name: 'Your answer' }).waitFor();
    const second = await Person.in(browser, box.url, { as: member, viewport: phone });
    await second.page.goto(`/chat?s=${session}`);
    await second.page.getByRole('heading', { name: 'You take part already' }).waitFor();
    const list = await box.api<{ data: { participant_name: string }[] }>('GET', `/sessions/${session}/conversations`);
    expect(list.data.map((one) => one.participant_name)).toEqual([owner.name]);
    member.calm();
    second.calm();
  });
});
