import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join as path } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, until } from './box.ts';
import { Person, desktop, drawn, launch, phone } from './browser.ts';
import { Ollama } from './ollama.ts';
import { answered, join, logIn, read, say } from './people.ts';

/** Where pictures go, for whoever wants to look at the pages: STORY_PICTURES=DIR. */
const pictures = process.env.STORY_PICTURES;

const topic = (question: string, control: Record<string, unknown> | null = null) => ({
  id: '', title: question, aim: '', question, probes: [], follow_ups: 0, minutes: 1, control,
});

const asked = [
  topic('How often is a proposal talked about?', { type: 'single', options: ['Every day', 'Every week', 'Never'] }),
  topic('Who should agree to it?', { type: 'multiple', options: ['Doctors', 'Nurses', 'Patients'] }),
  topic('How safe is it to try?', { type: 'rating', scale: 5, low: 'not at all', high: 'very' }),
  topic('What matters most to you?', { type: 'ranking', options: ['Pay', 'Hours', 'Respect'] }),
  topic('What would go wrong?'),
  topic('What would help?'),
];

const answers = [
  'The dropbear doctor shouts at the new nurses because he is tired in the morning.',
  'The echidna board helps us because everybody sees there what is still to be done.',
];

/** From a template to results that hold nothing of what a participant has taken back. */
describe('The whole line', () => {
  let ollama: Ollama;
  let box: Box;
  let browser: Browser;
  let host: Person;
  let guest: Person;
  let session = '';

  beforeAll(async () => {
    ollama = await new Ollama().start();
    box = await Box.start({ ollama: ollama.url });
    browser = await launch();
    host = await Person.in(browser, box.url, { viewport: desktop });
    guest = await Person.in(browser, box.url, { viewport: phone });
    await logIn(host.page);
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
    await ollama?.stop();
  });

  async function look(name: string): Promise<void> {
    if (!pictures) return;
    mkdirSync(pictures, { recursive: true });
    for (const [size, viewport] of Object.entries({ desktop, phone })) {
      await host.page.setViewportSize(viewport);
      await drawn(host.page);
      await host.page.screenshot({ path: `${pictures}/${name}-${size}.png`, fullPage: true });
    }
    await host.page.setViewportSize(desktop);
  }

  test('a template becomes a session, and a sentence refines its guide', async () => {
    const { page } = host;
    await page.goto('/templates?show=consent-decision');
    await page.getByRole('button', { name: 'Start from this' }).click();
    await page.getByLabel('Goal', { exact: true }).fill('Learn which objections there are.');
    await page.getByRole('button', { name: 'Make the session' }).click();
    await page.waitForURL(/\/sessions\/hst_\w+\/design/);
    session = /hst_\w+/.exec(page.url())?.[0] ?? '';
    ollama.says = JSON.stringify({ changes: [{ what: 'change', topic: 1, question: 'How would you put the proposal in your own plain words?' }] });
    await page.getByLabel('Change it by a sentence').fill('Plainer.');
    await page.getByRole('button', { name: 'Propose' }).click();
    await page.getByRole('button', { name: 'Save as a new version' }).click();
    await page.getByText('The proposal is saved as a new version.').waitFor();
    const { guide, version } = await box.api<{ guide: { topics: object[] }; version: number }>('GET', `/sessions/${session}/guide`);
    await box.api('PUT', `/sessions/${session}/guide`, { guide: { ...guide, topics: asked }, base_version: version });
    await ollama.stop(); // from here on the rules lead
    await until(async () => !(await box.api<{ usable: boolean }>('GET', '/models')).usable, 'the model to be gone');
  });

  test('it is rehearsed by characters and by the host, and the rehearsals say what there is to change', async () => {
    const { page } = host;
    await page.goto(`/sessions/${session}/launch`);
    await page.getByText('This session has not been rehearsed yet.').waitFor();
    await page.getByRole('link', { name: 'Rehearse' }).last().click();
    await page.getByText('Not rehearsed yet').waitFor();
    await page.getByRole('button', { name: 'Start 2 conversations' }).click();
    await page.getByRole('heading', { name: 'What this shows' }).waitFor();
    await page.getByText('finished', { exact: true }).nth(1).waitFor();
    await page.getByText('6 of 6 topics').first().waitFor();
    await look('rehearsed');

    await page.getByRole('button', { name: 'Begin a conversation' }).click();
    const [tab] = await Promise.all([host.context.waitForEvent('page'), page.getByRole('link', { name: 'Open it in a new tab' }).click()]);
    await tab.getByText('This is a rehearsal.').waitFor();
    await say(tab, 'The quokka printer fails.');
    await tab.getByText('The quokka printer fails.').waitFor();
    expect(await tab.evaluate(() => localStorage.length)).toBe(0);
    await tab.reload();
    await tab.getByText('The quokka printer fails.').waitFor();
    await tab.getByRole('button', { name: 'Start again' }).click();
    await tab.getByText('The quokka printer fails.').waitFor({ state: 'hidden' });
    await tab.getByRole('textbox', { name: 'Your answer' }).waitFor();
    await tab.getByRole('link', { name: 'Back to the session' }).click();
    await tab.getByRole('heading', { name: 'Rehearsals' }).waitFor();
    await tab.close();
    await page.locator('summary', { hasText: 'Yourself' }).nth(1).waitFor(); // without loading the page again
  });

  test('it is opened, and somebody answers by every control and in words', async () => {
    await host.page.goto(`/sessions/${session}/launch`);
    await host.page.getByRole('button', { name: 'Open the session' }).waitFor();
    expect(await host.page.getByText('This session has not been rehearsed yet.').count()).toBe(0);
    await host.page.getByRole('button', { name: 'Open the session' }).click();
    await host.page.getByRole('img', { name: /^QR code/ }).waitFor();

    const { page } = guest;
    const pick: Record<string, () => Promise<void>> = {
      single: () => page.getByRole('radio', { name: 'Every week' }).check(),
      multiple: () => page.getByRole('checkbox', { name: 'Nurses' }).check(),
      rating: () => page.getByRole('radio', { name: '4' }).check(),
      ranking: () => page.getByRole('button', { name: 'Respect: move up' }).click(),
    };
    await join(page, session);
    const picked: string[] = [];
    for (let said = 0, told = 0; ; said++) {
      const turn = (await answered(box, session, said)) as Awaited<ReturnType<typeof answered>> & { control: { type: string } | null };
      await read(page, turn);
      if (turn.move === 'read_back') break;
      if (turn.control) {
        await page.getByRole('button', { name: 'Send this answer' }).waitFor();
        await pick[turn.control.type]?.();
        await page.getByRole('button', { name: 'Send this answer' }).click();
        picked.push(turn.control.type);
      } else await say(page, turn.move === 'missed' ? 'Nothing' : (answers[told++] ?? 'I have nothing to add to that.'));
    }
    expect(picked).toEqual(['single', 'multiple', 'rating', 'ranking']);
  });

  test('they put one point otherwise, take one back, and rate how they were understood', async () => {
    const { page } = guest;
    const point = (word: string) => page.locator('section li').filter({ hasText: word });
    await point('echidna').getByRole('button', { name: 'Say it differently' }).click();
    await page.getByLabel('How you would say it').fill('The wombat board helps us because it is read aloud.');
    await page.getByRole('button', { name: 'Save' }).click();
    await point('wombat').waitFor();
    await point('dropbear').getByRole('button', { name: 'Take back' }).click();
    await point('dropbear').getByText('You have taken this back.').waitFor();
    await page.getByLabel('4', { exact: true }).check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('heading', { name: 'All done' }).waitFor();
  });

  test('the host sees what was decided, and results without what was taken back', async () => {
    const { page } = host;
    await box.api('POST', `/sessions/${session}/summary`); // made now, and not in a while
    await page.goto(`/sessions/${session}/results`);
    await page.getByRole('heading', { name: 'Answers by choice' }).waitFor();
    await page.getByText('1 person has told.').waitFor();
    await page.getByText('wombat').first().waitFor();
    await look('results');
    for (const word of ['dropbear', 'echidna', 'quokka']) expect(await page.locator('main').innerText()).not.toContain(word);
    await page.getByRole('link', { name: 'Responses' }).click();
    await page.getByRole('link', { name: 'Participant 1' }).click();
    await page.getByText('Edited: this counts').waitFor();
    await page.getByText('Withdrawn; the words are erased').waitFor();
    await page.getByText('Felt understood: 4 of 4.').waitFor();
    await look('conversation');
    const words = await page.locator('main').innerText();
    expect(words).not.toContain('dropbear');
    expect(words).toContain('echidna'); // said first, and to be read as that
  });

  test('nor do search, exports and a backup made now hold it', async () => {
    const found = async (word: string) => (await box.api<{ data: unknown[] }>('GET', `/search?q=${word}`)).data.length;
    expect([await found('wombat'), await found('dropbear'), await found('echidna')]).toEqual([1, 0, 0]);
    const exports = ['/report', '/summary', '', '/session-md', '/knowledge', '/responses?mode=full'].map((part) => box.api('GET', `/sessions/${session}${part}`));
    const text = JSON.stringify(await Promise.all(exports));
    expect(text).toContain('wombat');
    for (const word of ['dropbear', 'echidna', 'quokka']) expect(text).not.toContain(word);

    const dir = box.backedUp();
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    // Of planted words the tails are looked for: the search index keeps only what differs from the word before.
    const holds = (tail: RegExp) => files.some((file) => tail.test(readFileSync(path(file.parentPath, file.name), 'latin1')));
    expect([holds(/ombat/i), holds(/ropbear/i)]).toEqual([true, false]);
  });

  test('nothing went wrong unseen, and every request went to the box', () => {
    host.calm();
    guest.calm();
  });
});
