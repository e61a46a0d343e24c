import type { Browser, Page } from 'playwright-core';
import { createHmac } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, owner } from './box.ts';
import { Person, desktop, drawn, launch, phone } from './browser.ts';
import { logIn } from './people.ts';

const pictures = process.env.PICTURES;

/** What an authenticator app shows at a time (RFC 6238), in milliseconds. */
function codeOf(secret: string, at = Date.now()): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g)?.map((byte) => parseInt(byte, 2)) ?? []);
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const sum = createHmac('sha1', key).update(counter).digest();
  const offset = (sum.at(-1) ?? 0) & 15;
  return String((sum.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** People come to the box by links, prove their log-ins twice, and are out when they are told to be. */
describe('The people on the box', () => {
  let box: Box;
  let browser: Browser;
  let ruth: Person;
  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
    if (pictures) mkdirSync(pictures, { recursive: true });
    ruth = await Person.in(browser, box.url);
    await logIn(ruth.page);
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  async function look(page: Page, name: string): Promise<void> {
    await drawn(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
    if (!pictures) return;
    const size = page.viewportSize() ?? desktop;
    for (const [viewport, colorScheme] of [[desktop, 'light'], [phone, 'dark']] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await drawn(page);
      await page.screenshot({ path: `${pictures}/people-${name}-${viewport.width}.png`, fullPage: true });
    }
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  }

  const row = (page: Page, name: string) => page.locator('li', { hasText: name });

  async function invite(page: Page, name: string): Promise<string> {
    await page.goto('/people');
    await page.getByRole('button', { name: 'Invite people' }).click();
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Role on this box').selectOption('editor');
    await look(page, 'invite');
    await page.getByRole('button', { name: 'Make links' }).click();
    const link = await page.getByLabel(name, { exact: true }).inputValue();
    await look(page, 'link');
    await page.getByRole('button', { name: 'Done', exact: true }).click();
    await page.getByText('1 link is good at present').waitFor();
    return link;
  }

  test('somebody is invited, comes in, sets up a second factor, logs in with it and with a recovery code, and is out at once', async () => {
    const link = await invite(ruth.page, 'Ana Koch');
    const ana = await Person.in(browser, box.url);
    const { page } = ana;
    await page.goto(link);
    await page.getByText(`${owner.name} invites you to this box.`).waitFor();
    expect(page.url(), 'the secret stays in the address').not.toContain('#');
    await look(page, 'accept');
    await page.getByLabel('E-mail').fill('ana@example.org');
    await page.getByLabel('Password', { exact: true }).fill('password1');
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.locator('[aria-invalid]').waitFor();
    await page.getByLabel('Password', { exact: true }).fill(owner.password);
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.getByRole('heading', { name: 'Your sessions' }).waitFor();

    await page.goto('/account');
    await page.getByRole('button', { name: 'Set up', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Password').fill(owner.password);
    await page.getByRole('button', { name: 'Begin' }).click();
    const secret = await page.getByLabel('Or type this into the app').inputValue();
    await look(page, 'factor');
    await page.getByLabel('Code that the app shows').fill(codeOf(secret));
    await page.getByRole('button', { name: 'Switch it on' }).click();
    await page.getByRole('heading', { name: 'Recovery codes' }).waitFor();
    const recovery = await page.getByRole('dialog').locator('ol li').allTextContents();
    expect(recovery).toHaveLength(10);
    await look(page, 'codes');
    await page.getByRole('button', { name: 'I have kept them' }).click();
    await page.getByText('10 recovery codes are left').waitFor();
    await look(page, 'account');

    const second = await Person.in(browser, box.url);
    await second.page.goto('/login');
    await second.page.getByLabel('E-mail').fill('ana@example.org');
    await second.page.getByLabel('Password', { exact: true }).fill(owner.password);
    await second.page.getByRole('button', { name: 'Log in' }).click();
    await second.page.getByLabel('Code from your authenticator app').fill('000000');
    await second.page.getByRole('button', { name: 'Log in' }).click();
    await second.page.getByText('This code is not right').waitFor();
    await look(second.page, 'code');
    // The code of the next half minute: that of now was used to switch it on.
    await second.page.getByLabel('Code from your authenticator app').fill(codeOf(secret, Date.now() + 30_000));
    await second.page.getByRole('button', { name: 'Log in' }).click();
    await second.page.getByRole('heading', { name: 'Your sessions' }).waitFor();

    const third = await Person.in(browser, box.url, { viewport: phone });
    await third.page.goto('/login');
    await third.page.getByLabel('E-mail').fill('ana@example.org');
    await third.page.getByLabel('Password', { exact: true }).fill(owner.password);
    await third.page.getByRole('button', { name: 'Log in' }).click();
    await third.page.getByLabel('Code from your authenticator app').fill(recovery[0] ?? '');
    await third.page.getByRole('button', { name: 'Log in' }).click();
    await third.page.getByRole('heading', { name: 'Your sessions' }).waitFor();

    await ruth.page.goto('/people');
    await look(ruth.page, 'people');
    await ruth.page.getByRole('button', { name: 'Actions for Ana Koch' }).click();
    await ruth.page.getByRole('menuitem', { name: 'Deactivate' }).click();
    await ruth.page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click();
    await row(ruth.page, 'ana@example.org').getByText('deactivated').waitFor();
    await look(ruth.page, 'deactivated');
    for (const one of [ana, second, third]) {
      await one.page.goto('/account');
      await one.page.getByRole('button', { name: 'Log in' }).waitFor();
    }
    for (const one of [ruth, ana, second, third]) one.calm();
  });

  test('a table invites many at once, or nobody; the cards are printed', async () => {
    const { page } = ruth;
    await page.goto('/people');
    await page.getByRole('button', { name: 'Invite people' }).click();
    await page.getByLabel('A table', { exact: true }).check();
    const send = async (text: string) => {
      await page.getByLabel('Table (CSV)').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
      await page.getByRole('button', { name: 'Make links' }).click();
    };
    await send(`name,email,ward\nOlena Ковальчук,olena@example.org,3\nVera,${owner.email},4\n`);
    await page.getByText('Line 3: This address').waitFor();
    await look(page, 'table');
    await send('name,email,ward\nOlena,olena@example.org,3\nVera Vogel,vera@example.org,4\n');
    await page.getByRole('heading', { name: '2 new cards' }).waitFor();
    await page.getByText('Columns that were left out: ward').waitFor();
    await look(page, 'cards');
    await page.emulateMedia({ media: 'print' });
    const paper = await page.pdf({ preferCSSPageSize: true, printBackground: true, ...(pictures && { path: `${pictures}/people-cards.pdf` }) });
    expect(paper.toString('latin1').match(/\/Type ?\/Page\b/g), 'nothing but cards is printed').toHaveLength(1);
    await page.emulateMedia({ media: 'screen', colorScheme: 'light', reducedMotion: 'reduce' });
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the links as a table' }).click()]);
    expect(readFileSync(await file.path(), 'utf8')).toContain('/accept#t=');
    await page.getByRole('button', { name: 'Done', exact: true }).click();
    await page.getByRole('button', { name: 'Take all back' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
    await page.getByText('Nobody is invited at present.').waitFor();
    ruth.calm();
  });

  test('a new password comes by a link, and an account is deleted with what it owns handed over', async () => {
    const link = await invite(ruth.page, 'Otto Weiss');
    const otto = await Person.in(browser, box.url, { language: 'ar' });
    await otto.page.goto(link);
    await otto.page.locator('input[type=email]').fill('otto@example.org');
    await look(otto.page, 'accept-ar');
    await otto.page.locator('input[type=password]').fill(owner.password);
    await otto.page.locator('button[type=submit]').click();
    await otto.page.waitForURL('**/');

    const { page } = ruth;
    await page.goto('/people');
    await page.getByRole('button', { name: 'Actions for Otto Weiss' }).click();
    await page.getByRole('menuitem', { name: 'Link to a new password' }).click();
    await page.getByRole('button', { name: 'Make the link' }).click();
    const anew = await page.getByRole('dialog').getByLabel('Link to a new password').inputValue();
    await look(page, 'password');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    const other = await Person.in(browser, box.url);
    await other.page.goto(anew);
    await other.page.getByLabel('New password').fill('another quiet room with a view');
    await other.page.getByRole('button', { name: 'Change the password' }).click();
    await other.page.getByText('Your new password is set.').waitFor();
    await other.page.goto('about:blank');
    await other.page.goto(anew);
    await other.page.getByText('This link is not good').waitFor();
    await look(other.page, 'void');

    await page.getByRole('button', { name: 'Actions for Otto Weiss' }).click();
    await page.getByRole('menuitem', { name: 'Delete the account' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('otto@example.org');
    await look(page, 'delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete the account' }).click();
    await page.getByText('The account of Otto Weiss is deleted.').waitFor();
    await row(page, 'otto@example.org').waitFor({ state: 'detached' });
    for (const one of [ruth, otto, other]) one.calm();
  });

  test('where the box asks for a second factor, nothing else can be done before it is set up', async () => {
    const { page } = ruth;
    await page.goto('/people');
    await page.getByLabel('Owners and administrators').click(); // it goes with the page, before it could be looked at
    await page.getByRole('heading', { name: 'Set up your second factor' }).waitFor();
    await page.goto('/privacy');
    await page.getByRole('heading', { name: 'Set up your second factor' }).waitFor();
    await look(page, 'enrol');
    await page.getByLabel('Password').fill(owner.password);
    await page.getByRole('button', { name: 'Begin' }).click();
    const secret = await page.getByLabel('Or type this into the app').inputValue();
    await page.getByLabel('Code that the app shows').fill(codeOf(secret));
    await page.getByRole('button', { name: 'Switch it on' }).click();
    await page.getByRole('button', { name: 'I have kept them' }).click();
    await page.getByRole('navigation').first().waitFor();
    box.command(['user', 'no-second-factor', '--email', owner.email]);
    await page.reload();
    await page.getByRole('heading', { name: 'Set up your second factor' }).waitFor();
    ruth.calm();
  });
});
