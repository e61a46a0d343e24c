import AxePackage from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Box, owner } from './box.ts';
import { desktop, drawn, launch, Person, phone, type Scheme } from './browser.ts';
import { logIn } from './people.ts';

const pictures = process.env.PICTURES;
const topic = 'Handover between shifts';

let box: Box;
let browser: Browser;
let ruth: Person;
let session: string;

beforeAll(async () => {
  box = await Box.start();
  browser = await launch();
  ruth = await Person.in(browser, box.url);
  session = await brought(topic, [['Ana', 'Two printers are out of paper all night.'], ['Ben', 'The canteen closes too early.'], ['Cleo', 'Nobody tells the day shift.']]);
  await brought('Round about the canteen', [['Ana', 'I bring my own soup.', 'Cleo', 'I go without.']]);
  await logIn(ruth.page);
});
afterAll(async () => {
  await browser?.close();
  await box?.remove();
});

/** A session with conversations that were brought in: who speaks and what they say, by turns. */
async function brought(topic: string, conversations: string[][]): Promise<string> {
  const { id } = await box.api<{ id: string }>('POST', '/sessions', { topic, goal: topic, language: 'en' });
  for (const said of conversations) {
    const turns = [{ speaker: 'Interviewer', text: 'How was the night?' }];
    for (let i = 0; i < said.length; i += 2) turns.push({ speaker: said[i]!, text: said[i + 1]! });
    await box.api('POST', `/sessions/${id}/conversations`, { title: `With ${said[0]}`, turns });
  }
  return id;
}

