import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box } from './box.ts';
import { Person, desktop, launch } from './browser.ts';
import { logIn } from './people.ts';

const table = `Name;Shift;What holds you up?;What would help?
Ada;early;The saws are blunt because nobody orders new blades.;A canopy over the loading yard would help us in autumn.
Grace;late;Our quotas for the second shift are too high to reach.;
Edsger;late;;
`;

/** Material that was made elsewhere: a table becomes a session, and a file becomes part of one. */
describe('Bringing a file in', () => {
  let box: Box;
  let browser: Browser;
  let host: Person;

  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
    host = await Person.in(browser, box.url, { viewport: desktop });
    await logIn(host.page);
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  const file = (name: string, text: string) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(text) });

  test('what cannot be read is said, and nothing is stored', async () => {
    const { page } = host;
    await page.goto('/');
    await page.getByRole('link', { name: 'Or bring in conversations' }).click();
    await page.locator('input[type=file]').setInputFiles(file('broken.csv', 'a,b\n"x,y\n'));
    await page.getByRole('alert').getByText('quotation mark').waitFor();
    expect((await box.api<{ pagination: { total: number } }>('GET', '/sessions')).pagination.total).toBe(0);
  });

  test('a table is looked at, its columns are chosen, and it becomes a session with results', async () => {
    const { page } = host;
    await page.locator('input[type=file]').setInputFiles(file('Survey May.csv', table));
    await page.getByRole('heading', { name: 'A table of answers' }).waitFor();
    await page.getByText('In 1 of them nobody says anything.').waitFor();
    expect(await page.getByLabel('Shift').inputValue()).toBe('skip');
    await page.getByLabel('What would help?').selectOption('skip');
    await page.getByText('Our quotas').waitFor({ state: 'detached' });
    await page.getByLabel('What would help?').selectOption('answer');
    await page.getByText('A canopy over the loading yard').waitFor();
    host.calm();
    await page.getByRole('button', { name: 'Make a session of it' }).click();
    await page.waitForURL(/\/sessions\/hst_[^/]+\/results/);
    await page.getByText('The saws are blunt').first().waitFor();
  });

  test('a file becomes part of a session that is there', async () => {
    const { page } = host;
    const session = (await box.api<{ id: string }>('POST', '/sessions', { topic: 'Handover', goal: 'Learn what gets lost' })).id;
    await page.goto(`/sessions/${session}/results`);
    await page.getByRole('button', { name: 'What can be done with Handover' }).click();
    await page.getByRole('menuitem', { name: 'Bring conversations in' }).click();
    await page.locator('input[type=file]').setInputFiles(
      file('x.json', JSON.stringify({ participants: [{ user_name: 'Ada', chat_text: 'assistant : Well?\nuser : The printer on the ward is broken every night.' }] })),
    );
    await page.getByRole('button', { name: 'Put it into the session' }).click();
    await page.getByText('The printer on the ward').first().waitFor();
  });
});
