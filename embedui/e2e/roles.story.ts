import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Box, owner } from './box.ts';
import { launch, Person } from './browser.ts';
import { logIn } from './people.ts';

let box: Box;
let browser: Browser;
let ruth: Person;
let ana: Person;

beforeAll(async () => {
  box = await Box.start();
  browser = await launch();
  ruth = await Person.in(browser, box.url);
  await logIn(ruth.page);
});
afterAll(async () => {
  await browser.close();
  await box.remove();
});

test('a role is given, changed and taken away, and the other person sees it live', async () => {
  const { page } = ruth;
  await page.goto('/people');
  await page.getByRole('button', { name: 'Invite people' }).click();
  await page.getByLabel('Name').fill('Ana Koch');
  await page.getByLabel('Role on this box').selectOption('viewer');
  await page.getByRole('button', { name: 'Make links' }).click();
  const link = await page.getByLabel('Ana Koch', { exact: true }).inputValue();
  ana = await Person.in(browser, box.url);
  await ana.page.goto(link);
  await ana.page.getByLabel('E-mail').fill('ana@example.org');
  await ana.page.getByLabel('Password', { exact: true }).fill(owner.password);
  await ana.page.getByRole('button', { name: 'Make the account' }).click();
  await ana.page.getByRole('heading', { name: 'Your sessions' }).waitFor();

  const { id } = await box.api<{ id: string }>('POST', '/projects', { title: 'Night shift' });
  await page.goto(`/projects/${id}`);
  await page.getByRole('button', { name: 'Who sees it' }).click();
  await page.getByLabel('Choose a person or a group').selectOption('Ana Koch');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByLabel('Role of Ana Koch').waitFor();

  await ana.page.goto(`/projects/${id}`);
  const menu = ana.page.getByRole('button', { name: /Night shift/ });
  await ana.page.getByRole('button', { name: 'Who sees it' }).waitFor();
  expect(await menu.count(), 'a viewer changes nothing').toBe(0);

  await page.getByLabel('Role of Ana Koch').selectOption('admin');
  await menu.click();
  await ana.page.getByText('Change name and description').waitFor();

  await page.getByRole('button', { name: 'Remove Ana Koch' }).click();
  await ana.page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor();
});

test('a role on a session is given, raised and taken away live', async () => {
  const { page } = ruth;
  const topic = 'Breaks on the night shift';
  const { id } = await box.api<{ id: string }>('POST', '/sessions', { topic, goal: 'Find out when people rest.', language: 'en', draft: true });
  await page.goto(`/sessions/${id}`);
  await page.getByRole('button', { name: `What can be done with ${topic}` }).click();
  await page.getByRole('menuitem', { name: 'Who sees it' }).click();
  await page.getByLabel('Choose a person or a group').selectOption('Ana Koch');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByLabel('Role of Ana Koch').waitFor();

  await ana.page.goto(`/sessions/${id}`);
  const menu = ana.page.getByRole('button', { name: `What can be done with ${topic}` });
  await menu.click();
  await ana.page.getByRole('menuitem', { name: 'Who sees it' }).waitFor();
  expect(await ana.page.getByRole('menuitem', { name: /^Rename/ }).count(), 'a viewer renames it').toBe(0);
  await ana.page.keyboard.press('Escape');

  await page.getByLabel('Role of Ana Koch').selectOption('editor');
  await expect.poll(async () => {
    await menu.click();
    const may = await ana.page.getByRole('menuitem', { name: /^Rename/ }).count();
    await ana.page.keyboard.press('Escape');
    return may;
  }, { timeout: 20_000 }).toBe(1);

  await page.getByRole('button', { name: 'Remove Ana Koch' }).click();
  await ana.page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor();
});

test('a role on the box is changed live, and what it lets somebody do comes and goes with it', async () => {
  const { page } = ruth;
  await ana.page.goto('/');
  const create = ana.page.getByRole('heading', { name: 'What do you want to find out?' });
  await ana.page.getByRole('heading', { name: 'Your sessions' }).waitFor();
  expect(await create.count(), 'a viewer makes sessions').toBe(0);
  await page.goto('/people');
  await page.getByLabel('Role of Ana Koch').selectOption('editor');
  await create.waitFor();
  await page.getByLabel('Role of Ana Koch').selectOption('viewer');
  await create.waitFor({ state: 'detached' });
});

