import { readdirSync, readFileSync } from 'node:fs';
import { join as path } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, until } from './box.ts';
import { Person, launch, phone } from './browser.ts';
import { answered, join, openSession, read, say } from './people.ts';

/** A participant decides what becomes of their words, and the results keep to it. */
describe('The read-back', () => {
  let box: Box;
  let browser: Browser;
  let guest: Person;
  let session = '';

  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
    guest = await Person.in(browser, box.url, { viewport: phone });
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  const answers = [
    'The dropbear doctor shouts at the new nurses because he is tired in the morning.',
    'The echidna board helps us because everybody sees there what is still to be done.',
    'The quokka printer fails every week because nobody orders the toner in time.',
  ];

  /** Everything that the host is told, as text. */
  async function told(): Promise<string> {
    await box.api('POST', `/sessions/${session}/summary`);
    const list = await box.api<{ data: { id: string }[] }>('GET', `/sessions/${session}/conversations`);
    const paths = [`/sessions/${session}/report`, `/sessions/${session}/summary`, `/sessions/${session}`, `/sessions/${session}/knowledge`,
      `/sessions/${session}/responses?mode=full`, ...['dropbear', 'echidna', 'wombat'].map((word) => `/search?q=${word}`),
      ...list.data.map(({ id }) => `/conversations/${id}`)];
    return (await Promise.all(paths.map((p) => box.api('GET', p)))).map((answer) => JSON.stringify(answer)).join('\n');
  }

  test('is asked what was missed before anything is shown', async () => {
    session = await openSession(box);
    await join(guest.page, session);
    for (let said = 0; ; said++) {
      const turn = await answered(box, session, said);
      await read(guest.page, turn);
      if (turn.move === 'read_back') break;
      expect(turn.points).toEqual([]);
      await say(guest.page, turn.move === 'missed' ? 'Nothing' : (answers[said] ?? 'I have nothing to add to that.'));
    }
  });

  test('points are put otherwise and taken back, and understanding is rated', async () => {
    const { page } = guest;
    const point = (word: string) => page.locator('section li').filter({ hasText: word });
    await point('dropbear').waitFor();
    await point('echidna').getByRole('button', { name: 'Say it differently' }).click();
    await page.getByLabel('How you would say it').fill('The wombat board helps us because it is read aloud.');
    await page.getByRole('button', { name: 'Save' }).click();
    await point('wombat').waitFor();
    await point('dropbear').getByRole('button', { name: 'Take back' }).click();
    await point('dropbear').getByText('You have taken this back.').waitFor();
    await page.getByLabel('4', { exact: true }).check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('heading', { name: 'All done' }).waitFor();
    const text = await told();
    expect(text).not.toContain('dropbear');
    expect(text).toContain('wombat');
    expect(text).toContain('"rating":4');
    await page.getByText('You have taken this back. The words are erased.').waitFor();
  });

  test('everything is taken back later, and is nowhere any more', async () => {
    const { page } = guest;
    await page.reload();
    await page.getByRole('button', { name: 'Take back everything' }).click();
    await page.getByRole('button', { name: 'Erase everything now' }).click();
    await page.getByRole('heading', { name: 'Everything is erased' }).waitFor();
    const text = await told();
    for (const word of ['dropbear', 'wombat', 'echidna', 'quokka']) expect(text).not.toContain(word);
    const files = () => readdirSync(box.dir, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    // Of planted words the tails are looked for: the search index keeps only what differs from the word before.
    const left = () => files().filter((file) => /ropbear|ombat|chidna|uokka/i.test(readFileSync(path(file.parentPath, file.name), 'latin1')));
    await until(async () => left().length === 0, 'the words to be gone from the data directory');
  });
});
