import AxePackage from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, until } from './box.ts';
import { drawn, launch, Person, phone } from './browser.ts';
import { model, Ollama } from './ollama.ts';
import { logIn } from './people.ts';

const pictures = process.env.PICTURES;
const printers = 'The printer fails every Friday, so we write the labels by hand.';
const invented = 'a disgrace to the whole ward';

/** Questions to the Companion: sentences that lead to their words, nothing that nobody said, and the way back to them. */
describe('The Companion', () => {
  let ollama: Ollama;
  let box: Box;
  let browser: Browser;
  let session: string;

  beforeAll(async () => {
    ollama = await new Ollama().start();
    box = await Box.start({ ollama: ollama.url });
    browser = await launch();
    await until(async () => (await box.api<{ usable: boolean }>('GET', '/models')).usable, 'the model to be used');
    const made = await box.api<{ id: string }>('POST', '/sessions', { topic: 'Labels on the ward', goal: 'Find out what holds people up.', language: 'en' });
    session = made.id;
    const turns = [
      { speaker: 'Interviewer', text: 'What holds you up?' },
      { speaker: 'Ana', text: printers },
      { speaker: 'Ben', text: 'The canteen closes too early for the night shift.' },
    ];
    await box.api('POST', `/sessions/${session}/conversations`, { title: 'Round on Monday', turns });
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
    await ollama?.stop();
  });

  /** What axe finds serious, what is wider than the screen, and a picture, at both sizes in light and dark. */
  async function look(person: Person, name: string): Promise<void> {
    const { page } = person;
    const size = page.viewportSize();
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const viewport of [phone, { width: 1280, height: 860 }]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(viewport);
        await drawn(page);
        if (pictures) await page.screenshot({ path: `${pictures}/companion-${name}-${viewport.width}-${colorScheme}.png`, fullPage: true });
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), `${name} at ${viewport.width}`).toBeLessThanOrEqual(0);
        await page.evaluate(AxePackage.source);
        const found = await page.evaluate(async () => {
          const { axe } = window as unknown as { axe: typeof AxePackage };
          const { violations } = await axe.run(document, { resultTypes: ['violations'] });
          return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        });
        expect(found, `${name} at ${viewport.width}, ${colorScheme}`).toEqual([]);
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
    if (size) await page.setViewportSize(size);
  }

  /** Has the model answer, each sentence with the number of the turn in which the words stand. */
  function answers(...sentences: [text: string, words: string][]): void {
    ollama.answers = (told) => ({
      answered: sentences.length > 0,
      sentences: sentences.map(([text, words]) => ({ text, turns: [Number(told.match(new RegExp(`\\[(\\d+)\\][^\\n]*${words}`))?.[1] ?? 1)] })),
    });
  }

  async function ask(page: Page, question: string): Promise<void> {
    const field = page.getByRole('textbox');
    await field.fill(question);
    await field.press('Enter');
    await page.getByRole('heading', { name: question }).waitFor();
  }

  test('a sentence leads to its words, an invented quotation is never shown, and an answer is pinned', async () => {
    const host = await Person.in(browser, box.url);
    const { page } = host;
    const heard: string[] = [];
    page.on('response', (response) => void response.text().then((text) => heard.push(text), () => undefined));
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => heard.push(String(payload))));
    await logIn(page);
    await page.goto(`/sessions/${session}/companion`);
    answers(['When the printer fails, the labels are written by hand.', 'printer'], [`The printer is “${invented}”.`, 'printer']);
    await ask(page, 'What happens when the printer fails?');
    await page.getByText('When the printer fails, the labels are written by hand.').waitFor();
    await page.getByText('1 sentence of the model did not pass the check and is not shown.').waitFor();
    await page.getByText(`Made by the model ${model}`).waitFor();
    await look(host, 'answer');

    await page.getByRole('link', { name: 'Participant 1, turn 2' }).click();
    await page.waitForURL(/\/meetings\/[^?]+\?turn=1\b/);
    await page.locator('mark').getByText('The printer fails every Friday').waitFor();
    let reads = 0;
    page.on('request', (request) => (reads += Number(/\/companion\/threads\/[^/]+$/.test(request.url()))));
    await page.goBack();

    await page.getByRole('button', { name: 'Pin to Insights' }).click();
    await page.getByText('Pinned. Everybody who sees the insights').first().waitFor();
    await page.getByRole('region', { name: 'Pinned answers' }).getByText('When the printer fails, the labels are written by hand.').waitFor();
    const [document] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download (Markdown)' }).click()]);
    expect(document.suggestedFilename()).toBe('companion.md');
    expect(reads, 'a thread is read when it is opened and when it changes, and not again and again').toBeLessThan(8);

    answers();
    await ask(page, 'Who pays for the printer?');
    await page.getByText('This is not in your conversations.').waitFor();
    await look(host, 'thread');
    expect(heard.join('\n')).not.toContain(invented);

    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('The questions and answers are deleted.').waitFor();
    await page.getByRole('region', { name: 'Pinned answers' }).waitFor({ state: 'detached' });
    host.calm();
    await host.close();
  });

  test('without a model the best passages answer, over everything that one may see', async () => {
    await ollama.stop();
    await until(async () => !(await box.api<{ usable: boolean }>('GET', '/models')).usable, 'the model to be gone');
    const host = await Person.in(browser, box.url);
    const { page } = host;
    await logIn(page);
    await page.goto('/companion');
    await look(host, 'empty');
    await ask(page, 'When does the canteen close?');
    await page.getByText('The best passages, chosen by rules:').waitFor();
    await page.locator('blockquote', { hasText: 'The canteen closes too early' }).waitFor();
    await page.getByText('No model has answered: Ollama does not answer.').waitFor();
    await look(host, 'passages');
    await page.goto('/companion');
    await page.getByRole('navigation', { name: 'Asked before' }).getByRole('link', { name: 'When does the canteen close?' }).click();
    await page.locator('blockquote', { hasText: 'The canteen closes too early' }).waitFor();
    host.calm();
    await host.close();
  });
});
