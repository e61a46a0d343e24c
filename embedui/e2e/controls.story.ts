import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, until } from './box.ts';
import { Person, desktop, launch, phone, tabTo } from './browser.ts';
import { answered, join, logIn, openSession, say, turnsOf } from './people.ts';

/** Where pictures of the pages go, when somebody wants to look at them. */
const pictures = process.env.PICTURES;

const topic = (question: string, control: Record<string, unknown>) => ({
  id: '', title: question, aim: '', question, probes: [], follow_ups: 0, minutes: 1, control,
});

const topics = [
  topic('How often does it happen?', { type: 'single', options: ['Every day', 'Every week', 'Never'] }),
  topic('Which shifts do you know?', { type: 'multiple', options: ['Early', 'Late', 'Night'] }),
  topic('How well does the handover work?', { type: 'rating', scale: 5, low: 'badly', high: 'well' }),
  topic('What matters most to you?', { type: 'ranking', options: ['Pay', 'Hours', 'Respect'] }),
];

/** A session whose guide asks one question by each control. */
async function controlled(box: Box): Promise<string> {
  const session = await openSession(box);
  await box.api('PUT', `/sessions/${session}/guide`, { guide: { opening: 'Hello.', closing: 'Thank you.', topics }, base_version: 1 });
  return session;
}

interface Picked {
  content: string;
  answer: { chosen?: number[]; rating?: number } | null;
}

const picks = async (box: Box, session: string) =>
  ((await turnsOf(box, session)) as unknown as (Picked & { role: string })[]).filter((t) => t.role === 'participant');

/** Whether the device keeps what is picked at a control. Runs in the page. */
const isKept = () =>
  new Promise<boolean>((resolve) => {
    const opening = indexedDB.open('harmonium');
    opening.onsuccess = () => {
      const keys = opening.result.transaction('texts').objectStore('texts').getAllKeys();
      keys.onsuccess = () => {
        opening.result.close();
        resolve(keys.result.some((key) => String(key).endsWith(':picked')));
      };
    };
  });

