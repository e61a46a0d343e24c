import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, until } from './box.ts';
import { Person, desktop, launch, phone, tabTo } from './browser.ts';
import { join, logIn, openSession, say } from './people.ts';

const pictures = process.env.PICTURES;

const topic = (title: string, question: string) => ({ id: '', title, aim: '', question, probes: [], follow_ups: 0, minutes: 1 });
const topics = [
  topic('Your work', 'What does a day at your place look like?'),
  topic('What would help', 'What would make your work easier?'),
  topic('Anything else', 'What else should the board hear about?'),
];

const parking = [
  'We need more parking because the yard is full by seven.',
  'The parking is hopeless, since vans stand everywhere.',
  'I want parking near the gate because I carry tools.',
  'They should mark the parking so that everybody finds a space.',
  'The lack of parking makes me late, because I circle for ages.',
];

/** Somebody who takes part by the interface and ends after two answers. */
async function takePart(box: Box, session: string, answers: string[]): Promise<void> {
  const call = async (method: string, path: string, body?: unknown, token = '') => {
    const answer = await fetch(`${box.url}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
    return answer.status === 204 ? null : answer.json();
  };
  const { token } = await call('POST', `/join/${session}`, { language: 'en', consent: true });
  for (const [i, content] of answers.entries()) {
    await until(async () => !(await call('GET', '/conversation', undefined, token)).owed, 'the next question');
    await call('POST', '/conversation/turns', { content, key: `answer-${i}` }, token);
  }
  await until(async () => !(await call('GET', '/conversation', undefined, token)).owed, 'the last question');
  await call('POST', '/conversation/finish', { keep: true }, token);
}

describe('Ideas of others', () => {
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

  test('are switched on by the host, offered once five others have spoken, left out by a key, and shown with whom they went to', async () => {
    const session = await openSession(box);
    await box.api('PUT', `/sessions/${session}/guide`, { guide: { opening: 'Hello.', closing: 'Thank you.', topics }, base_version: 1 });
    const host = await Person.in(browser, box.url, { viewport: desktop });
    const { page } = host;
    await logIn(page);

    await page.goto(`/sessions/${session}/ideas`);
    await page.getByRole('heading', { name: 'No ideas of others are offered' }).waitFor();
    await page.goto(`/sessions/${session}/design?tab=settings`);
    await page.getByLabel('Offer ideas of others').check();
    const least = page.getByLabel('Only when so many others have spoken to the topic');
    expect(await least.inputValue()).toBe('5');
    if (pictures) await page.screenshot({ path: `${pictures}/ideas-settings.png`, fullPage: true });
    await page.getByRole('button', { name: 'Save' }).click();
    await until(async () => (await box.api<{ cross_pollination: boolean }>('GET', `/sessions/${session}`)).cross_pollination, 'it is saved');

    await Promise.all(parking.map((words, i) => takePart(box, session, [`I do job number ${i + 1}, because somebody has to.`, words])));
    await until(async () => (await box.api<{ ideas: unknown[] }>('GET', `/sessions/${session}/ideas`)).ideas.length > 0, 'there is an idea');

    const guest = await Person.in(browser, box.url, { viewport: phone });
    await join(guest.page, session);
    await say(guest.page, 'I mend tools, because they break often in our hands.');
    await guest.page.getByText('What would make your work easier?').first().waitFor();
    await say(guest.page, 'Better light would help, because I work in the cellar.');
    await guest.page.getByText('Some people here also brought this up: parking.').first().waitFor();
    await guest.page.getByText('This comes from others in this group').first().waitFor();
    if (pictures) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await guest.page.emulateMedia({ colorScheme });
        await guest.page.screenshot({ path: `${pictures}/ideas-phone-${colorScheme}.png` });
      }
    }
    await tabTo(guest.page, guest.page.getByRole('button', { name: 'Skip this' }), 'Shift+Tab');
    await guest.page.keyboard.press('Enter');
    await guest.page.getByText('What else should the board hear about?').first().waitFor();
    expect(await guest.page.getByRole('button', { name: 'Skip this' }).count()).toBe(0);

    await page.goto(`/sessions/${session}/ideas`);
    await page.getByText('Some people here also brought this up: parking.').first().waitFor();
    await page.getByRole('link', { name: 'Participant 6' }).waitFor();
    await page.getByText('From 5 claims').first().click();
    await page.getByText('The parking is hopeless').first().waitFor();
    if (pictures) {
      for (const [size, viewport] of Object.entries({ phone, desktop })) {
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.setViewportSize(viewport);
          await page.emulateMedia({ colorScheme });
          await page.screenshot({ path: `${pictures}/ideas-host-${size}-${colorScheme}.png`, fullPage: true });
        }
      }
      await page.setViewportSize(desktop);
    }
    await page.getByRole('link', { name: 'Participant 6' }).click();
    await page.getByText('Idea of others, offered').waitFor();
    await page.getByText('Reply to an idea of others').waitFor();
    if (pictures) await page.screenshot({ path: `${pictures}/ideas-transcript.png`, fullPage: true });
    host.calm();
    guest.calm();
  });
});