/** Nothing that axe finds serious, nothing wider than the screen, at both sizes and in both schemes. */
async function look(name: string, page: Page = ruth.page): Promise<void> {
  await page.evaluate(AxePackage.source);
  for (const viewport of [phone, desktop]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as Scheme[]) {
      await page.emulateMedia({ colorScheme });
      await drawn(page);
      if (pictures) await page.screenshot({ path: `${pictures}/retention-${name}-${viewport.width}-${colorScheme}.png`, fullPage: true });
      const found = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: typeof AxePackage };
        const { violations } = await axe.run(document, { resultTypes: ['violations'] });
        const serious = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes[0]?.html}`);
        const { clientWidth, scrollWidth } = document.documentElement;
        return scrollWidth > clientWidth ? [...serious, `wider than the screen by ${scrollWidth - clientWidth} px`] : serious;
      });
      expect(found, `${name}, ${viewport.width}, ${colorScheme}`).toEqual([]);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

test('a period is set, and what goes when is shown', async () => {
  const { page } = ruth;
  await page.goto('/retention');
  await page.getByText('Nothing goes by itself in the next 30 days.').waitFor();
  await page.getByLabel('Days', { exact: true }).fill('20');
  await page.getByLabel('Days after which the sound of recordings goes').fill('7');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const upcoming = page.getByRole('region', { name: 'What goes in the next 30 days' });
  await upcoming.getByRole('link', { name: topic }).waitFor();
  expect(await upcoming.getByText('3 conversations; the session stays').count()).toBe(1);
  await look('period');
  await page.goto(`/sessions/${session}`);
  await page.getByText('First conversations go on').waitFor();
  await page.getByRole('button', { name: `What can be done with ${topic}` }).click();
  await page.getByText('How long it is kept').click();
  await page.getByText('This box sets 20 days.').waitFor();
  await look('keep');
  await page.getByLabel('Days after it is closed').fill('10');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved.').waitFor();
  const kept = await box.api<object>('GET', `/sessions/${session}/retention`);
  expect(kept).toMatchObject({ session: { days: 10 }, shortest: { days: 10 } });
});

test('a legal hold keeps a conversation, until it is lifted', async () => {
  const { page } = ruth;
  await page.goto(`/sessions/${session}`);
  await page.getByRole('button', { name: `What can be done with ${topic}` }).click();
  await page.getByText('Legal hold …').click();
  await page.getByLabel('Reason').fill('Works council, 12 May');
  await look('hold');
  await page.getByRole('button', { name: 'Place the hold' }).click();
  await page.getByText('The hold is placed.').waitFor();
  await page.getByText('Legal hold', { exact: true }).waitFor();

  const { data } = await box.api<{ data: { id: string; title: string }[] }>('GET', `/sessions/${session}/conversations`);
  const ana = data.find((c) => c.title === 'With Ana')!.id;
  await page.goto(`/conversations/${ana}`);
  await look('conversation');
  await page.getByRole('button', { name: 'Delete …' }).click();
  await page.getByLabel('The name, typed').fill('With Ana');
  await page.setViewportSize(phone);
  await page.getByRole('button', { name: 'Delete the conversation' }).click();
  await page.getByText('A legal hold is on this').waitFor();
  const covered = (alert: Element): boolean => {
    const { left, top, bottom } = alert.getBoundingClientRect();
    return [top + 4, bottom - 4].some((y) => !alert.contains(document.elementFromPoint(left + 12, y)));
  };
  expect(await page.getByRole('alert').evaluate(covered), 'the refusal is under the buttons').toBe(false);
  await look('refused');

  await page.goto('/retention');
  await page.getByText('Works council, 12 May').waitFor();
  await look('held');
  await page.getByRole('button', { name: 'Lift …' }).click();
  await page.getByLabel('The name, typed').fill(topic);
  await page.getByRole('button', { name: 'Lift the hold' }).click();
  await page.getByText('None is in force.').waitFor();
  await page.goto(`/conversations/${ana}`);
  await page.getByRole('button', { name: 'Delete …' }).click();
  await page.getByLabel('The name, typed').fill('With Ana');
  await page.getByRole('button', { name: 'Delete the conversation' }).click();
  await page.getByText('Deleted: 2 turns.').waitFor();
});

test('one person is erased in all sessions, with a receipt that can be checked', async () => {
  const { page } = ruth;
  await page.goto('/erase');
  await look('erase');
  await page.getByLabel('Name, address or answer').fill('cleo');
  await page.getByRole('button', { name: 'Find', exact: true }).click();
  const found = page.getByRole('checkbox', { name: /^Cleo, participant/ });
  await expect.poll(() => found.count()).toBe(2);
  for (const one of await found.all()) await one.check();
  await look('person');
  await page.getByRole('region', { name: 'One person' }).getByRole('button', { name: 'See what would go' }).click();
  await page.getByText('1 conversation, 2 people, 3 turns').waitFor();
  await page.getByText('its whole sound goes, for everybody').waitFor();
  await look('plan');
  await page.getByLabel('The name, typed').fill(await page.locator('.phrase').innerText());
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await page.getByText('Nobody sees it any more.').waitFor();
  await page.goto('/retention');
  await expect.poll(() => page.getByText('in no file of the box since').count(), { timeout: 60_000 }).toBe(2);
  await look('receipts');
  const left = await box.api<{ data: { title: string }[] }>('GET', `/sessions/${session}/conversations`);
  expect(left.data.map((c) => c.title)).toEqual(['With Ben']);

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: /^Receipt/ }).first().click();
  const file = await (await download).path();
  expect(box.command(['receipt', 'verify', file, '--here'])).toContain('The box has none of the 2 things');
});

test('the privacy page and the sheet tell what is kept and what is gone', async () => {
  const { page } = ruth;
  await page.goto('/privacy');
  const deleted = page.getByRole('region', { name: 'What was deleted' });
  await deleted.getByText('One person', { exact: true }).waitFor();
  await page.getByText('The sound of recordings is deleted 7 days after it was recorded').waitFor();
  await page.getByText('owner 1, administrator 0').waitFor();
  await look('privacy');
  await page.emulateMedia({ media: 'print' });
  if (pictures) await page.pdf({ path: `${pictures}/retention-privacy.pdf`, format: 'A4' });
  await page.emulateMedia({ media: 'screen' });
  // Whoever files the sheet opens it far from the box.
  const elsewhere = await browser.newPage();
  for (const language of ['en', 'ar']) {
    const sheet = await page.request.get(`${box.url}/api/v1/privacy/sheet?format=html&language=${language}`);
    await elsewhere.setContent(await sheet.text());
    if (language === 'en') await elsewhere.getByText('One person in all sessions, by ruth@example.org.').waitFor();
    await look(`sheet-${language}`, elsewhere);
    if (pictures) await elsewhere.pdf({ path: `${pictures}/retention-sheet-${language}.pdf`, format: 'A4' });
  }
  await elsewhere.close();
});

test('everything goes when the address is typed', async () => {
  const { page } = ruth;
  await page.goto('/erase');
  await page.getByRole('region', { name: 'Empty the box' }).getByRole('button', { name: 'See what would go' }).click();
  await page.getByLabel('The name, typed').fill('everything');
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await page.getByText('This is not the same.').waitFor();
  await look('everything');
  await page.getByLabel('The name, typed').fill(owner.email);
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await page.getByText('Nobody sees it any more.').waitFor();
  const list = await box.api<{ data: unknown[] }>('GET', '/sessions');
  expect(list.data).toEqual([]);
  ruth.calm();
});
