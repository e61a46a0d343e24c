import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Box, until } from './box.ts';
import { Person, desktop, launch, phone } from './browser.ts';
import { answered, expectOnceInOrder, join, openSession, read, say, turnsOf } from './people.ts';

/** What may go wrong between a phone and the box loses nothing and doubles nothing. */
describe('A conversation survives', () => {
  let quick: Box;
  let slow: Box;
  let browser: Browser;
  let guest: Person;

  beforeAll(async () => {
    quick = await Box.start();
    slow = await Box.start({ pace: '150ms' }); // a question of 25 words takes four seconds
    browser = await launch();
  });
  afterEach(async () => {
    guest.calm();
    await guest.close();
  });
  afterAll(async () => {
    await browser?.close();
    await quick?.remove();
    await slow?.remove();
  });

  const windows = [
    { window: 'on a phone', viewport: phone },
    { window: 'in a desktop window', viewport: desktop },
  ];

  // What is asked is long, so that there is time in mid-answer; the opening is short.
  const questions = [
    'What gets lost between two shifts, and how did you come to notice it the last time that it happened on the ward where you work?',
    'How do nights differ from days, in what is said at handover, in who is there to hear it, and in the time that there is for it?',
    'What would you keep as it is if you could decide alone how a handover goes from the first word to the last on all of the wards?',
  ];

  async function begin(box: Box, viewport = phone): Promise<string> {
    const session = await openSession(box);
    await box.api('PUT', `/sessions/${session}/guide`, {
      base_version: 1,
      guide: {
        opening: 'Welcome.',
        closing: 'Thank you.',
        topics: questions.map((question, at) => ({
          id: '', title: `Topic ${at + 1}`, aim: 'How it is.', question: at === 0 ? 'What gets lost?' : question, probes: [questions[0]], follow_ups: 1, minutes: 3,
        })),
      },
    });
    guest = await Person.in(browser, box.url, { viewport });
    await join(guest.page, session);
    await read(guest.page, await answered(box, session, 0));
    return session;
  }

  /** Waits until the page shows a part of the facilitator's next turn, whose end is seconds away. */
  async function inMidAnswer(session: string): Promise<void> {
    await guest.page.locator('li.speaking').waitFor();
    expect((await turnsOf(slow, session)).at(-1)?.role).toBe('participant');
  }

  const first = 'Changes to medication get lost, because they are only written on a sticky note.';
  const second = 'At night there is one nurse for two corridors, so nobody can hand over in peace.';

  test.each(windows)('a network that goes away in mid-message, $window', async ({ viewport }) => {
    const session = await begin(quick, viewport);
    await guest.context.setOffline(true);
    await say(guest.page, first);
    await guest.page.getByText('Waiting to be sent').waitFor();
    await guest.context.setOffline(false);
    await guest.page.getByText('Saved').first().waitFor();
    await answered(quick, session, 1);
    await say(guest.page, second);
    await answered(quick, session, 2);
    await expectOnceInOrder(quick, session, [first, second]);
  });

  test.each([['10 s', 10_000], ['10 min', 600_000]] as const)('a cut of %s, by the clock of the phone', async (_, long) => {
    const session = await begin(quick);
    await guest.page.clock.install();
    await guest.context.setOffline(true);
    await say(guest.page, first);
    await guest.page.getByText('Waiting to be sent').waitFor();
    await guest.page.clock.fastForward(long); // what was to be tried meanwhile is tried, in vain
    expect((await turnsOf(quick, session)).some((turn) => turn.content === first)).toBe(false);
    await guest.context.setOffline(false);
    await guest.page.getByText('Saved').first().waitFor();
    await read(guest.page, await answered(quick, session, 1));
    await say(guest.page, second);
    await answered(quick, session, 2);
    await expectOnceInOrder(quick, session, [first, second]);
  });

  test('an acknowledgement that is lost on its way', async () => {
    const session = await begin(quick);
    let lost = 0;
    await guest.page.route('**/api/v1/conversation/turns', async (route) => {
      if (lost++ > 0) return route.continue();
      await route.fetch(); // the box stores it; the phone never hears of that
      await route.abort('connectionreset');
    });
    await say(guest.page, first);
    await guest.page.getByText('Saved').first().waitFor();
    expect(lost).toBeGreaterThan(0);
    await guest.page.unrouteAll({ behavior: 'wait' });
    await read(guest.page, await answered(quick, session, 1));
    await expectOnceInOrder(quick, session, [first]);
  });

  test.each(windows)('a reload in mid-answer, $window', async ({ viewport }) => {
    const session = await begin(slow, viewport);
    await say(guest.page, first);
    await inMidAnswer(session);
    await guest.page.reload();
    await read(guest.page, await answered(slow, session, 1));
    await expectOnceInOrder(slow, session, [first]);
  });

  test('a closed tab, by the private link on another device', async () => {
    const session = await begin(quick);
    await say(guest.page, first);
    await answered(quick, session, 1);
    await guest.page.getByRole('button', { name: 'Private link to come back' }).click();
    const link = await guest.page.getByLabel('Private link', { exact: true }).inputValue();
    await guest.close();
    guest = await Person.in(browser, quick.url, { viewport: phone });
    await guest.page.goto(link);
    await guest.page.getByText(first).first().waitFor();
    expect(guest.page.url()).not.toContain('#t=');
    await say(guest.page, second);
    await answered(quick, session, 2);
    await expectOnceInOrder(quick, session, [first, second]);
  });

  test.each(windows)('a box that is killed in mid-answer and started again, $window', async ({ viewport }) => {
    const session = await begin(slow, viewport);
    await say(guest.page, first);
    await inMidAnswer(session);
    await slow.kill();
    await say(guest.page, second); // typed while the box is away
    await guest.page.getByText('Waiting to be sent').waitFor();
    await slow.up();
    await until(async () => (await turnsOf(slow, session)).filter((turn) => turn.role === 'participant').length === 2, 'the second message');
    await read(guest.page, await answered(slow, session, 2));
    await expectOnceInOrder(slow, session, [first, second]);
  });

  test('a host who closes the session in mid-answer: the words are kept and the page says so', async () => {
    const session = await begin(slow);
    await say(guest.page, first);
    await inMidAnswer(session);
    await slow.api('POST', `/sessions/${session}/close`);
    await guest.page.getByText('The host has closed this session').waitFor();
    await expectOnceInOrder(slow, session, [first]);
  });

  test('a participant who has everything erased', async () => {
    const session = await begin(quick);
    await say(guest.page, first);
    await answered(quick, session, 1);
    await guest.page.getByRole('button', { name: 'Finish early' }).click();
    await guest.page.getByRole('button', { name: 'Erase everything' }).click();
    await guest.page.getByRole('button', { name: 'Erase everything now' }).click();
    await guest.page.getByRole('heading', { name: 'Everything is erased' }).waitFor();
    expect(await turnsOf(quick, session)).toEqual([]);
    const left = await guest.page.evaluate(() => JSON.stringify(localStorage));
    expect(left).not.toContain('medication');
  });
});
