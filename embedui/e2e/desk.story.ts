import { mkdirSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box } from './box.ts';
import { Person, desktop, drawn, launch, phone } from './browser.ts';
import { Ollama } from './ollama.ts';
import { logIn } from './people.ts';

/** Where pictures go, for whoever wants to look at the pages: STORY_PICTURES=DIR. */
const pictures = process.env.STORY_PICTURES;

/** From a template to a design of one's own, refined by a sentence and saved for the next time. */
describe('The design desk', () => {
  let ollama: Ollama;
  let box: Box;
  let browser: Browser;
  let host: Person;

  beforeAll(async () => {
    ollama = await new Ollama().start();
    box = await Box.start({ ollama: ollama.url });
    browser = await launch();
    host = await Person.in(browser, box.url, { viewport: desktop });
    await logIn(host.page);
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
    await ollama?.stop();
  });

  /** Takes the page at both sizes, light and dark. */
  async function look(name: string): Promise<void> {
    if (!pictures) return;
    mkdirSync(pictures, { recursive: true });
    const { page } = host;
    for (const [size, viewport] of Object.entries({ desktop, phone })) {
      for (const scheme of ['light', 'dark'] as const) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme: scheme });
        await drawn(page);
        await page.screenshot({ path: `${pictures}/${name}-${size}-${scheme}.png`, fullPage: !(await page.locator('dialog[open]').count()) });
      }
    }
    await page.setViewportSize(desktop);
    await page.emulateMedia({ colorScheme: 'light' });
  }

  test('a template is found, read, and started from', async () => {
    const { page } = host;
    await page.goto('/templates');
    await page.getByRole('heading', { name: 'With the box' }).waitFor();
    expect(await page.getByRole('article').count()).toBe(16);
    await look('gallery');
    await page.getByRole('button', { name: 'Decide', exact: true }).click();
    await page.getByPlaceholder('Search the templates').fill('objections');
    expect(await page.getByRole('article').count()).toBe(1);
    await page.getByRole('button', { name: 'Consent decision' }).click();
    await page.getByText('What change would make it safe enough to try?').waitFor();
    await look('preview');
    await page.getByRole('button', { name: 'Start from this' }).click();
    await page.getByText('From the template “Consent decision”.').waitFor();
  });

  test('the brief is looked at and completed as it is written', async () => {
    const { page } = host;
    expect(await page.getByLabel('Topic', { exact: true }).inputValue()).toBe('Our proposal, put to consent');
    await page.getByText('Something is still to be filled in').waitFor();
    await page.getByLabel('Goal', { exact: true }).fill('Prove that the proposal is right.');
    await page.getByText('Leading: it says which answer is wanted.').waitFor();
    await look('create');
    ollama.says = '{"text":"Learn which objections there are, and what would resolve them."}';
    await page.getByRole('button', { name: 'Suggest: Goal' }).click();
    await page.getByText(/^A proposal of the model /).waitFor();
    await page.getByRole('button', { name: 'Use this' }).click();
    expect(await page.getByLabel('Goal', { exact: true }).inputValue()).toBe('Learn which objections there are, and what would resolve them.');
    await page.getByText('Leading: it says which answer is wanted.').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Make the session' }).click();
    await page.waitForURL(/\/sessions\/hst_\w+\/design/);
    await page.getByText('What harm to our common aim do you see if we try this?').waitFor();
  });

  test('a sentence changes the guide, word by word, and only where it is wanted', async () => {
    const { page } = host;
    ollama.says = JSON.stringify({
      changes: [
        { what: 'change', topic: 1, question: 'How would you put the proposal in your own plain words?' },
        { what: 'remove', topic: 2 },
        { what: 'add', topic: 3, title: 'Night shifts', aim: '', question: 'What would it change for the night shifts?', probes: [] },
      ],
    });
    await page.getByLabel('Change it by a sentence').fill('Shorter, and ask about night shifts.');
    await page.getByRole('button', { name: 'Propose' }).click();
    const proposal = page.getByRole('region', { name: /proposes$/ });
    await proposal.waitFor();
    expect((await proposal.locator('ins', { hasText: 'plain' }).innerText()).trim()).toBe('plain');
    await look('diff');
    await proposal.locator('.gone').getByLabel('Take this change').uncheck();
    await proposal.getByRole('button', { name: 'Accept 2 changes' }).click();
    await page.getByText('The proposal is saved as a new version.').waitFor();
    await page.getByText('What would it change for the night shifts?').waitFor();
    await page.getByText('What was your first reaction when you read it?').waitFor(); // it was to go, and stays
  });

  test('two versions are compared', async () => {
    const { page } = host;
    await page.getByRole('button', { name: 'Version 2' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('From the template “Consent decision”').waitFor();
    await dialog.getByLabel('Compare with').selectOption({ label: 'Version 1' });
    await dialog.getByText('What changes from version 1 to version 2').waitFor();
    expect((await dialog.locator('ins', { hasText: 'plain' }).innerText()).trim()).toBe('plain');
    await look('versions');
    await dialog.getByRole('button', { name: 'Close' }).click();
  });

  test('what a model is told can be replaced', async () => {
    const { page } = host;
    const session = /hst_\w+/.exec(page.url())?.[0] ?? '';
    await page.goto(`/sessions/${session}/design?tab=settings`);
    await page.getByText('What the model is told').click();
    await page.getByText('This is the guide as one text.').waitFor();
    await page.getByRole('button', { name: 'Write a text of your own' }).click();
    await page.getByLabel('Your own text').fill('Listen for harm to the common aim.');
    await look('prompt');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved').first().waitFor();
    expect((await box.api<{ prompt_override: string }>('GET', `/sessions/${session}`)).prompt_override).toBe('Listen for harm to the common aim.');
  });

  test('the session is saved as a template, for the next time', async () => {
    const { page } = host;
    await page.getByRole('button', { name: /^What can be done with/ }).click();
    await page.getByRole('menuitem', { name: 'Save as a template' }).click();
    await page.getByLabel('Name of the template').fill('Consent with night shifts');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Show it' }).click();
    await page.getByRole('dialog', { name: 'Consent with night shifts' }).getByText('What would it change for the night shifts?').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('heading', { name: 'Yours' }).waitFor();
  });

  test('nothing went wrong unseen, and every request went to the box', () => host.calm());
});
