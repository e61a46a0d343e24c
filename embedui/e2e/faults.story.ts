import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Box, until } from './box.ts';
import { Person, desktop, launch, phone } from './browser.ts';
import { answered, expectOnceInOrder, join, openSession, say, turnsOf } from './people.ts';

/** What may go wrong between a phone and the box loses nothing and doubles nothing. */
describe('A conversation survives', () => {
  let box: Box;
  let browser: Browser;
  let guest: Person;

  beforeAll(async () => {
    box = await Box.start({ pace: '120ms' }); // slow enough to do something in mid-answer
    browser = await launch();
  });
  afterEach(async () => {
    guest.calm();
    await guest.close();
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  const windows = [
    { window: 'on a phone', viewport: phone },
    { window: 'in a desktop window', viewport: desktop },
  ];

  async function begin(viewport = phone): Promise<string> {
    const session = await openSession(box);
    guest = await Person.in(browser, box.url, { viewport });
    await join(guest.page, session);
    await answered(box, session, 0);
    return session;
  }

  /** Waits until a part of the facilitator's next turn is on the page, and not the whole in the store. */
  async function inMidAnswer(session: string, turns: number): Promise<void> {
    await until(async () => (await turnsOf(box, session)).length === turns, 'the message to be stored');
    await guest.page.waitForTimeout(500);
    expect((await turnsOf(box, session)).at(-1)?.role).toBe('participant');
  }

  const first = 'Changes to medication get lost, because they are only written on a sticky note.';
  const second = 'At night there is one nurse for two corridors, so nobody can hand over in peace.';

  test.each(windows)('a network that goes away in mid-message, $window', async ({ viewport }) => {
    const session = await begin(viewport);
    await guest.context.setOffline(true);
    await say(guest.page, first);
    await guest.page.getByText('Waiting to be sent').waitFor();
    await guest.context.setOffline(false);
    await guest.page.getByText('Saved').first().waitFor();
    await answered(box, session, 1);
    await say(guest.page, second);
    await answered(box, session, 2);
    await expectOnceInOrder(box, session, [first, second]);
  });

  test('an acknowledgement that is lost on its way', async () => {
    const session = await begin();
    let lost = 0;
    await guest.page.route('**/api/v1/conversation/turns', async (route) => {
      if (lost++ > 0) return route.continue();
      await route.fetch(); // the box stores it; the phone never hears of that
      await route.abort('connectionreset');
    });
    await say(guest.page, first);
    await guest.page.getByText('Saved').first().waitFor();
    expect(lost).toBeGreaterThan(0);
    await answered(box, session, 1);
    await expectOnceInOrder(box, session, [first]);
  });

  test.each(windows)('a reload in mid-answer, $window', async ({ viewport }) => {
    const session = await begin(viewport);
    await say(guest.page, first);
    await inMidAnswer(session, 2);
    await guest.page.reload();
    const last = await answered(box, session, 1);
    await guest.page.getByText(last.content.slice(-30)).first().waitFor();
    await expectOnceInOrder(box, session, [first]);
  });

  test('a closed tab, by the private link on another device', async () => {
    const session = await begin();
    await say(guest.page, first);
    await answered(box, session, 1);
    await guest.page.getByRole('button', { name: 'Private link to come back' }).click();
    const link = await guest.page.getByLabel('Private link', { exact: true }).inputValue();
    await guest.close();
    guest = await Person.in(browser, box.url, { viewport: phone });
    await guest.page.goto(link);
    await guest.page.getByText(first).first().waitFor();
    expect(guest.page.url()).not.toContain('#t=');
    await say(guest.page, second);
    await answered(box, session, 2);
    await expectOnceInOrder(box, session, [first, second]);
  });

  test.each(windows)('a box that is killed in mid-answer and started again, $window', async ({ viewport }) => {
    const session = await begin(viewport);
    await say(guest.page, first);
    await inMidAnswer(session, 2);
    await box.kill();
    await say(guest.page, second); // typed while the box is away
    await guest.page.getByText('Waiting to be sent').waitFor();
    await box.up();
    await until(async () => (await turnsOf(box, session)).filter((turn) => turn.role === 'participant').length === 2, 'the second message');
    const last = await answered(box, session, 2);
    await guest.page.getByText(last.content.slice(-30)).first().waitFor();
    await expectOnceInOrder(box, session, [first, second]);
  });

  test('a host who closes the session in mid-answer: the words are kept and the page says so', async () => {
    const session = await begin();
    await say(guest.page, first);
    await inMidAnswer(session, 2);
    await box.api('POST', `/sessions/${session}/close`);
    await guest.page.getByText('The host has closed this session').waitFor();
    await expectOnceInOrder(box, session, [first]);
  });

  test('a participant who has everything erased', async () => {
    const session = await begin();
    await say(guest.page, first);
    await answered(box, session, 1);
    await guest.page.getByRole('button', { name: /Finish early/ }).or(guest.page.getByText('Finish early')).first().click();
    await guest.page.getByText('Erase everything', { exact: false }).first().click();
    await guest.page.getByRole('button', { name: 'Erase everything now' }).click();
    await guest.page.getByRole('heading', { name: 'Everything is erased' }).waitFor();
    expect(await turnsOf(box, session)).toEqual([]);
    const left = await guest.page.evaluate(() => JSON.stringify(localStorage));
    expect(left).not.toContain('medication');
  });
});