test('somebody without an account is invited into a session from it, with a card to print', async () => {
  const { page } = ruth;
  const topic = 'Handover in winter';
  const { id } = await box.api<{ id: string }>('POST', '/sessions', { topic, goal: 'Find out what gets lost.', language: 'en', draft: true });
  await page.goto(`/sessions/${id}`);
  await page.getByRole('button', { name: `What can be done with ${topic}` }).click();
  await page.getByRole('menuitem', { name: 'Who sees it' }).click();
  await page.getByRole('button', { name: 'Invite somebody without an account' }).click();
  const form = page.getByRole('dialog', { name: 'Invite people' });
  await form.getByText(`The link also leads into “${topic}”.`).waitFor();
  await form.getByLabel('Name').fill('Otto Weiss');
  await form.getByLabel('Role there').selectOption('editor');
  await form.getByLabel('The link is good for').selectOption('7');
  await form.getByRole('button', { name: 'Make links' }).click();
  const link = await page.getByLabel('Otto Weiss', { exact: true }).inputValue();
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('.cards article').isVisible(), 'the card is on the sheet').toBe(true);
  expect(await page.getByRole('navigation').first().isVisible(), 'and nothing of the page').toBe(false);
  expect(await page.getByRole('button', { name: 'Done', exact: true }).isVisible()).toBe(false);
  const paper = await page.pdf({ preferCSSPageSize: true, printBackground: true });
  expect(paper.toString('latin1').match(/\/Type ?\/Page\b/g), 'on one sheet').toHaveLength(1);
  await page.emulateMedia({ media: 'screen' });
  await page.getByRole('button', { name: 'Done', exact: true }).click();

  const otto = await Person.in(browser, box.url);
  await otto.page.goto(link);
  await otto.page.getByLabel('E-mail').fill('otto@example.org');
  await otto.page.getByLabel('Password', { exact: true }).fill(owner.password);
  await otto.page.getByRole('button', { name: 'Make the account' }).click();
  await otto.page.waitForURL((url) => url.pathname !== '/accept');
  await otto.page.getByText(topic).first().waitFor();
  const members = await box.api<{ data: { name: string; role: string }[] }>('GET', `/sessions/${id}/members`);
  expect(members.data.find((m) => m.name === 'Otto Weiss')?.role).toBe('editor');
  for (const one of [ruth, ana, otto]) one.calm();
});

test('whoever alone owns a session is deactivated only when somebody takes over', async () => {
  const { page } = ruth;
  await page.goto('/people');
  await page.getByLabel('Role of Ana Koch').selectOption('editor');
  await ana.page.goto('/');
  await ana.page.getByRole('heading', { name: 'What do you want to find out?' }).waitFor();
  const made = await ana.page.evaluate(async () => {
    const answer = await fetch('/api/v1/sessions', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ topic: 'Only mine', goal: 'Find out.', language: 'en', draft: true }),
    });
    return { status: answer.status, session: (await answer.json()) as { id: string } };
  });
  expect(made.status).toBe(201);
  await page.reload();
  await page.getByRole('button', { name: 'Actions for Ana Koch' }).click();
  await page.getByRole('menuitem', { name: 'Deactivate' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/^Nobody else owns 1 sessions/).waitFor();
  await dialog.getByLabel('New owner').selectOption('');
  await dialog.getByRole('button', { name: 'Deactivate' }).click();
  await dialog.getByText('Choose who takes over.').waitFor();
  await dialog.getByLabel('New owner').selectOption({ index: 1 });
  await dialog.getByRole('button', { name: 'Deactivate' }).click();
  await page.locator('li', { hasText: 'ana@example.org' }).getByText('deactivated').waitFor();
  const members = await box.api<{ data: { role: string }[] }>('GET', `/sessions/${made.session.id}/members`);
  expect(members.data.map((m) => m.role)).toEqual(['owner']);
});