describe('A question that is answered by a control', () => {
  let box: Box;
  let browser: Browser;

  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  test('is answered with the keyboard, once for each kind, and the answers are kept with their words', async () => {
    const session = await controlled(box);
    const guest = await Person.in(browser, box.url, { viewport: phone });
    const { page } = guest;
    const { keyboard } = page;
    await join(page, session);

    await tabTo(page, page.getByRole('radio', { name: 'Never' }), 'Shift+Tab');
    await keyboard.press('ArrowUp');
    await tabTo(page, page.getByRole('button', { name: 'Send this answer' }));
    await keyboard.press('Enter');

    await page.getByRole('checkbox', { name: 'Night' }).waitFor();
    await tabTo(page, page.getByRole('checkbox', { name: 'Night' }), 'Shift+Tab');
    await keyboard.press('Space');
    await tabTo(page, page.getByRole('checkbox', { name: 'Early' }), 'Shift+Tab');
    await keyboard.press('Space');
    await tabTo(page, page.getByRole('button', { name: 'Send this answer' }));
    await keyboard.press('Enter');

    await page.getByRole('radio', { name: '4' }).waitFor();
    await page.getByText('1: badly. 5: well.').waitFor();
    await page.getByRole('radio', { name: '4' }).check();
    await page.getByRole('button', { name: 'Send this answer' }).press('Enter');

    await tabTo(page, page.getByRole('button', { name: 'Respect: move up' }), 'Shift+Tab');
    await keyboard.press('Enter');
    await page.getByText('Respect: place 2 of 3').waitFor({ state: 'attached' });
    await keyboard.press('Enter');
    await tabTo(page, page.getByRole('button', { name: 'Send this answer' }));
    await keyboard.press('Enter');
    await answered(box, session, 4);

    const stored = await picks(box, session);
    expect(stored.map((t) => t.content)).toEqual(['Every week', 'Early; Night', '4 / 5', '1. Respect\n2. Pay\n3. Hours']);
    expect(stored.map((t) => t.answer?.chosen ?? t.answer?.rating)).toEqual([[1], [0, 2], 4, [2, 0, 1]]);
    expect(await page.getByRole('button', { name: 'Send this answer' }).count()).toBe(0);
    guest.calm();
    await guest.close();
  });

  test('may be answered in own words, and words that say an option count as one', async () => {
    const session = await controlled(box);
    const guest = await Person.in(browser, box.url, { viewport: phone });
    await join(guest.page, session);
    await say(guest.page, 'It depends on who is on duty.');
    await guest.page.getByRole('checkbox', { name: 'Night' }).waitFor();
    await say(guest.page, 'late, night');
    await answered(box, session, 2);
    expect((await picks(box, session)).map((t) => t.answer?.chosen ?? null)).toEqual([null, [1, 2]]);
    guest.calm();
    await guest.close();
  });

  test('is answered while the box cannot be reached, survives a reload, and arrives once', async () => {
    const session = await controlled(box);
    const guest = await Person.in(browser, box.url, { viewport: phone });
    const { page } = guest;
    await join(page, session);
    await page.getByRole('radio', { name: 'Never' }).check();
    await until(() => page.evaluate(isKept), 'what was picked to be on the device');
    await page.reload();
    await page.getByRole('radio', { name: 'Never', checked: true }).waitFor();
    await box.kill();
    await page.getByRole('button', { name: 'Send this answer' }).click();
    await page.getByText('Waiting to be sent').waitFor();
    expect(await page.getByRole('radio').count()).toBe(0);
    await box.up();
    await page.getByRole('checkbox', { name: 'Night' }).waitFor();
    expect(await picks(box, session)).toMatchObject([{ content: 'Never', answer: { chosen: [2] } }]);
    await guest.close();
  });

  test('is ordered by dragging', async () => {
    const session = await controlled(box);
    await box.api('PUT', `/sessions/${session}/guide`, {
      guide: { opening: 'Hello.', closing: 'Thank you.', topics: topics.slice(3) }, base_version: 2,
    });
    const guest = await Person.in(browser, box.url, { viewport: phone });
    const { page } = guest;
    await join(page, session);
    const number = (place: number) => page.locator('li li .place').nth(place);
    await number(2).waitFor();
    await page.locator('li li').nth(2).scrollIntoViewIfNeeded();
    const [from, to] = [await number(2).boundingBox(), await number(0).boundingBox()];
    if (!from || !to) throw new Error('the list is not there');
    await page.mouse.move(from.x + 10, from.y + 10);
    await page.mouse.down();
    await page.mouse.move(to.x + 10, to.y + 10, { steps: 6 });
    await page.mouse.up();
    expect(await page.locator('li li .label').allInnerTexts()).toEqual(['Respect', 'Pay', 'Hours']);
    guest.calm();
    await guest.close();
  });

  test('is chosen by the facilitator for who has nothing to say, where the host lets it, and counted apart', async () => {
    const session = await openSession(box);
    const plain = (title: string) => ({ id: '', title, aim: '', question: `What about ${title}?`, probes: [], follow_ups: 2, minutes: 2 });
    const guide = { opening: 'Hello.', closing: 'Thank you.', topics: ['the board', 'the notes', 'the nights', 'the rest'].map(plain) };
    await box.api('PUT', `/sessions/${session}/guide`, { guide, base_version: 1 });
    const host = await Person.in(browser, box.url, { viewport: desktop });
    await logIn(host.page);
    await host.page.goto(`/sessions/${session}/design?tab=settings`);
    await host.page.getByRole('checkbox', { name: 'Let the facilitator offer answers to pick' }).check();
    await host.page.getByRole('button', { name: 'Save' }).click();
    await until(async () => (await box.api<{ widgets_enabled: boolean }>('GET', `/sessions/${session}`)).widgets_enabled, 'the switch to be saved');
    if (pictures) await host.page.screenshot({ path: `${pictures}/chosen-settings.png`, fullPage: true });

    const guest = await Person.in(browser, box.url, { viewport: phone });
    const { page } = guest;
    await join(page, session);
    await say(page, 'It hangs in the corridor because nobody asked us, for example on Sunday it was wiped.');
    await answered(box, session, 1);
    await say(page, 'They get lost because there is no place for them, for example under the cups.');
    await answered(box, session, 2);
    expect(await page.getByRole('radio').count()).toBe(0);
    await say(page, 'I don’t know.');
    await page.getByRole('radio', { name: 'Less often' }).waitFor();
    await tabTo(page, page.getByRole('radio', { name: 'Less often' }), 'Shift+Tab');
    for (const key of ['ArrowUp', 'ArrowUp']) await page.keyboard.press(key);
    await page.getByRole('radio', { name: 'Every week', checked: true }).waitFor();
    if (pictures) await page.screenshot({ path: `${pictures}/chosen.png`, fullPage: true });
    await tabTo(page, page.getByRole('button', { name: 'Send this answer' }));
    await page.keyboard.press('Enter');
    await answered(box, session, 4);
    expect(await page.getByRole('radio').count()).toBe(0);
    guest.calm();
    await guest.close();

    await host.page.goto(`/sessions/${session}/results`);
    await host.page.getByRole('heading', { name: 'Chosen for follow-ups' }).waitFor();
    await host.page.getByText('1 of 1 answered by choice.').waitFor();
    if (pictures) await host.page.screenshot({ path: `${pictures}/chosen-results.png`, fullPage: true });
    host.calm();
    await host.close();
  });
});
