import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box } from './box.ts';
import { Person, desktop, launch, phone } from './browser.ts';
import { answered, join, logIn, openSession, read, say } from './people.ts';

/** Where the pages are kept as pictures, to be looked at; nowhere without. */
const pictures = process.env.PICTURES;

/** What a facilitator does beside its guide, as participant and host see it. */
describe('Beside the guide', () => {
  let box: Box;
  let browser: Browser;
  let host: Person;
  let guest: Person;
  let session: string;
  const secret = 'Since March I do not want to live any more.';

  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
    host = await Person.in(browser, box.url, { viewport: desktop });
    guest = await Person.in(browser, box.url, { viewport: phone });
    session = await openSession(box);
    await box.api('PATCH', `/sessions/${session}`, { host: 'Ward council' });
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  test('the host sets where help is and how long anybody waits', async () => {
    const { page } = host;
    await logIn(page);
    await page.goto(`/sessions/${session}/design?tab=settings`);
    await page.getByLabel('Where help is').fill('Ring the ward council on 4711, day and night.');
    await page.getByLabel('Offer to go on without the model').fill('30');
    await page.getByLabel('Go on without the model after (seconds)', { exact: true }).fill('10');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Choose at least 30 seconds').first().waitFor();
    await page.getByLabel('Go on without the model after (seconds)', { exact: true }).fill('60');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(async () => (await box.api<{ take_over_after: number }>('GET', `/sessions/${session}`)).take_over_after).toBe(60);
    if (pictures) await page.screenshot({ path: `${pictures}/settings.png`, fullPage: true });
  });

  test('a question is answered and the own one asked again', async () => {
    const { page } = guest;
    await join(page, session);
    await read(page, await answered(box, session, 0));
    await say(page, 'Who is asking?');
    const turn = await answered(box, session, 1);
    await read(page, turn);
    expect(turn.move).toBe('reply');
    expect(await page.locator('li.newest').innerText()).toContain('Ward council');
    if (pictures) await page.screenshot({ path: `${pictures}/reply.png` });
  });

  test('who finds something hard to bear is told where help is, and the host that it is so', async () => {
    await host.page.goto(`/sessions/${session}/live`);
    await host.page.getByText('Up to date').waitFor();
    await say(guest.page, secret);
    const turn = await answered(box, session, 2);
    await read(guest.page, turn);
    expect(await guest.page.locator('li.newest').innerText()).toContain('4711');
    await host.page.getByRole('alert').getByText('something is hard to bear').waitFor();
    expect(await host.page.locator('body').innerText()).not.toContain('want to live');
    if (pictures) {
      await guest.page.screenshot({ path: `${pictures}/care.png` });
      await host.page.screenshot({ path: `${pictures}/live.png` });
      await host.page.emulateMedia({ colorScheme: 'dark' });
      await host.page.setViewportSize(phone);
      await host.page.screenshot({ path: `${pictures}/live-dark.png` });
    }
    host.calm();
    guest.calm();
  });
});
